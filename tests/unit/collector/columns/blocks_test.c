/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/columns_limits.h"
#include "sealed.h"

#include "lib/cm.h"
#include "model/record_ids.h"
#include "proto/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0      UINT64_C(1796000000000000000)
#define ARRIVAL (T0 + UINT64_C(1000000000))

static const struct resource plain = {.service = SLICE_INIT("shop")};

static struct span span_of(unsigned trace, unsigned number, uint64_t start_ns)
{
    struct span span = {
        .resource = &plain,
        .name = SLICE("GET /orders"),
        .kind = SPAN_SERVER,
        .start_ns = start_ns,
        .end_ns = start_ns + 1000,
    };
    memcpy(span.trace_id.bytes, &trace, sizeof(trace));
    span.trace_id.bytes[15] = 1;
    memcpy(span.span_id.bytes, &number, sizeof(number));
    span.span_id.bytes[7] = 1;
    return span;
}

static struct batch spans_batch(const struct span *spans, size_t count)
{
    return (struct batch){.signal = SIGNAL_TRACES,
                          .resources = &plain,
                          .resource_count = 1,
                          .spans = spans,
                          .span_count = count};
}

static struct batch lines_batch(const struct log_line *lines, size_t count)
{
    return (struct batch){.signal = SIGNAL_LOGS,
                          .resources = &plain,
                          .resource_count = 1,
                          .logs = lines,
                          .log_count = count};
}

/* Write one batch, and see that it comes back. */
static struct sealed *write_batch(const struct batch *batch)
{
    uint64_t arrival_ns = ARRIVAL;
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, batch, ARRIVAL);
    sealed_write(sealed);
    sealed_expect_all(sealed, batch, &arrival_ns, 1);
    return sealed;
}

/* A table without rows is a dictionary without blocks. */
static void nothing(void **state)
{
    (void)state;
    struct sealed *sealed = sealed_create();
    struct batch batch = {.signal = SIGNAL_TRACES};
    sealed_add(sealed, &batch, ARRIVAL);
    sealed_write(sealed);
    assert_int_equal(sealed->block_count, 0);
    assert_int_equal(dictionary_resource_count(sealed->dictionary), 0);
    sealed_free(sealed);
}

/* One row, and what is known of its block. */
static void one_span(void **state)
{
    struct span span = span_of(1, 1, T0);
    struct batch batch = spans_batch(&span, 1);
    (void)state;
    span.status = SPAN_STATUS_ERROR;
    struct sealed *sealed = write_batch(&batch);
    assert_int_equal(sealed->block_count, 1);
    const struct block_info *info = &sealed->blocks[0].info;
    assert_int_equal(info->rows, 1);
    assert_int_equal(info->flags, BLOCK_ERRORS | BLOCK_SENDERS);
    assert_true(info->first_ns == T0 && info->last_ns == T0);
    assert_true(info->first_arrival_ns == ARRIVAL && info->last_arrival_ns == ARRIVAL);
    assert_true(info->duration_min_ns == 1000 && info->duration_max_ns == 1000);
    assert_int_equal(info->id_count, 1);
    assert_true(filter_may_have(info->filter, filter_word(&sealed_key, SLICE("orders"))));
    sealed_free(sealed);
}

/* Times at the ends of what there is, ids of zeros, ends before starts. */
static void absurd_spans(void **state)
{
    static const uint64_t times[] = {0, 1, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1, T0};
    struct span spans[36];
    (void)state;
    for (unsigned i = 0; i < 36; i++) {
        spans[i] = span_of(i % 2, i % 3, times[i / 6]);
        spans[i].end_ns = times[i % 6];
        spans[i].flags = i % 5 == 0 ? UINT32_MAX : 0;
        spans[i].seq = i % 7 == 0 ? UINT64_MAX : 0;
        spans[i].attrs.dropped = i % 4 == 0 ? UINT32_MAX : 0;
        if (i % 9 == 0) {
            spans[i].trace_id = (struct id16){{0}};
            spans[i].span_id = (struct id8){{0}};
        }
        spans[i].parent_span_id = i > 0 ? spans[i - 1].span_id : spans[i].span_id;
    }
    struct batch batch = spans_batch(spans, 36);
    sealed_free(write_batch(&batch));
}

