/* SPDX-License-Identifier: Apache-2.0 */
#include "query/stored.h"

#include "query/query_limits.h"
#include "store/store.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* A store that shows the places below. */
static const struct store_measures *places;
static size_t place_count;
static enum status answer;

static struct arena arena;
static unsigned char memory[4 << 20];
#define TRIED (STORED_ROWS_MAX + 1)

static const struct query query = {.key = {{1, 2}}};

struct store_hold *store_hold(struct store *store)
{
    (void)store;
    return (struct store_hold *)memory;
}

void store_release(struct store_hold *hold)
{
    assert_ptr_equal(hold, memory);
}

enum status store_measure(struct store_hold *hold, const struct scan_query *scan, unsigned columns,
                          store_measure_visit *visit, void *context)
{
    assert_ptr_equal(hold, memory);
    assert_int_equal(columns, STORE_SENDERS);
    assert_int_equal(scan->signals, SCAN_SPANS | SCAN_LINES);
    assert_int_equal(scan->from_ns, 0);
    scan->look->reached_ns = 0;
    for (size_t i = 0; i < place_count; i++) {
        if (scan->look->stop(scan->look->context)) {
            scan->look->reached_ns = 1;
            return STATUS_OK;
        }
        if (!visit(context, &places[i])) {
            return STATUS_OK;
        }
    }
    return answer;
}

static enum status read_all(struct stored *stored, struct deadline deadline)
{
    arena_init(&arena, memory, sizeof(memory));
    return stored_read(&query, deadline, &arena, stored);
}

static const struct resource resources[] = {
    {.function = SLICE_INIT("checkout"), .service = SLICE_INIT("shop")},
    {.service = SLICE_INIT("queue")},
    {.function = SLICE_INIT("stock")},
    {.function = SLICE_INIT("checkout"), .service = SLICE_INIT("other")},
    {.function = {NULL, 0}},
};

static void shares_sum_to_all(void **state)
{
    static const uint32_t some[] = {0, 2, 0, 1, 0, 4, 2};
    static const uint32_t others[] = {3, 3, 0};
    static const struct store_measures shown[] = {
        {.signal = SIGNAL_TRACES,
         .count = 7,
         .senders = some,
         .size = 1001,
         .resources = resources,
         .resource_count = 5,
         .resources_id = 1},
        {.signal = SIGNAL_LOGS,
         .count = 3,
         .senders = others,
         .size = 10,
         .resources = resources,
         .resource_count = 5,
         .resources_id = 1},
        {.signal = SIGNAL_LOGS,
         .count = 1,
         .senders = others,
         .size = 7,
         .resources = resources + 1,
         .resource_count = 4,
         .resources_id = 2},
    };
    struct stored stored;
    uint64_t bytes = 0;
    (void)state;
    places = shown;
    place_count = 3;
    answer = STATUS_OK;
    assert_int_equal(read_all(&stored, (struct deadline){0}), STATUS_OK);
    assert_int_equal(stored.partial, QUERY_LIMIT_NONE);
    assert_int_equal(stored.row_count, 4);
    assert_true(slice_equal(stored.rows[0].function, SLICE("checkout")));
    assert_int_equal(stored.rows[0].spans, 3);
    assert_int_equal(stored.rows[0].lines, 3);
    assert_true(slice_equal(stored.rows[1].function, SLICE("stock")));
    assert_int_equal(stored.rows[1].spans, 2);
    for (uint32_t i = 0; i < stored.row_count; i++) {
        bytes += stored.rows[i].bytes;
        assert_true(i == 0 || stored.rows[i].bytes <= stored.rows[i - 1].bytes);
    }
    assert_int_equal(bytes, 1018);
    assert_int_equal(stored.all.bytes, 1018);
    assert_int_equal(stored.all.spans, 7);
    assert_int_equal(stored.all.lines, 4);
    assert_int_equal(stored.all.function.size, 0);
}

static void what_is_not_all_is_said(void **state)
{
    static const uint32_t none = 0;
    static const struct store_measures shown = {.signal = SIGNAL_LOGS,
                                                .count = 1,
                                                .senders = &none,
                                                .size = 10,
                                                .resources = resources,
                                                .resource_count = 1,
                                                .resources_id = 1};
    struct stored stored;
    (void)state;
    places = &shown;
    place_count = 1;
    answer = STATUS_IO;
    assert_int_equal(read_all(&stored, (struct deadline){0}), STATUS_OK);
    assert_int_equal(stored.partial, QUERY_LIMIT_DAMAGE);
    assert_int_equal(stored.all.lines, 1);
    answer = STATUS_OK;
    assert_int_equal(read_all(&stored, (struct deadline){.over = true}), STATUS_OK);
    assert_int_equal(stored.partial, QUERY_LIMIT_TIME);
    assert_int_equal(stored.row_count, 0);
    answer = STATUS_FULL;
    assert_int_equal(read_all(&stored, (struct deadline){0}), STATUS_FULL);
}

/* One more name than there is room for refuses the answer. */
static void too_many_names(void **state)
{
    static struct resource many[TRIED];
    static char names[TRIED][8];
    static uint32_t senders[TRIED];
    (void)state;
    for (uint32_t i = 0; i < TRIED; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "f%u", i);
        many[i].function = slice_from(names[i]);
        senders[i] = i;
    }
    struct store_measures shown = {.signal = SIGNAL_TRACES,
                                   .count = TRIED - 1,
                                   .senders = senders,
                                   .size = UINT64_C(1) << 30,
                                   .resources = many,
                                   .resource_count = TRIED,
                                   .resources_id = 1};
    struct stored stored;
    places = &shown;
    place_count = 1;
    answer = STATUS_OK;
    assert_int_equal(read_all(&stored, (struct deadline){0}), STATUS_OK);
    assert_int_equal(stored.row_count, TRIED - 1);
    assert_int_equal(stored.all.bytes, UINT64_C(1) << 30);
    shown.count++;
    assert_int_equal(read_all(&stored, (struct deadline){0}), STATUS_FULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_sum_to_all),
        cmocka_unit_test(what_is_not_all_is_said),
        cmocka_unit_test(too_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
