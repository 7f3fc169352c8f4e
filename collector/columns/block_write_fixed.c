/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_write.h"

#include "columns/block_format.h"
#include "columns/strings.h"
#include "columns/varint.h"

#include <stdlib.h>
#include <string.h>

/* Slots of the table of span ids: a quarter is used at most. */
#define SPAN_ROWS_COUNT (4 * BLOCK_ROWS_MAX)

static const struct form *form_of(const struct gather *gather, uint32_t row)
{
    return &gather->table->shapes.rows[gather->rows[row]->shape].form;
}

static bool first_of_group(const struct gather *gather, uint32_t row)
{
    return row == 0 || gather->groups[row] != gather->groups[row - 1];
}

static void write_ints(struct block_write *write, const int64_t *numbers, size_t count)
{
    ints_write(write->ints, &write->parts, numbers, count);
}

/* How long groups are. */
static void write_groups(struct block_write *write, const struct gather *gather)
{
    size_t groups = 0;
    for (uint32_t i = 0; i < gather->count; i++) {
        if (first_of_group(gather, i)) {
            write->numbers[groups++] = 0;
        }
        write->numbers[groups - 1]++;
    }
    block_write_open(write, PART_GROUPS);
    varint_put(&write->parts, groups);
    write_ints(write, write->numbers, groups);
    block_write_close(write);
}

static void write_shapes(struct block_write *write, const struct gather *gather)
{
    block_write_open(write, PART_SHAPES);
    for (uint32_t i = 0; i < gather->shape_count; i++) {
        write->numbers[i] = gather->shapes[i];
    }
    varint_put(&write->parts, gather->shape_count);
    write_ints(write, write->numbers, gather->shape_count);
    for (uint32_t i = 0; i < gather->count; i++) {
        write->numbers[i] = gather->shape_rows[i];
    }
    write_ints(write, write->numbers, gather->count);
    block_write_close(write);
}

/* First rows of groups from group to group, the others from row to row. */
static void write_starts(struct block_write *write, const struct gather *gather)
{
    uint64_t before = 0;
    size_t count = 0;
    block_write_open(write, PART_STARTS);
    for (uint32_t i = 0; i < gather->count; i++) {
        if (first_of_group(gather, i)) {
            write->numbers[count++] = (int64_t)gather->rows[i]->start_ns;
        }
    }
    write_ints(write, write->numbers, count);
    count = 0;
    for (uint32_t i = 0; i < gather->count; i++) {
        uint64_t start_ns = gather->rows[i]->start_ns;
        if (!first_of_group(gather, i)) {
            write->numbers[count++] = (int64_t)(start_ns - before);
        }
        before = start_ns;
    }
    write_ints(write, write->numbers, count);
    block_write_close(write);
}

/* Of many lines of one delivery, when they were observed; else what is shorter. */
static void write_ends(struct block_write *write, const struct gather *gather)
{
    struct buf *out = &write->parts;
    for (uint32_t i = 0; i < gather->count; i++) {
        write->numbers[i] = (int64_t)(gather->rows[i]->end_ns - gather->rows[i]->start_ns);
    }
    block_write_open(write, PART_ENDS);
    buf_append_byte(out, ENDS_FROM_START);
    write_ints(write, write->numbers, gather->count);
    if (form_of(gather, 0)->signal == SIGNAL_LOGS && !buf_overflowed(out)) {
        size_t middle = out->size;
        for (uint32_t i = 0; i < gather->count; i++) {
            write->numbers[i] = (int64_t)gather->rows[i]->end_ns;
        }
        buf_append_byte(out, ENDS_THEMSELVES);
        write_ints(write, write->numbers, gather->count);
        size_t first = middle - write->part_begin;
        size_t second = out->size - middle;
        if (!buf_overflowed(out)) {
            if (second < first) {
                memmove(out->base + write->part_begin, out->base + middle, second);
            }
            buf_rewind(out, write->part_begin + (second < first ? second : first));
        }
    }
    block_write_close(write);
}

