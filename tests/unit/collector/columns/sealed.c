/* SPDX-License-Identifier: Apache-2.0 */
#include "sealed.h"

#include "lib/batch_same.h"
#include "lib/cm.h"
#include "model/record_ids.h"

#include <stdlib.h>
#include <string.h>

#define ARENA_SIZE ((size_t)256 << 20)

const struct hash_key sealed_key = {{1, 2}};

struct sealed *sealed_create(void)
{
    struct sealed *sealed = calloc(1, sizeof(*sealed));
    void *memory = malloc(ARENA_SIZE);
    assert_non_null(sealed);
    assert_non_null(memory);
    arena_init(&sealed->arena, memory, ARENA_SIZE);
    sealed->table = table_create(&sealed_key);
    sealed->reader = bytes_reader_create();
    assert_non_null(sealed->table);
    assert_non_null(sealed->reader);
    return sealed;
}

static void drop(struct slice bytes)
{
    free((void *)(uintptr_t)bytes.base);
}

void sealed_free(struct sealed *sealed)
{
    for (size_t i = 0; i < sealed->block_count; i++) {
        drop(sealed->blocks[i].bytes);
        drop(sealed->blocks[i].filter);
        free(sealed->blocks[i].ids);
    }
    drop(sealed->dictionary_bytes);
    dictionary_free(sealed->dictionary);
    bytes_reader_free(sealed->reader);
    table_free(sealed->table);
    free(sealed->arena.base);
    free(sealed);
}

void sealed_add(struct sealed *sealed, const struct batch *batch, uint64_t arrival_ns)
{
    assert_int_equal(table_add(sealed->table, batch, arrival_ns), STATUS_OK);
}

static struct slice keep(struct slice bytes)
{
    unsigned char *memory = malloc(bytes.size + 1);
    assert_non_null(memory);
    if (bytes.size > 0) {
        memcpy(memory, bytes.base, bytes.size);
    }
    return slice_of(memory, bytes.size);
}

static enum status take_block(void *context, struct slice bytes, const struct block_info *info)
{
    struct sealed *sealed = context;
    assert_true(sealed->block_count < SEALED_BLOCKS_MAX);
    struct sealed_block *block = &sealed->blocks[sealed->block_count++];
    block->bytes = keep(bytes);
    block->filter = keep(info->filter);
    block->info = *info;
    block->ids = malloc((info->id_count + 1) * sizeof(*block->ids));
    assert_non_null(block->ids);
    if (info->id_count > 0) {
        memcpy(block->ids, info->ids, info->id_count * sizeof(*block->ids));
    }
    block->info.ids = block->ids;
    block->info.filter = block->filter;
    return STATUS_OK;
}

static enum status take_dictionary(void *context, struct slice bytes)
{
    struct sealed *sealed = context;
    sealed->dictionary_bytes = keep(bytes);
    return STATUS_OK;
}

void sealed_write(struct sealed *sealed)
{
    struct table_sink sink = {.context = sealed,
                              .block = take_block,
                              .dictionary = take_dictionary,
                              .filter_key = &sealed_key};
    assert_int_equal(table_write(sealed->table, &sink), STATUS_OK);
    assert_int_equal(dictionary_open(&sealed->dictionary, sealed->dictionary_bytes), STATUS_OK);
}

struct block *sealed_open(struct sealed *sealed, size_t number)
{
    struct block *block;
    arena_reset(&sealed->arena);
    assert_int_equal(block_open(&block, sealed->dictionary, sealed->blocks[number].bytes,
                                sealed->reader, &sealed->arena),
                     STATUS_OK);
    return block;
}

/* ---- Records that are still to come. ---- */

struct expected {
    const struct span *span; /* One of the two. */
    const struct log_line *line;
    uint64_t arrival_ns;
    bool seen;
};

struct expecting {
    struct expected *rows;
    size_t count, seen;
    const struct block_info *info;
    const struct id16 *id; /* Only those with this id need to come; NULL: all. */
    uint64_t latest_ns;
};

static bool span_is(const struct expected *row, const struct span *span)
{
    return row->span != NULL &&
           memcmp(&row->span->span_id, &span->span_id, sizeof(span->span_id)) == 0 &&
           batch_same_span(row->span, span);
}

static bool line_is(const struct expected *row, const struct log_line *line)
{
    return row->line != NULL && row->line->time_ns == line->time_ns &&
           batch_same_line(row->line, line);
}

static void take_record(struct expecting *expecting, const struct span *span,
                        const struct log_line *line, uint64_t arrival_ns)
{
    for (size_t i = 0; i < expecting->count; i++) {
        struct expected *row = &expecting->rows[i];
        if (!row->seen && row->arrival_ns == arrival_ns &&
            (span != NULL ? span_is(row, span) : line_is(row, line))) {
            row->seen = true;
            expecting->seen++;
            return;
        }
    }
    fail_msg("a record that nobody wrote");
}