/* The same record twice is two records. */
static void repeated_records(void **state)
{
    struct span spans[3];
    (void)state;
    spans[0] = spans[1] = spans[2] = span_of(1, 1, T0);
    struct batch batch = spans_batch(spans, 3);
    struct sealed *sealed = write_batch(&batch);
    assert_int_equal(sealed->blocks[0].info.rows, 3);
    sealed_free(sealed);
}

/* A key that stands twice, with one kind or two, and more often than there are columns for. */
static void repeated_keys(void **state)
{
    struct attr attrs[12];
    struct span spans[12];
    struct block_texts texts;
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        attrs[i] = (struct attr){SLICE("k"), {.kind = VALUE_STRING, .text = SLICE("first")}};
        if (i % 3 == 1) {
            attrs[i].value = (struct value){.kind = VALUE_INT, .integer = (int64_t)i};
        } else if (i % 3 == 2) {
            attrs[i].value.text = SLICE("last");
        }
        spans[i] = span_of(1, i, T0 + i);
        spans[i].attrs = (struct attrs){attrs, i + 1, 0};
    }
    struct batch batch = spans_batch(spans, 12);
    struct sealed *sealed = write_batch(&batch);
    assert_int_equal(block_attr_texts(sealed_open(sealed, 0), SLICE("k"), &texts), STATUS_OK);
    for (unsigned i = 0; i < 12; i++) {
        if (i % 3 == 1) {
            assert_int_equal(texts.rows[i], BLOCK_NONE);
        } else {
            assert_slice(texts.texts[texts.rows[i]], i % 3 == 0 ? "first" : "last");
        }
    }
    sealed_free(sealed);
}

/* More attributes than there are columns for. */
static void many_attributes(void **state)
{
    enum { COUNT = SHAPE_ATTR_COUNT_MAX + 1 };
    static struct attr attrs[COUNT];
    static char keys[COUNT][16];
    struct span spans[2];
    struct block_texts texts;
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        int size = snprintf(keys[i], sizeof(keys[i]), "key%u", i);
        attrs[i] = (struct attr){slice_of(keys[i], (size_t)size),
                                 {.kind = VALUE_STRING, .text = SLICE("value")}};
    }
    for (unsigned i = 0; i < 2; i++) {
        spans[i] = span_of(1, i, T0 + i);
        spans[i].attrs = (struct attrs){attrs, COUNT - 1 + i, 0};
    }
    struct batch batch = spans_batch(spans, 2);
    struct sealed *sealed = write_batch(&batch);
    struct block *block = sealed_open(sealed, 0);
    assert_int_equal(block_attr_texts(block, SLICE("key128"), &texts), STATUS_OK);
    assert_int_equal(texts.rows[0], BLOCK_NONE);
    assert_slice(texts.texts[texts.rows[1]], "value");
    assert_int_equal(block_has(block, SLICE("key128"), SLICE("value")), STATUS_OK);
    assert_int_equal(block_has(block, SLICE("key129"), SLICE("value")), STATUS_NOT_FOUND);
    assert_true(filter_may_have(sealed->blocks[0].info.filter,
                                filter_pair(&sealed_key, SLICE("key128"), SLICE("value"))));
    sealed_free(sealed);
}

