/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/block_write.h"

#include "columns/block_format.h"
#include "columns/strings.h"
#include "columns/varint.h"

#include <stdlib.h>
#include <string.h>

/* A part has less than a block's values: they are numbers, and texts that a table has room for. */
#define PARTS_SIZE_MAX ((size_t)2 << 30)

bool block_write_init(struct block_write *write, const struct table *table,
                      const uint32_t *text_numbers)
{
    size_t parts = (size_t)table->shapes.column_count + PART_COLUMN;
    *write = (struct block_write){
        .table = table,
        .text_numbers = text_numbers,
        .ints = ints_writer_create(),
        .places = malloc(parts * sizeof(*write->places)),
        .numbers = malloc(BLOCK_ROWS_MAX * sizeof(*write->numbers)),
        .text_seen = calloc((size_t)texts_count(table->texts) + 1, sizeof(*write->text_seen)),
        .list = malloc(BLOCK_ROWS_MAX * sizeof(*write->list)),
        .strings = malloc(BLOCK_ROWS_MAX * sizeof(*write->strings)),
        .things = malloc(BLOCK_ROWS_MAX * sizeof(struct id16)),
        .span_rows = malloc((size_t)4 * BLOCK_ROWS_MAX * sizeof(*write->span_rows)),
        .id_seen = calloc((size_t)table->ids.count + 1, sizeof(*write->id_seen)),
        .arrival_seen = calloc((size_t)table->arrival_count + 1, sizeof(*write->arrival_seen)),
        .lines = block_write_lines_create(),
    };
    buf_init_growing(&write->out, PARTS_SIZE_MAX);
    buf_init_growing(&write->parts, PARTS_SIZE_MAX);
    buf_init_growing(&write->scratch, PARTS_SIZE_MAX);
    return write->ints != NULL && write->places != NULL && write->numbers != NULL &&
           write->text_seen != NULL && write->list != NULL && write->strings != NULL &&
           write->things != NULL && write->span_rows != NULL && write->id_seen != NULL &&
           write->arrival_seen != NULL && write->lines != NULL;
}

void block_write_fini(struct block_write *write)
{
    ints_writer_free(write->ints);
    buf_fini(&write->out);
    buf_fini(&write->parts);
    buf_fini(&write->scratch);
    free(write->places);
    free(write->numbers);
    free(write->text_seen);
    free(write->list);
    free(write->strings);
    free(write->things);
    free(write->span_rows);
    free(write->id_seen);
    free(write->arrival_seen);
    block_write_lines_free(write->lines);
}

void block_write_open(struct block_write *write, uint32_t number)
{
    write->places[write->place_count].number = number;
    write->part_begin = write->parts.size;
}

void block_write_close(struct block_write *write)
{
    write->places[write->place_count++].size = write->parts.size - write->part_begin;
}

/* ---- Columns of values. ---- */

void block_write_list(struct block_write *write, int64_t *cells, uint32_t count)
{
    uint32_t stamp = ++write->text_stamp;
    write->list_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct gather_seen *seen = &write->text_seen[cells[i]];
        if (seen->stamp != stamp) {
            *seen = (struct gather_seen){stamp, write->list_count};
            write->list[write->list_count++] = (uint32_t)cells[i];
        }
        cells[i] = seen->index;
    }
}

void block_write_texts(struct block_write *write)
{
    size_t inlined = 0;
    for (uint32_t i = 0; i < write->list_count; i++) {
        uint32_t number = write->text_numbers[write->list[i]];
        write->numbers[i] = number == TEXTS_NONE ? 0 : (int64_t)number + 1;
        if (number == TEXTS_NONE) {
            write->strings[inlined++] = texts_get(write->table->texts, write->list[i]);
        }
    }
    varint_put(&write->parts, write->list_count);
    ints_write(write->ints, &write->parts, write->numbers, write->list_count);
    strings_write(write->ints, &write->parts, write->strings, inlined, &write->scratch);
}

/* How many columns before this one is the first whose rows have the same of their texts; 0: there
 * is none.  What follows from another attribute does so (a route from a name). */
static uint32_t find_alike(const struct gather *gather, uint32_t index)
{
    const struct gather_column *column = &gather->columns[index];
    for (uint32_t i = 0; column->texts > 1 && i < index; i++) {
        const struct gather_column *other = &gather->columns[i];
        if (other->texts == column->texts && other->count == column->count &&
            memcmp(other->cells, column->cells, column->count * sizeof(*column->cells)) == 0) {
            return index - i;
        }
    }
    return 0;
}

/* Different texts, and which of them each row has. */
static void write_texts(struct block_write *write, const struct gather *gather, uint32_t index)
{
    struct gather_column *column = &gather->columns[index];
    block_write_list(write, column->cells, column->count);
    column->texts = write->list_count;
    block_write_texts(write);
    uint32_t before = find_alike(gather, index);
    if (before > 0) {
        buf_append_byte(&write->parts, TEXTS_AS_BEFORE);
        varint_put(&write->parts, before);
    } else {
        ints_write(write->ints, &write->parts, column->cells, column->count);
    }
}

static void write_blobs(struct block_write *write, const struct gather *gather,
                        const struct gather_column *column)
{
    for (uint32_t i = 0; i < column->count; i++) {
        write->strings[i] = gather_blob(gather, column->cells[i]);
    }
    strings_write(write->ints, &write->parts, write->strings, column->count, &write->scratch);
}

static void write_column(struct block_write *write, const struct gather *gather, uint32_t index)
{
    const struct gather_column *column = &gather->columns[index];
    const struct column *what = &write->table->shapes.columns[column->number];
    block_write_open(write, PART_COLUMN + column->number);
    switch (shape_column_store(what)) {
    case COLUMN_NONE:
        break;
    case COLUMN_INT:
        ints_write(write->ints, &write->parts, column->cells, column->count);
        break;
    case COLUMN_TEXT:
        write_texts(write, gather, index);
        break;
    case COLUMN_BLOB:
        if (what->field == FIELD_BODY && what->kind == VALUE_STRING) {
            block_write_lines(write, gather, column);
        } else {
            write_blobs(write, gather, column);
        }
        break;
    }
    block_write_close(write);
}

bool block_write_rows(struct block_write *write, const struct gather *gather, struct slice *bytes)
{
    struct buf *out = &write->out;
    uint8_t signal = write->table->shapes.rows[gather->shapes[0]].form.signal;
    buf_reset(out);
    buf_reset(&write->parts);
    write->place_count = 0;
    /* Lines are many and take little room already. */
    bytes_writer_hurry(ints_bytes(write->ints), signal == SIGNAL_LOGS);
    block_write_fixed(write, gather);
    for (uint32_t i = 0; i < gather->column_count; i++) {
        write_column(write, gather, i);
    }
    buf_append_byte(out, BLOCK_VERSION);
    buf_append_byte(out, signal);
    varint_put(out, gather->count);
    varint_put(out, write->place_count);
    for (uint32_t i = 0; i < write->place_count; i++) {
        varint_put(out, write->places[i].number);
        varint_put(out, write->places[i].size);
    }
    buf_append(out, buf_bytes(&write->parts));
    *bytes = buf_bytes(out);
    return !buf_overflowed(&write->parts) && !buf_overflowed(out);
}
