/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"
#include "sealed.h"

#include "lib/batch_same.h"
#include "lib/cm.h"

#include <stdlib.h>
#include <string.h>

#define BATCHES    4
#define ARENA_SIZE ((size_t)128 << 20)

/* A block by columns and the same by rows: what a column says of a row, its record says, too. */

static const char *const keys[] = {"user.id", "http.route", "n", "faas.invocation_id", "nobody"};

enum { KEYS = sizeof(keys) / sizeof(keys[0]) };

struct columns {
    const uint64_t *starts_ns, *arrivals_ns;
    const int64_t *durations_ns;
    const uint32_t *resources;
    const uint8_t *grades;
    struct block_ids traces;
    struct block_texts names, bodies, texts[KEYS];
    const struct value *values[KEYS];
};

static void decode(struct block *block, struct columns *columns)
{
    assert_int_equal(block_starts(block, &columns->starts_ns), STATUS_OK);
    assert_int_equal(block_durations(block, &columns->durations_ns), STATUS_OK);
    assert_int_equal(block_arrivals(block, &columns->arrivals_ns), STATUS_OK);
    assert_int_equal(block_resources(block, &columns->resources), STATUS_OK);
    assert_int_equal(block_grades(block, &columns->grades), STATUS_OK);
    assert_int_equal(block_traces(block, &columns->traces), STATUS_OK);
    assert_int_equal(block_names(block, &columns->names), STATUS_OK);
    assert_int_equal(block_bodies(block, &columns->bodies), STATUS_OK);
    for (size_t i = 0; i < KEYS; i++) {
        struct slice key = slice_from(keys[i]);
        assert_int_equal(block_attr_texts(block, key, &columns->texts[i]), STATUS_OK);
        assert_int_equal(block_attr_values(block, key, &columns->values[i]), STATUS_OK);
    }
}

static void check_text(const struct block_texts *texts, uint32_t row, bool has, struct slice text)
{
    if (has) {
        assert_true(texts->rows[row] < texts->count);
        assert_true(slice_equal(texts->texts[texts->rows[row]], text));
    } else {
        assert_int_equal(texts->rows[row], BLOCK_NONE);
    }
}

static void check_attrs(const struct columns *columns, uint32_t row, struct attrs attrs)
{
    for (size_t i = 0; i < KEYS; i++) {
        struct slice text = SLICE_EMPTY;
        struct slice key = slice_from(keys[i]);
        const struct value *value = attrs_find(attrs, key);
        bool has = attrs_find_text(attrs, key, &text);
        check_text(&columns->texts[i], row, has, text);
        assert_int_equal(columns->values[i][row].kind, value != NULL ? value->kind : VALUE_EMPTY);
        if (value != NULL && value->kind == VALUE_INT) {
            assert_true(columns->values[i][row].integer == value->integer);
        }
    }
}

struct check {
    struct sealed *sealed;
    const struct columns *columns;
    uint32_t row;
};

static bool check_row(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    const struct check *check = context;
    const struct columns *columns = check->columns;
    uint32_t row = check->row;
    const struct resource *resource;
    assert_int_equal(
        dictionary_resource(check->sealed->dictionary, columns->resources[row], &resource),
        STATUS_OK);
    assert_int_equal(batch->span_count + batch->log_count, 1);
    assert_true(columns->arrivals_ns[row] == arrival_ns);
    assert_true(batch_same_resource(resource, &batch->resources[0]));
    if (batch->signal == SIGNAL_TRACES) {
        const struct span *span = &batch->spans[0];
        assert_true(columns->starts_ns[row] == span->start_ns);
        assert_true(columns->durations_ns[row] == (int64_t)(span->end_ns - span->start_ns));
        assert_int_equal(BLOCK_SPAN_KIND(columns->grades[row]), span->kind);
        assert_int_equal(BLOCK_SPAN_STATUS(columns->grades[row]), span->status);
        assert_memory_equal(&columns->traces.ids[columns->traces.rows[row]], &span->trace_id,
                            sizeof(span->trace_id));
        check_text(&columns->names, row, true, span->name);
        check_text(&columns->bodies, row, false, SLICE_EMPTY);
        check_attrs(columns, row, span->attrs);
        return true;
    }
    const struct log_line *line = &batch->logs[0];
    assert_true(columns->starts_ns[row] == line->time_ns);
    assert_true(columns->durations_ns[row] == (int64_t)(line->observed_ns - line->time_ns));
    assert_int_equal(columns->grades[row], line->severity > 255 ? 0 : line->severity);
    check_text(&columns->names, row, line->event_name.size > 0, line->event_name);
    check_text(&columns->bodies, row, line->body.kind == VALUE_STRING,
               line->body.kind == VALUE_STRING ? line->body.text : SLICE_EMPTY);
    check_attrs(columns, row, line->attrs);
    return true;
}