/* Lines of every kind of body, with a text of megabytes among them. */
static void bodies(void **state)
{
    struct log_line lines[10];
    struct value items[2] = {{.kind = VALUE_DOUBLE, .number = 0.1}, {.kind = VALUE_EMPTY}};
    struct attr pairs[1] = {{SLICE("k"), {.kind = VALUE_BOOL, .boolean = true}}};
    size_t size = (size_t)3 << 20;
    char *huge = malloc(size);
    (void)state;
    assert_non_null(huge);
    memset(huge, 'y', size);
    for (unsigned i = 0; i < 10; i++) {
        lines[i] = (struct log_line){.resource = &plain, .time_ns = T0 + i, .severity = i * 30};
    }
    lines[1].body = (struct value){.kind = VALUE_STRING, .text = SLICE("order 4711 shipped")};
    lines[2].body = (struct value){.kind = VALUE_BOOL, .boolean = true};
    lines[3].body = (struct value){.kind = VALUE_INT, .integer = INT64_MIN};
    lines[4].body = (struct value){.kind = VALUE_DOUBLE, .number = -0.0};
    lines[5].body = (struct value){.kind = VALUE_BYTES, .text = SLICE("\0\1\2")};
    lines[6].body = (struct value){.kind = VALUE_ARRAY, .array = {items, 2}};
    lines[7].body = (struct value){.kind = VALUE_MAP, .map = {pairs, 1}};
    lines[8].body = (struct value){.kind = VALUE_STRING, .text = slice_of(huge, size)};
    lines[9].body = (struct value){.kind = VALUE_STRING};
    struct batch batch = lines_batch(lines, 10);
    struct sealed *sealed = write_batch(&batch);
    bool found = false;
    for (size_t i = 0; i < sealed->block_count; i++) {
        struct block_texts texts;
        assert_int_equal(block_bodies(sealed_open(sealed, i), &texts), STATUS_OK);
        for (uint32_t k = 0; k < sealed->blocks[i].info.rows; k++) {
            found = found || (texts.rows[k] != BLOCK_NONE &&
                              slice_equal(texts.texts[texts.rows[k]], lines[1].body.text));
        }
    }
    assert_true(found);
    sealed_free(sealed);
    free(huge);
}

/* What is the same in all rows takes no room in them. */
static void constant_columns(void **state)
{
    static struct span spans[4000];
    static struct attr attrs[2] = {
        {SLICE_INIT("region"), {.kind = VALUE_STRING, .text = SLICE_INIT("eu-central-1")}},
        {SLICE_INIT("attempt"), {.kind = VALUE_INT, .integer = 1}},
    };
    (void)state;
    for (unsigned i = 0; i < 4000; i++) {
        spans[i] = span_of(i / 10, i, T0 + (uint64_t)i * 1000000);
        spans[i].attrs = (struct attrs){attrs, 2, 0};
    }
    struct batch batch = spans_batch(spans, 4000);
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, ARRIVAL);
    sealed_write(sealed);
    assert_int_equal(sealed->block_count, 1);
    /* Span ids, trace ids, which are mostly zeros, and heads. */
    assert_true(sealed->blocks[0].bytes.size < 8 * 4000 + 16 * 400);
    sealed_free(sealed);
}

/* ---- Blocks and their order. ---- */

static size_t blocks_of(unsigned transactions, unsigned spans_each)
{
    size_t count = (size_t)transactions * spans_each;
    struct span *spans = calloc(count, sizeof(*spans));
    assert_non_null(spans);
    for (unsigned i = 0; i < count; i++) {
        /* Transactions in one another: a row of each in turn. */
        spans[i] = span_of(i % transactions, i, T0 + i);
    }
    struct batch batch = spans_batch(spans, count);
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, ARRIVAL);
    sealed_write(sealed);
    size_t blocks = sealed->block_count;
    for (size_t i = 0; i < blocks && transactions > 1; i++) {
        /* None is cut. */
        assert_int_equal(sealed->blocks[i].info.rows % spans_each, 0);
        assert_int_equal(sealed->blocks[i].info.rows / spans_each, sealed->blocks[i].info.id_count);
    }
    sealed_free(sealed);
    free(spans);
    return blocks;
}

/* A block is full with its limit of rows; a transaction is cut only where it is longer. */
static void block_limits(void **state)
{
    (void)state;
    assert_int_equal(blocks_of(1, BLOCK_ROWS_MAX - 1), 1);
    assert_int_equal(blocks_of(1, BLOCK_ROWS_MAX), 1);
    assert_int_equal(blocks_of(1, BLOCK_ROWS_MAX + 1), 2);
    assert_int_equal(blocks_of(2, BLOCK_ROWS_MAX / 2), 1);
    assert_int_equal(blocks_of(3, BLOCK_ROWS_MAX / 2), 2);
    assert_int_equal(blocks_of(1000, 10), 3);
}

