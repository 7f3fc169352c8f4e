/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/sent.h"

#include "base/hash.h"
#include "lib/cm.h"
#include "make.h"
#include "shown.h"

#include <string.h>

static const struct hash_key key = {{1, 2}};

static void world_open(struct series_store **store, struct series_source *source,
                       struct shown *shown)
{
    *store = series_create(&key);
    *source = sent_source(*store);
    *shown = (struct shown){.source = source, .base_ms = (int64_t)MAKE_EPOCH * 1000};
}

/* A counter has the labels of who sent it, and its samples of the span. */
static void test_counter(void **state)
{
    const char *const labels[] = {"__name__", "orders_total", NULL};
    const char *const other[] = {"__name__", "orders_total", "instance", "i2", NULL};
    const char *const missing[] = {"__name__", "orders_total", "nothing", "x", NULL};
    struct series_store *store;
    struct series_source source;
    struct shown shown;
    struct make make;
    (void)state;
    world_open(&store, &source, &shown);
    make_sum(&make, "orders", METRIC_DELTA);
    for (unsigned i = 1; i <= 3; i++) {
        make_times(&make, i * 60 - 60, i * 60);
        make.point.value = i;
        make_apply(&make, store);
    }
    assert_string_equal(shown_select(&shown, labels, 0, 150),
                        "{__name__=orders_total,function=pay,instance=i1,job=shop,route=/a} "
                        "0=0 60=1 120=3\n");
    assert_string_equal(shown_select(&shown, other, 0, 150), "");
    assert_string_equal(shown_select(&shown, missing, 0, 150), "");
    assert_string_equal(shown_list(&shown, labels, 0, 150),
                        "{__name__=orders_total,function=pay,instance=i1,job=shop,route=/a}\n");
    series_free(store);
}

/* Buckets add up; the last has no bound. */
static void test_histogram(void **state)
{
    static const double bounds[] = {0.1, 1};
    static const uint64_t counts[] = {2, 1, 4};
    const char *const labels[] = {"function", "pay", NULL};
    struct series_store *store;
    struct series_source source;
    struct shown shown;
    struct make make;
    (void)state;
    world_open(&store, &source, &shown);
    make_sum(&make, "wait", METRIC_CUMULATIVE);
    make.metric.kind = METRIC_HISTOGRAM;
    make.point.attrs.count = 0;
    make.point.count = 7;
    make.point.sum = 9.5;
    make.point.counts = (struct metric_counts){counts, 3};
    make.point.bounds = (struct metric_doubles){bounds, 2};
    make_times(&make, 0, 1000);
    make_apply(&make, store);
    assert_string_equal(shown_select(&shown, labels, 0, 2000),
                        "{__name__=wait_bucket,function=pay,instance=i1,job=shop,le=+Inf} 1000=7\n"
                        "{__name__=wait_bucket,function=pay,instance=i1,job=shop,le=0.1} 1000=2\n"
                        "{__name__=wait_bucket,function=pay,instance=i1,job=shop,le=1} 1000=3\n"
                        "{__name__=wait_count,function=pay,instance=i1,job=shop} 1000=7\n"
                        "{__name__=wait_sum,function=pay,instance=i1,job=shop} 1000=9.5\n");
    series_free(store);
}

/* OTLP counts buckets from 0 where PromQL counts from 1. */
static void test_exponential(void **state)
{
    static const uint64_t counts[] = {2, 0, 1};
    const char *const labels[] = {"__name__", "wide", NULL};
    struct series_store *store;
    struct series_source source;
    struct shown shown;
    struct make make;
    (void)state;
    world_open(&store, &source, &shown);
    make_sum(&make, "wide", METRIC_CUMULATIVE);
    make.metric.kind = METRIC_EXPONENTIAL;
    make.point.attrs.count = 0;
    make.point.count = 3;
    make.point.positive = (struct metric_buckets){4, {counts, 3}};
    make_times(&make, 0, 1000);
    make_apply(&make, store);
    assert_string_equal(shown_select(&shown, labels, 0, 2000),
                        "{__name__=wide,function=pay,instance=i1,job=shop} "
                        "1000=count:3,5:2,7:1\n");
    series_free(store);
}

static void test_summary(void **state)
{
    static const double quantiles[] = {0.5};
    static const double values[] = {3};
    const char *const labels[] = {"function", "pay", NULL};
    struct series_store *store;
    struct series_source source;
    struct shown shown;
    struct make make;
    (void)state;
    world_open(&store, &source, &shown);
    make_sum(&make, "old", METRIC_UNSPECIFIED);
    make.metric.kind = METRIC_SUMMARY;
    make.point.attrs.count = 0;
    make.point.count = 7;
    make.point.sum = 9.5;
    make.point.quantiles = (struct metric_doubles){quantiles, 1};
    make.point.values = (struct metric_doubles){values, 1};
    make_times(&make, 0, 1000);
    make_apply(&make, store);
    assert_string_equal(shown_select(&shown, labels, 0, 2000),
                        "{__name__=old,function=pay,instance=i1,job=shop,quantile=0.5} 1000=3\n"
                        "{__name__=old_count,function=pay,instance=i1,job=shop} 1000=7\n"
                        "{__name__=old_sum,function=pay,instance=i1,job=shop} 1000=9.5\n");
    series_free(store);
}

/* What is kept by the hour has a sample every few minutes. */
static void test_repeated(void **state)
{
    const char *const labels[] = {"__name__", "orders_total", NULL};
    struct series_store *store;
    struct series_source source;
    struct shown shown;
    struct make make;
    (void)state;
    world_open(&store, &source, &shown);
    make_sum(&make, "orders", METRIC_CUMULATIVE);
    for (unsigned i = 1; i <= 200; i++) {
        make_times(&make, 0, i * 60);
        make.point.value = i;
        make_apply(&make, store);
    }
    series_settle(store, (MAKE_EPOCH + 20 * 86400) * UINT64_C(1000000000));
    const char *text = shown_select(&shown, labels, 6000, 7000);
    unsigned count = 0;
    for (const char *at = text; (at = strchr(at, ' ')) != NULL; at++) {
        count++;
    }
    assert_in_range(count, 3, 6);
    series_free(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counter),     cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_exponential), cmocka_unit_test(test_summary),
        cmocka_unit_test(test_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