static void columns_agree_with_rows(void **state)
{
    struct prng prng;
    struct arena arena;
    void *memory = malloc(ARENA_SIZE);
    (void)state;
    assert_non_null(memory);
    arena_init(&arena, memory, ARENA_SIZE);
    prng_init(&prng, 42);
    struct sealed *sealed = sealed_create();
    for (unsigned i = 0; i < BATCHES; i++) {
        struct batch batch =
            random_batch(&prng, &arena, i % 2 == 0 ? SIGNAL_TRACES : SIGNAL_LOGS, 150);
        sealed_add(sealed, &batch, i);
    }
    sealed_write(sealed);
    for (size_t i = 0; i < sealed->block_count; i++) {
        struct columns columns;
        struct block *block = sealed_open(sealed, i);
        decode(block, &columns);
        for (uint32_t row = 0; row < block_row_count(block); row++) {
            struct check check = {sealed, &columns, row};
            assert_int_equal(block_rows_at(block, &row, 1, check_row, &check), STATUS_OK);
        }
    }
    sealed_free(sealed);
    free(memory);
}

struct sum {
    uint32_t count;
    uint64_t starts_ns;
};

static bool add_records(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct sum *sum = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        sum->starts_ns += batch->spans[i].start_ns;
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        sum->starts_ns += batch->logs[i].time_ns;
    }
    sum->count += (uint32_t)(batch->span_count + batch->log_count);
    return true;
}

/* One row, and some of those around it, whatever was asked for before. */
static void ask_rows(struct prng *prng, struct sealed *sealed, const struct columns *columns,
                     struct block *block)
{
    uint32_t rows[16];
    struct sum sum = {.count = 0};
    uint64_t starts_ns = 0;
    uint32_t count = 0;
    uint32_t row = (uint32_t)prng_below(prng, block_row_count(block));
    struct check check = {sealed, columns, row};
    assert_int_equal(block_rows_at(block, &row, 1, check_row, &check), STATUS_OK);
    for (; count < 16 && row < block_row_count(block); row += 1 + (uint32_t)prng_below(prng, 9)) {
        rows[count++] = row;
        starts_ns += columns->starts_ns[row];
    }
    assert_int_equal(block_rows_at(block, rows, count, add_records, &sum), STATUS_OK);
    assert_int_equal(sum.count, count);
    assert_true(sum.starts_ns == starts_ns);
}

/* A block is asked for rows again and again: for the same, for others, and for all. */
static void rows_again(void **state)
{
    struct prng prng;
    struct arena arena;
    void *memory = malloc(ARENA_SIZE);
    (void)state;
    assert_non_null(memory);
    arena_init(&arena, memory, ARENA_SIZE);
    prng_init(&prng, 44);
    struct sealed *sealed = sealed_create();
    for (unsigned i = 0; i < BATCHES; i++) {
        struct batch batch =
            random_batch(&prng, &arena, i % 2 == 0 ? SIGNAL_TRACES : SIGNAL_LOGS, 150);
        sealed_add(sealed, &batch, i);
    }
    sealed_write(sealed);
    for (size_t i = 0; i < sealed->block_count; i++) {
        struct columns columns;
        struct sum sum = {.count = 0};
        decode(sealed_open(sealed, i), &columns);
        struct block *block;
        assert_int_equal(block_open(&block, sealed->dictionary, sealed->blocks[i].bytes,
                                    sealed->reader, &sealed->arena),
                         STATUS_OK);
        for (unsigned k = 0; k < 100; k++) {
            ask_rows(&prng, sealed, &columns, block);
        }
        assert_int_equal(block_rows(block, NULL, 0, add_records, &sum), STATUS_OK);
        assert_int_equal(sum.count, block_row_count(block));
        ask_rows(&prng, sealed, &columns, block);
    }
    sealed_free(sealed);
    free(memory);
}

/* What a block has is in its list, and in its filter; what it has not is not in its list. */
static void what_a_block_has(void **state)
{
    struct prng prng;
    struct arena arena;
    void *memory = malloc(ARENA_SIZE);
    (void)state;
    assert_non_null(memory);
    arena_init(&arena, memory, ARENA_SIZE);
    prng_init(&prng, 43);
    struct batch batch = random_batch(&prng, &arena, SIGNAL_TRACES, 200);
    struct sealed *sealed = sealed_create();
    sealed_add(sealed, &batch, 5);
    sealed_write(sealed);
    assert_int_equal(sealed->block_count, 1);
    for (size_t i = 0; i < batch.span_count; i++) {
        struct attrs attrs = batch.spans[i].attrs;
        for (size_t k = 0; k < attrs.count; k++) {
            if (attrs.items[k].value.kind != VALUE_STRING) {
                continue;
            }
            struct slice key = attrs.items[k].key;
            struct slice text = attrs.items[k].value.text;
            assert_true(filter_may_have(sealed->blocks[0].info.filter,
                                        filter_pair(&sealed_key, key, text)));
            assert_int_equal(block_has(sealed_open(sealed, 0), key, text), STATUS_OK);
        }
    }
    assert_int_equal(block_has(sealed_open(sealed, 0), SLICE("user.id"), SLICE("no such user")),
                     STATUS_NOT_FOUND);
    sealed_free(sealed);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_agree_with_rows),
        cmocka_unit_test(rows_again),
        cmocka_unit_test(what_a_block_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