/* A long text ends a block before it has many rows. */
static void block_size(void **state)
{
    static struct log_line lines[8];
    size_t size = BLOCK_SIZE_MAX / 2;
    char *text = malloc(size);
    (void)state;
    assert_non_null(text);
    memset(text, 'z', size);
    for (unsigned i = 0; i < 8; i++) {
        lines[i] = (struct log_line){
            .resource = &plain,
            .time_ns = T0 + i,
            .body = {.kind = VALUE_STRING, .text = slice_of(text, size - 100)},
        };
    }
    struct batch batch = lines_batch(lines, 8);
    struct sealed *sealed = write_batch(&batch);
    assert_int_equal(sealed->block_count, 4);
    sealed_free(sealed);
    free(text);
}

struct first_spans {
    unsigned count;
    unsigned char traces[16];
};

static bool note_traces(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct first_spans *first = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        first->traces[first->count++] = batch->spans[i].trace_id.bytes[0];
    }
    return true;
}

/* A request id in two traces brings them together, and so does a number of the sink's. */
static uint32_t cluster(void *context, struct id16 id)
{
    (void)context;
    return id.bytes[0] == 3 || id.bytes[0] == 5 ? 7 : 0;
}

static enum status ignore_block(void *context, struct slice bytes, const struct block_info *info)
{
    struct sealed *sealed = context;
    (void)info;
    sealed->blocks[sealed->block_count].bytes = slice_of(malloc(bytes.size), bytes.size);
    memcpy((void *)(uintptr_t)sealed->blocks[sealed->block_count++].bytes.base, bytes.base,
           bytes.size);
    return STATUS_OK;
}

static enum status take_dictionary(void *context, struct slice bytes)
{
    struct sealed *sealed = context;
    assert_int_equal(dictionary_open(&sealed->dictionary, bytes), STATUS_OK);
    return STATUS_OK;
}

static void transactions_lie_together(void **state)
{
    struct attr request = {
        NAME_FAAS_INVOCATION_ID,
        {.kind = VALUE_STRING, .text = SLICE("5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e")}};
    struct span spans[7];
    struct first_spans first = {.count = 0};
    (void)state;
    for (unsigned i = 0; i < 7; i++) {
        spans[i] = span_of(i + 1, i, T0 + i);
    }
    spans[0].attrs = spans[3].attrs = (struct attrs){&request, 1, 0}; /* Traces 1 and 4. */
    spans[6].start_ns += 2 * ORDER_BUCKET_NS; /* Later than all, of trace 1. */
    spans[6].trace_id = spans[0].trace_id;
    struct batch batch = spans_batch(spans, 7);
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, ARRIVAL);
    struct table_sink sink = {.context = sealed,
                              .block = ignore_block,
                              .dictionary = take_dictionary,
                              .cluster = cluster};
    assert_int_equal(table_write(sealed->table, &sink), STATUS_OK);
    assert_int_equal(sealed->block_count, 1);
    assert_int_equal(block_rows(sealed_open(sealed, 0), NULL, 0, note_traces, &first), STATUS_OK);
    static const unsigned char order[] = {1, 4, 2, 3, 5, 6, 1};
    assert_memory_equal(first.traces, order, sizeof(order));
    sealed_free(sealed);
}

/* ---- What is refused. ---- */

static enum status refuse_block(void *context, struct slice bytes, const struct block_info *info)
{
    (void)context;
    (void)bytes;
    (void)info;
    return STATUS_IO;
}

/* Who takes blocks may fail, and the table may be written again. */
static void sink_fails(void **state)
{
    struct span span = span_of(1, 1, T0);
    struct batch batch = spans_batch(&span, 1);
    uint64_t arrival_ns = ARRIVAL;
    struct table_sink sink = {.block = refuse_block};
    (void)state;
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, ARRIVAL);
    assert_int_equal(table_write(sealed->table, &sink), STATUS_IO);
    sealed_write(sealed);
    sealed_expect_all(sealed, &batch, &arrival_ns, 1);
    sealed_free(sealed);
}