/* Different ids in order of first use, and which of them a row has. */
static void write_traces(struct block_write *write, const struct gather *gather)
{
    uint32_t stamp = gather->stamp;
    uint32_t ids = 0;
    size_t count = 0;
    for (uint32_t i = 0; i < gather->count; i++) {
        uint32_t number = gather->rows[i]->trace;
        if (number == ROW_ID_NONE) {
            continue;
        }
        struct gather_seen *seen = &write->id_seen[number];
        if (seen->stamp != stamp) {
            *seen = (struct gather_seen){stamp, ids};
            memcpy(write->things + ids++ * sizeof(struct id16), &write->table->ids.ids[number],
                   sizeof(struct id16));
        }
        write->numbers[count++] = seen->index;
    }
    block_write_open(write, PART_TRACES);
    varint_put(&write->parts, ids);
    strings_write_fixed(write->ints, &write->parts, write->things, ids, sizeof(struct id16),
                        &write->scratch);
    write_ints(write, write->numbers, count);
    block_write_close(write);
}

static uint64_t word_of(struct id8 id)
{
    uint64_t word;
    memcpy(&word, id.bytes, sizeof(word));
    return word;
}

/* Those of spans differ. */
static void write_span_ids(struct block_write *write, const struct gather *gather)
{
    for (uint32_t i = 0; i < gather->count; i++) {
        memcpy(write->things + i * sizeof(struct id8), &gather->rows[i]->span_id,
               sizeof(struct id8));
    }
    block_write_open(write, PART_SPAN_IDS);
    bytes_write(ints_bytes(write->ints), &write->parts,
                slice_of(write->things, gather->count * sizeof(struct id8)), BYTES_RAW);
    block_write_close(write);
}

/* Those of lines are those of a few spans: different ones, and which of them a row has. */
static void write_line_span_ids(struct block_write *write, const struct gather *gather)
{
    uint32_t ids = 0;
    size_t count = 0;
    memset(write->span_rows, 0, SPAN_ROWS_COUNT * sizeof(*write->span_rows));
    for (uint32_t i = 0; i < gather->count; i++) {
        if ((form_of(gather, i)->bits & FORM_SPAN_ID) == 0) {
            continue;
        }
        const struct id8 *id = &gather->rows[i]->span_id;
        uint32_t at = (uint32_t)hash_u64(word_of(*id)) % SPAN_ROWS_COUNT;
        while (write->span_rows[at] != 0 &&
               memcmp(write->things + (write->span_rows[at] - 1) * sizeof(*id), id, sizeof(*id)) !=
                   0) {
            at = (at + 1) % SPAN_ROWS_COUNT;
        }
        if (write->span_rows[at] == 0) {
            memcpy(write->things + ids * sizeof(*id), id, sizeof(*id));
            write->span_rows[at] = ++ids;
        }
        write->numbers[count++] = write->span_rows[at] - 1;
    }
    block_write_open(write, PART_SPAN_IDS);
    varint_put(&write->parts, ids);
    bytes_write(ints_bytes(write->ints), &write->parts,
                slice_of(write->things, ids * sizeof(struct id8)), BYTES_RAW);
    write_ints(write, write->numbers, count);
    block_write_close(write);
}

/* ---- Parents. ---- */

/* Ids are chosen by senders, but a chain is no longer than a block. */
static void list_span_rows(struct block_write *write, const struct gather *gather)
{
    memset(write->span_rows, 0, SPAN_ROWS_COUNT * sizeof(*write->span_rows));
    for (uint32_t i = 0; i < gather->count; i++) {
        uint64_t word = word_of(gather->rows[i]->span_id);
        uint32_t at = (uint32_t)hash_u64(word) % SPAN_ROWS_COUNT;
        while (write->span_rows[at] != 0 &&
               word_of(gather->rows[write->span_rows[at] - 1]->span_id) != word) {
            at = (at + 1) % SPAN_ROWS_COUNT;
        }
        write->span_rows[at] = i + 1; /* The latest of several. */
    }
}