static void check_ids(const struct block_info *info, const struct record_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++) {
        bool found = false;
        for (size_t k = 0; k < info->id_count && !found; k++) {
            found = memcmp(&info->ids[k], &ids->ids[i], sizeof(ids->ids[i])) == 0;
        }
        assert_true(found);
    }
}

static bool take_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct expecting *expecting = context;
    assert_true(arrival_ns >= expecting->latest_ns);
    expecting->latest_ns = arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        assert_true(span->resource >= batch->resources &&
                    span->resource < batch->resources + batch->resource_count);
        struct record_ids ids = record_ids_span(span);
        check_ids(expecting->info, &ids);
        for (size_t k = 0; k < span->link_count; k++) {
            ids.count = record_ids_link(span, &span->links[k], &ids.ids[0]) ? 1 : 0;
            check_ids(expecting->info, &ids);
        }
        take_record(expecting, span, NULL, arrival_ns);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        const struct log_line *line = &batch->logs[i];
        assert_true(line->resource >= batch->resources &&
                    line->resource < batch->resources + batch->resource_count);
        struct record_ids ids = record_ids_line(line);
        check_ids(expecting->info, &ids);
        take_record(expecting, NULL, line, arrival_ns);
    }
    return true;
}

static void expect_records(struct expecting *expecting, const struct batch *batches,
                           const uint64_t *arrivals_ns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        expecting->count += batches[i].span_count + batches[i].log_count;
    }
    expecting->rows = calloc(expecting->count + 1, sizeof(*expecting->rows));
    assert_non_null(expecting->rows);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < batches[i].span_count; k++) {
            expecting->rows[at++] =
                (struct expected){&batches[i].spans[k], NULL, arrivals_ns[i], false};
        }
        for (size_t k = 0; k < batches[i].log_count; k++) {
            expecting->rows[at++] =
                (struct expected){NULL, &batches[i].logs[k], arrivals_ns[i], false};
        }
    }
}

static bool has_id(const struct expected *row, const struct id16 *id)
{
    struct record_ids ids =
        row->span != NULL ? record_ids_span(row->span) : record_ids_line(row->line);
    bool has = false;
    for (size_t i = 0; i < ids.count; i++) {
        has = has || memcmp(&ids.ids[i], id, sizeof(*id)) == 0;
    }
    for (size_t i = 0; row->span != NULL && i < row->span->link_count; i++) {
        has = has || memcmp(&row->span->links[i].trace_id, id, sizeof(*id)) == 0;
    }
    return has;
}

/* Every block by one of its ids: all records with that id come, from the blocks that tell it. */
static void expect_by_id(struct sealed *sealed, struct expecting *expecting, const struct id16 *id)
{
    for (size_t i = 0; i < expecting->count; i++) {
        expecting->rows[i].seen = false;
    }
    for (size_t i = 0; i < sealed->block_count; i++) {
        const struct block_info *info = &sealed->blocks[i].info;
        bool told = false;
        for (size_t k = 0; k < info->id_count && !told; k++) {
            told = memcmp(&info->ids[k], id, sizeof(*id)) == 0;
        }
        if (told) {
            expecting->info = info;
            expecting->latest_ns = 0;
            assert_int_equal(block_rows(sealed_open(sealed, i), id, 1, take_batch, expecting),
                             STATUS_OK);
        }
    }
    for (size_t i = 0; i < expecting->count; i++) {
        assert_true(expecting->rows[i].seen || !has_id(&expecting->rows[i], id));
    }
}

void sealed_expect_all(struct sealed *sealed, const struct batch *batches,
                       const uint64_t *arrivals_ns, size_t count)
{
    struct expecting expecting = {.count = 0};
    expect_records(&expecting, batches, arrivals_ns, count);
    for (size_t i = 0; i < sealed->block_count; i++) {
        expecting.info = &sealed->blocks[i].info;
        expecting.latest_ns = 0;
        struct block *block = sealed_open(sealed, i);
        assert_int_equal(block_row_count(block), expecting.info->rows);
        assert_int_equal(block_signal(block), expecting.info->signal);
        assert_int_equal(block_rows(block, NULL, 0, take_batch, &expecting), STATUS_OK);
    }
    assert_int_equal(expecting.seen, expecting.count);
    for (size_t i = 0; i < sealed->block_count; i++) {
        for (size_t k = 0; k < sealed->blocks[i].info.id_count && k < 8; k++) {
            expect_by_id(sealed, &expecting, &sealed->blocks[i].ids[k]);
        }
    }
    free(expecting.rows);
}
