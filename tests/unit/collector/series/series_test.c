/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include "base/hash.h"
#include "lib/cm.h"
#include "model/rows.h"

static const struct hash_key key = {{1, 2}};

#define SAMPLES(store, name) make_samples((store), make_row((store), (name), 0))

static uint64_t repeated(struct series_store *store)
{
    struct series_stats stats;
    series_stats(store, &stats);
    return stats.repeated;
}

static uint64_t refused(struct series_store *store, enum series_reason reason)
{
    struct series_stats stats;
    series_stats(store, &stats);
    return stats.refused[reason];
}

static void put(struct make *make, struct series_store *store, double start_s, double time_s,
                double value)
{
    make_times(make, start_s, time_s);
    make->point.value = value;
    make_apply(make, store);
}

/* Deltas add up; each counts once, whether it comes again, late or in its turn; a zero stands a
 * step before the first. */
static void test_delta(void **state)
{
    struct series_store *store = series_create(&key);
    struct make make;
    (void)state;
    make_sum(&make, "orders", METRIC_DELTA);
    put(&make, store, 90, 100, 3);
    put(&make, store, 100, 110, 4);
    put(&make, store, 100, 110, 4);
    put(&make, store, 120, 130, 1);
    put(&make, store, 110, 120, 2);
    put(&make, store, 110, 120, 2);
    put(&make, store, 130, 140, 0);
    assert_string_equal(SAMPLES(store, "orders_total"), "85=0 100=3 110=7 130=10 140=10");
    assert_int_equal(repeated(store), 2);
    assert_string_equal(make_labels(store, make_row(store, "orders_total", 0)),
                        "function=pay,instance=i1,job=shop,route=/a");
    series_free(store);
}

/* What is before the latest intervals cannot be told from what was counted, and is refused. */
static void test_delta_old(void **state)
{
    struct series_store *store = series_create(&key);
    struct make make;
    (void)state;
    make_sum(&make, "orders", METRIC_DELTA);
    for (unsigned i = 10; i < 30; i++) {
        put(&make, store, i * 10 - 10, i * 10, 1);
    }
    put(&make, store, 0, 50, 1);
    put(&make, store, 90, 100, 1); /* The sample is there: it came again. */
    assert_int_equal(refused(store, SERIES_OLD), 1);
    struct series_row_facts facts;
    assert_true(series_row(store, make_row(store, "orders_total", 0), &facts));
    assert_non_null(strstr(SAMPLES(store, "orders_total"), "290=20"));
    series_free(store);
}

/* A cumulative counter is shown as it was sent; one that began again and is higher than before is
 * shown to have been zero; one that was there long before us does not jump. */
static void test_cumulative(void **state)
{
    struct series_store *store = series_create(&key);
    struct make make;
    (void)state;
    make_sum(&make, "orders", METRIC_CUMULATIVE);
    put(&make, store, 1000, 1030, 5);
    put(&make, store, 1000, 1060, 7);
    put(&make, store, 1000, 1060, 7);
    put(&make, store, 1000, 1030, 5);
    put(&make, store, 1070, 1090, 9);
    put(&make, store, 1100, 1120, 2);
    assert_string_equal(SAMPLES(store, "orders_total"),
                        "1000=0 1030=5 1060=7 1070=0 1090=9 1120=2");
    assert_int_equal(repeated(store), 2);

    make_sum(&make, "old", METRIC_CUMULATIVE);
    put(&make, store, 0, 5000, 1000000);
    assert_string_equal(SAMPLES(store, "old_total"), "5000=1000000");
    series_free(store);
}

/* Samples of one second are one, the latest. */
static void test_gauge(void **state)
{
    struct series_store *store = series_create(&key);
    struct make make;
    (void)state;
    make_sum(&make, "heap", METRIC_UNSPECIFIED);
    make.metric.kind = METRIC_GAUGE;
    make.metric.unit = SLICE("By");
    put(&make, store, 0, 10, 5);
    put(&make, store, 0, 10.25, 6);
    put(&make, store, 0, 11, 0.5);
    put(&make, store, 0, 10.75, 9);
    assert_string_equal(SAMPLES(store, "heap_bytes"), "10.25=6 11=0.5");
    assert_int_equal(refused(store, SERIES_OLD), 1);
    make.point.flags = METRIC_POINT_NO_VALUE;
    make.point.valued = false;
    make_times(&make, 0, 20);
    make_apply(&make, store);
    assert_string_equal(SAMPLES(store, "heap_bytes"), "10.25=6 11=0.5 20=NaN");
    series_free(store);
}

