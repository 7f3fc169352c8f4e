/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "base/hash.h"
#include "lib/cm.h"
#include "model/rows.h"
#include "series/series_limits.h"

#include <stdio.h>

static const struct hash_key key = {{1, 2}};

/* A series of its own for each number. */
static void put(struct series_store *store, const char *function, unsigned number, double time_s)
{
    struct make make;
    make_sum(&make, "orders", METRIC_CUMULATIVE);
    make.resource.function = slice_from(function);
    make.attrs[0].value = (struct value){.kind = VALUE_INT, .integer = number};
    make_times(&make, time_s - 1, time_s);
    make.point.value = 1;
    make_apply(&make, store);
}

/* At the limit of a function others still have room; who is refused is named. */
static void test_function(void **state)
{
    struct series_store *store = series_create(&key);
    struct series_refusal refusal;
    struct series_stats stats;
    (void)state;
    series_limit(store, 100, 3, 1 << 20);
    for (unsigned i = 0; i < 4; i++) {
        put(store, "pay", i, 100);
    }
    put(store, "ship", 1, 100);
    series_stats(store, &stats);
    assert_int_equal(stats.count, 4);
    assert_int_equal(stats.refused[SERIES_OWNER_LIMIT], 1);
    assert_int_equal(series_refusal_count(store), 1);
    series_refusal(store, 0, &refusal);
    assert_string_equal(refusal.owner, "pay");
    assert_string_equal(refusal.metric, "orders_total");
    assert_string_equal(series_reason_name(refusal.reason), "function_limit");
    /* Series whose instances are gone make room. */
    series_settle(store, (MAKE_EPOCH + 100) * UINT64_C(1000000000) +
                             (uint64_t)(SERIES_IDLE_MS + 1000) * 1000000);
    put(store, "pay", 9, 100 + SERIES_IDLE_MS / 1000 + 1);
    series_stats(store, &stats);
    assert_int_equal(stats.evicted, 3);
    assert_int_equal(stats.count, 2);
    series_free(store);
}

static void test_all(void **state)
{
    struct series_store *store = series_create(&key);
    struct series_stats stats;
    (void)state;
    series_limit(store, 3, 100, 1 << 20);
    for (unsigned i = 0; i < 4; i++) {
        put(store, i % 2 == 0 ? "a" : "b", i, 100);
    }
    series_stats(store, &stats);
    assert_int_equal(stats.count, 3);
    assert_int_equal(stats.refused[SERIES_COUNT_LIMIT], 1);
    series_free(store);
}

/* However many offenders there are, they fit; the counts are all there. */
static void test_offenders(void **state)
{
    struct series_store *store = series_create(&key);
    struct series_stats stats;
    uint64_t sum = 0;
    (void)state;
    series_limit(store, 0, 0, 1 << 20);
    for (unsigned i = 0; i < 300; i++) {
        char name[16];
        (void)snprintf(name, sizeof(name), "f%u", i);
        put(store, name, i, 100);
    }
    for (size_t i = 0; i < series_refusal_count(store); i++) {
        struct series_refusal refusal;
        series_refusal(store, i, &refusal);
        sum += refusal.count;
    }
    series_stats(store, &stats);
    assert_int_equal(sum, 300);
    assert_int_equal(stats.owners, 0);
    assert_true(series_refusal_count(store) <= SERIES_REFUSAL_COUNT_MAX);
    series_free(store);
}

/* Beyond the memory for samples the oldest of a series go. */
static void test_bytes(void **state)
{
    struct series_store *store = series_create(&key);
    struct series_stats stats;
    struct make make;
    (void)state;
    series_limit(store, 100, 100, 4096);
    make_sum(&make, "orders", METRIC_CUMULATIVE);
    for (unsigned i = 1; i < 5000; i++) {
        make_times(&make, 0, i * 2);
        make.point.value = i * 1.1;
        make_apply(&make, store);
    }
    series_stats(store, &stats);
    assert_true(stats.cut > 0);
    assert_true(stats.bytes < 4096 * 2);
    series_free(store);
}

/* Absurd times and what lacks a kind or a name. */
static void test_refused(void **state)
{
    struct series_store *store = series_create(&key);
    struct series_stats stats;
    struct make make;
    (void)state;
    make_sum(&make, "orders", METRIC_CUMULATIVE);
    make_times(&make, 0, 100);
    make_apply(&make, store);
    make.point.time_ns += UINT64_C(3600000000000);
    series_apply(store, MAKE_EPOCH * UINT64_C(1000000000), &make.batch);
    make.metric.kind = METRIC_NONE;
    make_apply(&make, store);
    make.metric.kind = METRIC_SUM;
    make.metric.temporality = METRIC_UNSPECIFIED;
    make_apply(&make, store);
    make.metric.temporality = METRIC_DELTA;
    make.metric.name = SLICE("");
    make_apply(&make, store);
    series_stats(store, &stats);
    assert_int_equal(stats.points, 1);
    assert_int_equal(stats.refused[SERIES_AHEAD], 1);
    assert_int_equal(stats.refused[SERIES_NAMELESS], 2);
    assert_int_equal(stats.refused[SERIES_UNSPECIFIED], 1);
    series_free(store);
}

/* One attribute more than there may be labels. */
static void test_labels(void **state)
{
    static char names[SERIES_LABEL_COUNT_MAX][8];
    static struct attr attrs[SERIES_LABEL_COUNT_MAX];
    struct series_store *store = series_create(&key);
    struct series_stats stats;
    struct make make;
    (void)state;
    make_sum(&make, "orders", METRIC_CUMULATIVE);
    for (unsigned i = 0; i < SERIES_LABEL_COUNT_MAX; i++) {
        (void)snprintf(names[i], sizeof(names[i]), "a%u", i);
        attrs[i] = (struct attr){slice_from(names[i]), {.kind = VALUE_INT, .integer = 1}};
    }
    /* Three are the sender's. */
    for (size_t count = SERIES_LABEL_COUNT_MAX - 4; count <= SERIES_LABEL_COUNT_MAX - 2; count++) {
        make.point.attrs = (struct attrs){.items = attrs, .count = count};
        make_times(&make, 0, 100);
        make_apply(&make, store);
    }
    series_stats(store, &stats);
    assert_int_equal(stats.count, 2);
    assert_int_equal(stats.refused[SERIES_LABELS], 1);
    series_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_function),  cmocka_unit_test(test_all),
        cmocka_unit_test(test_offenders), cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_refused),   cmocka_unit_test(test_labels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