/* The row of a span plus 1, or 0. */
static uint32_t find_span_row(const struct block_write *write, const struct gather *gather,
                              uint64_t word)
{
    uint32_t at = (uint32_t)hash_u64(word) % SPAN_ROWS_COUNT;
    while (write->span_rows[at] != 0 &&
           word_of(gather->rows[write->span_rows[at] - 1]->span_id) != word) {
        at = (at + 1) % SPAN_ROWS_COUNT;
    }
    return write->span_rows[at];
}

static void write_parents(struct block_write *write, const struct gather *gather)
{
    size_t elsewhere = 0;
    list_span_rows(write, gather);
    for (uint32_t i = 0; i < gather->count; i++) {
        uint64_t word = word_of(gather->rows[i]->parent);
        uint32_t row = word != 0 ? find_span_row(write, gather, word) : 0;
        write->numbers[i] = word == 0 ? PARENT_NONE : PARENT_ELSEWHERE;
        if (word != 0 && row != 0) {
            uint64_t distance = varint_fold((int64_t)i - ((int64_t)row - 1));
            write->numbers[i] = (int64_t)(PARENT_ROW + distance);
        } else if (word != 0) {
            memcpy(write->things + elsewhere++ * sizeof(word), &word, sizeof(word));
        }
    }
    block_write_open(write, PART_PARENTS);
    write_ints(write, write->numbers, gather->count);
    bytes_write(ints_bytes(write->ints), &write->parts,
                slice_of(write->things, elsewhere * sizeof(struct id8)), BYTES_RAW);
    block_write_close(write);
}

/* ---- Who sent it when. ---- */

static void write_resources(struct block_write *write, const struct gather *gather)
{
    for (uint32_t i = 0; i < gather->count; i++) {
        write->numbers[i] = gather->rows[i]->resource;
    }
    block_write_open(write, PART_RESOURCES);
    write_ints(write, write->numbers, gather->count);
    block_write_close(write);
}

static int by_value(const void *one, const void *other)
{
    int64_t left = *(const int64_t *)one;
    int64_t right = *(const int64_t *)other;
    return left < right ? -1 : left > right;
}

/* Different times in order, and which of them a row has. */
static void write_arrivals(struct block_write *write, const struct gather *gather)
{
    size_t count = 0;
    for (uint32_t i = 0; i < gather->count; i++) {
        struct gather_seen *seen = &write->arrival_seen[gather->rows[i]->arrival];
        if (seen->stamp != gather->stamp) {
            seen->stamp = gather->stamp;
            write->numbers[count++] = gather->rows[i]->arrival;
        }
    }
    qsort(write->numbers, count, sizeof(*write->numbers), by_value);
    for (size_t i = 0; i < count; i++) {
        write->arrival_seen[write->numbers[i]].index = (uint32_t)i;
        write->numbers[i] = (int64_t)write->table->arrivals[write->numbers[i]];
    }
    block_write_open(write, PART_ARRIVALS);
    varint_put(&write->parts, count);
    write_ints(write, write->numbers, count);
    for (uint32_t i = 0; i < gather->count; i++) {
        write->numbers[i] = write->arrival_seen[gather->rows[i]->arrival].index;
    }
    write_ints(write, write->numbers, gather->count);
    block_write_close(write);
}

void block_write_fixed(struct block_write *write, const struct gather *gather)
{
    bool spans = form_of(gather, 0)->signal == SIGNAL_TRACES;
    write_groups(write, gather);
    write_shapes(write, gather);
    write_starts(write, gather);
    write_ends(write, gather);
    write_traces(write, gather);
    if (spans) {
        write_span_ids(write, gather);
        write_parents(write, gather);
    } else {
        write_line_span_ids(write, gather);
    }
    write_resources(write, gather);
    write_arrivals(write, gather);
}