/* A value that cannot be kept, of VALUE_DEPTH_MAX + 2 levels. */
static struct value too_deep(struct value *levels)
{
    levels[0] = (struct value){.kind = VALUE_EMPTY};
    for (size_t i = 1; i < VALUE_DEPTH_MAX + 2; i++) {
        levels[i] = (struct value){.kind = VALUE_ARRAY, .array = {&levels[i - 1], 1}};
    }
    return levels[VALUE_DEPTH_MAX + 1];
}

/* A batch with one record that cannot be kept is not kept at all. */
static void batch_is_whole(void **state)
{
    struct value levels[VALUE_DEPTH_MAX + 2];
    struct attr deep = {SLICE("deep"), {.kind = VALUE_EMPTY}};
    struct span spans[3];
    uint64_t arrival_ns = ARRIVAL;
    (void)state;
    deep.value = too_deep(levels);
    for (unsigned i = 0; i < 3; i++) {
        spans[i] = span_of(i, i, T0 + i);
    }
    struct batch good = spans_batch(spans, 2);
    struct batch wrong = spans_batch(spans, 3);
    spans[2].attrs = (struct attrs){&deep, 1, 0};
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &good, ARRIVAL);
    assert_int_equal(table_add(sealed->table, &wrong, ARRIVAL + 1), STATUS_BAD);
    assert_int_equal(table_counts(sealed->table).spans, 2);
    sealed_write(sealed);
    sealed_expect_all(sealed, &good, &arrival_ns, 1);
    sealed_free(sealed);
}

/* A resource that came as it did before is the same one; one that could not be kept is none. */
static void resources_as_they_came(void **state)
{
    struct value levels[VALUE_DEPTH_MAX + 2];
    struct attr deep = {SLICE("deep"), {.kind = VALUE_EMPTY}};
    struct resource resources[4] = {
        {.message = SLICE("1"), .function = SLICE("stock"), .instance = SLICE("i")},
        {.message = SLICE("2"), .function = SLICE("stock"), .instance = SLICE("j")},
        {.message = SLICE("3"), .function = SLICE("stock"), .instance = SLICE("i")},
        {.message = SLICE("4"), .attrs = {&deep, 1, 0}},
    };
    struct span spans[4];
    uint64_t arrivals_ns[2] = {ARRIVAL, ARRIVAL + 1};
    (void)state;
    deep.value = too_deep(levels);
    for (unsigned i = 0; i < 4; i++) {
        spans[i] = span_of(i, i, T0 + i);
        spans[i].resource = &resources[i];
    }
    struct batch batch = spans_batch(spans, 3);
    batch.resources = resources;
    batch.resource_count = 4;
    struct batch batches[2] = {batch, batch};
    struct batch wrong = batch;
    wrong.span_count = 4;
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batches[0], arrivals_ns[0]);
    assert_int_equal(table_add(sealed->table, &wrong, ARRIVAL), STATUS_BAD);
    assert_int_equal(table_add(sealed->table, &wrong, ARRIVAL), STATUS_BAD);
    sealed_add(sealed, &batches[1], arrivals_ns[1]);
    sealed_write(sealed);
    assert_int_equal(dictionary_resource_count(sealed->dictionary), 2);
    sealed_expect_all(sealed, batches, arrivals_ns, 2);
    sealed_free(sealed);
}

/* Blocks of an agent's that hold no record keep their number. */
static void bare_blocks(void **state)
{
    struct resource resources[3] = {
        {.function = SLICE("stock"), .instance = SLICE("i"), .epoch = 5, .seq = 7},
        {.function = SLICE("stock"), .instance = SLICE("i"), .epoch = 5, .seq = 8},
        {.function = SLICE("stock"), .instance = SLICE("i"), .epoch = 0, .seq = 9},
    };
    struct span span = span_of(1, 1, T0);
    uint64_t arrival_ns = 0;
    (void)state;
    span.resource = &resources[0];
    struct batch batch = {.signal = SIGNAL_TRACES,
                          .resources = resources,
                          .resource_count = 3,
                          .spans = &span,
                          .span_count = 1};
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, ARRIVAL);
    sealed_write(sealed);
    assert_int_equal(dictionary_bare_count(sealed->dictionary), 1);
    const struct resource *bare;
    assert_int_equal(dictionary_bare(sealed->dictionary, 0, &bare, &arrival_ns), STATUS_OK);
    assert_int_equal(bare->seq, 8);
    assert_true(arrival_ns == ARRIVAL);
    sealed_free(sealed);
}