/* Histograms keep count, sum and each bucket. */
static void test_histogram(void **state)
{
    static const double bounds[] = {0.1, 1};
    static const uint64_t counts[] = {2, 1, 0};
    struct series_store *store = series_create(&key);
    struct make make;
    (void)state;
    make_sum(&make, "wait", METRIC_DELTA);
    make.metric.kind = METRIC_HISTOGRAM;
    make.metric.unit = SLICE("s");
    make.point.count = 3;
    make.point.sum = 0.75;
    make.point.counts = (struct metric_counts){counts, 3};
    make.point.bounds = (struct metric_doubles){bounds, 2};
    put(&make, store, 20, 30, 0);
    put(&make, store, 30, 45, 0);
    assert_string_equal(SAMPLES(store, "wait_seconds"),
                        "15=0/0/0/0/0 30=3/0.75/2/1/0 45=6/1.5/4/2/0");
    make.point.bounds.count = 1;
    put(&make, store, 45, 60, 0);
    assert_int_equal(refused(store, SERIES_SHAPE), 1);
    series_free(store);
}

/* Exponential histograms of other scales and ranges go together. */
static void test_exponential(void **state)
{
    static const uint64_t first[] = {1, 2};
    static const uint64_t second[] = {4, 0, 8};
    struct series_store *store = series_create(&key);
    struct make make;
    (void)state;
    make_sum(&make, "wait", METRIC_DELTA);
    make.metric.kind = METRIC_EXPONENTIAL;
    make.point.count = 3;
    make.point.sum = 10;
    make.point.scale = 1;
    make.point.positive = (struct metric_buckets){4, {first, 2}};
    put(&make, store, 20, 30, 0);
    make.point.count = 12;
    make.point.scale = 0;
    make.point.zero_count = 1;
    make.point.positive = (struct metric_buckets){1, {second, 3}};
    put(&make, store, 30, 45, 0);
    /* Buckets 4 and 5 at scale 1 are bucket 2 at scale 0. */
    assert_string_equal(SAMPLES(store, "wait"),
                        "15=0/0/0/0/0@1:4 30=3/10/0/1/2@1:4 45=15/20/1/4/3/8@0:1");
    make.point.scale = 30;
    put(&make, store, 45, 60, 0);
    assert_int_equal(refused(store, SERIES_SHAPE), 1);
    series_free(store);
}

/* Attributes of the same name as labels of the sender, or as each other, are not lost. */
static void test_labels(void **state)
{
    struct series_store *store = series_create(&key);
    struct make make;
    (void)state;
    make_sum(&make, "orders", METRIC_DELTA);
    make.attrs[1] = (struct attr){SLICE("job"), {.kind = VALUE_STRING, .text = SLICE("x")}};
    make.attrs[2] = (struct attr){SLICE("a.b"), {.kind = VALUE_INT, .integer = 7}};
    make.attrs[3] = (struct attr){SLICE("a_b"), {.kind = VALUE_BOOL, .boolean = true}};
    make.attrs[4] = (struct attr){SLICE("none"), {.kind = VALUE_ARRAY}};
    make.attrs[5] = (struct attr){SLICE("__name__"), {.kind = VALUE_STRING, .text = SLICE("y")}};
    make.point.attrs.count = 6;
    put(&make, store, 0, 20, 1);
    assert_string_equal(make_labels(store, make_row(store, "orders_total", 0)),
                        "a_b=7;true,exported___name__=y,exported_job=x,function=pay,instance=i1,"
                        "job=shop,route=/a");
    series_free(store);
}

/* The agent's own are the collector's to derive. */
static void test_agent(void **state)
{
    struct series_store *store = series_create(&key);
    struct make make;
    struct series_stats stats;
    (void)state;
    make_sum(&make, "faas.invocations", METRIC_DELTA);
    make.scope.name = SLICE("thaw.agent");
    put(&make, store, 0, 20, 1);
    series_stats(store, &stats);
    assert_int_equal(stats.count, 0);
    series_free(store);
}

/* With age samples get fewer: of each step the last stays; then all are forgotten. */
static void test_age(void **state)
{
    struct series_store *store = series_create(&key);
    struct make make;
    struct series_stats stats;
    const uint64_t s = UINT64_C(1000000000);
    (void)state;
    make_sum(&make, "orders", METRIC_CUMULATIVE);
    for (unsigned i = 1; i <= 400; i++) {
        put(&make, store, 0, i * 15, i);
    }
    series_settle(store, (MAKE_EPOCH + 6000 + 7 * 3600) * s);
    series_stats(store, &stats);
    assert_in_range(stats.samples, 100, 104);
    series_settle(store, (MAKE_EPOCH + 6000 + 15 * 86400) * s);
    series_stats(store, &stats);
    assert_in_range(stats.samples, 2, 4);
    assert_non_null(strstr(SAMPLES(store, "orders_total"), "6000=400"));
    series_settle(store, (MAKE_EPOCH + 6000 + 91 * 86400) * s);
    series_stats(store, &stats);
    assert_int_equal(stats.count, 0);
    assert_int_equal(stats.samples, 0);
    assert_int_equal(stats.bytes, 0);
    series_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delta),      cmocka_unit_test(test_delta_old),
        cmocka_unit_test(test_cumulative), cmocka_unit_test(test_gauge),
        cmocka_unit_test(test_histogram),  cmocka_unit_test(test_exponential),
        cmocka_unit_test(test_labels),     cmocka_unit_test(test_agent),
        cmocka_unit_test(test_age),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