/* Lines without a transaction are told by their instance and minute. */
static void loose_lines(void **state)
{
    struct resource resource = {.function = SLICE("stock"), .instance = SLICE("i1")};
    struct log_line line = {.resource = &resource, .time_ns = T0, .observed_ns = T0 + 5};
    uint64_t arrival_ns = ARRIVAL;
    (void)state;
    struct batch batch = lines_batch(&line, 1);
    batch.resources = &resource;
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, ARRIVAL);
    sealed_write(sealed);
    sealed_expect_all(sealed, &batch, &arrival_ns, 1);
    const struct block_info *info = &sealed->blocks[0].info;
    assert_int_equal(info->flags, BLOCK_LOOSE | BLOCK_SENDERS);
    assert_int_equal(info->id_count, 1);
    struct id16 id = record_ids_minute(SLICE("stock"), SLICE("i1"), T0 - T0 % 60000000000U);
    assert_memory_equal(&info->ids[0], &id, sizeof(id));
    sealed_free(sealed);
}

static bool ignore(void *context, uint64_t arrival_ns, const struct batch *shown)
{
    (void)context;
    (void)arrival_ns;
    (void)shown;
    return true;
}

/* An attribute that is damaged leaves none of its record half made, whatever lies in memory. */
static void damaged_attributes(void **state)
{
    struct value items[] = {{.kind = VALUE_INT, .integer = 7},
                            {.kind = VALUE_STRING, .text = SLICE("abc")}};
    struct attr attrs[] = {
        {SLICE("list"), {.kind = VALUE_ARRAY, .array = {items, 2}}},
        {SLICE("text"), {.kind = VALUE_STRING, .text = SLICE("def")}},
        {SLICE("thaw.seq"), {.kind = VALUE_INT, .integer = 9}},
    };
    struct resource resource = {.function = SLICE("stock"), .instance = SLICE("i1"), .epoch = 5};
    struct scope scope = {.name = SLICE("thaw.agent"), .agent = true};
    struct log_line line = {.resource = &resource,
                            .scope = &scope,
                            .time_ns = T0,
                            .observed_ns = T0 + 5,
                            .seq = 9,
                            .attrs = {attrs, 3, 0}};
    (void)state;
    struct batch batch = lines_batch(&line, 1);
    batch.resources = &resource;
    struct sealed *sealed = write_batch(&batch);
    struct slice bytes = sealed->blocks[0].bytes;
    unsigned char *copy = malloc(bytes.size);
    assert_non_null(copy);
    for (size_t i = 0; i < 256 * bytes.size; i++) {
        struct block *block;
        memcpy(copy, bytes.base, bytes.size);
        copy[i / 256] = (unsigned char)i;
        arena_reset(&sealed->arena);
        uint64_t *words = (uint64_t *)(void *)sealed->arena.base;
        for (unsigned k = 0; k < 1024; k++) {
            words[k] = NAME_THAW_SEQ.size; /* What would pass for a key, if it is looked at. */
        }
        if (block_open(&block, sealed->dictionary, slice_of(copy, bytes.size), sealed->reader,
                       &sealed->arena) == STATUS_OK) {
            (void)!block_rows(block, NULL, 0, ignore, NULL);
        }
    }
    free(copy);
    sealed_free(sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),
        cmocka_unit_test(one_span),
        cmocka_unit_test(absurd_spans),
        cmocka_unit_test(repeated_records),
        cmocka_unit_test(repeated_keys),
        cmocka_unit_test(many_attributes),
        cmocka_unit_test(bodies),
        cmocka_unit_test(constant_columns),
        cmocka_unit_test(block_limits),
        cmocka_unit_test(block_size),
        cmocka_unit_test(transactions_lie_together),
        cmocka_unit_test(sink_fails),
        cmocka_unit_test(batch_is_whole),
        cmocka_unit_test(resources_as_they_came),
        cmocka_unit_test(bare_blocks),
        cmocka_unit_test(damaged_attributes),
        cmocka_unit_test(loose_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
