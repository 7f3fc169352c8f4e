/* SPDX-License-Identifier: Apache-2.0 */
#include "shelf.h"

#include "lib/cm.h"
#include "promql/promql.h"

#include <math.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_SIZE (64U << 20)

static struct arena kept, arena;
static struct shelf shelf;
static struct series_source source;
static struct promql_run run;
static struct promql_error error;
static struct promql_value value;

static int start(void **state)
{
    (void)state;
    arena_init(&kept, aligned_alloc(ARENA_ALIGN, MEMORY_SIZE), MEMORY_SIZE);
    arena_init(&arena, aligned_alloc(ARENA_ALIGN, MEMORY_SIZE), MEMORY_SIZE);
    shelf_init(&shelf, &kept);
    source = shelf_source(&shelf);
    run = (struct promql_run){.source = &source, .arena = &arena};
    return 0;
}

static int stop(void **state)
{
    (void)state;
    shelf_fini(&shelf);
    free(kept.base);
    free(arena.base);
    return 0;
}

static enum status instant(const char *text, int64_t time_ms)
{
    const struct promql_query *query = NULL;
    arena_reset(&arena);
    enum status status = promql_parse(slice_from(text), &arena, &query, &error);
    return status == STATUS_OK ? promql_instant(query, &run, time_ms, &value, &error) : status;
}

static enum status range(const char *text, int64_t start_ms, int64_t end_ms, int64_t step_ms)
{
    const struct promql_query *query = NULL;
    const struct promql_range span = {start_ms, end_ms, step_ms};
    arena_reset(&arena);
    enum status status = promql_parse(slice_from(text), &arena, &query, &error);
    return status == STATUS_OK ? promql_range(query, &run, &span, &value, &error) : status;
}

/* The answer as text: labels and values. */
static const char *shown(void)
{
    static char text[65536];
    struct buf out;
    buf_init_fixed(&out, text, sizeof(text) - 1);
    if (value.type == PROMQL_SCALAR) {
        promql_format_number(value.scalar, &out);
    }
    for (size_t i = 0; i < value.series_count; i++) {
        const struct series *series = &value.series[i];
        buf_append_text(&out, i == 0 ? "{" : " {");
        for (size_t k = 0; k < series->labels.count; k++) {
            buf_printf(&out, "%s" SLICE_FMT "=" SLICE_FMT, k == 0 ? "" : ",",
                       SLICE_ARG(series->labels.items[k].name),
                       SLICE_ARG(series->labels.items[k].value));
        }
        buf_append_text(&out, "}");
        for (size_t k = 0; k < series->sample_count; k++) {
            buf_append_text(&out, " ");
            if (value.type == PROMQL_MATRIX) {
                buf_printf(&out, "%lld:", (long long)series->samples[k].time_ms);
            }
            promql_format_number(series->samples[k].value, &out);
        }
        for (size_t k = 0; k < series->histogram_count; k++) {
            buf_append_text(&out, " h");
            promql_format_number(series->histograms[k].histogram->count, &out);
        }
    }
    text[out.size] = 0;
    return text;
}

#define expect(text, time_ms, wanted)                                                              \
    do {                                                                                           \
        if (instant((text), (time_ms)) != STATUS_OK) {                                             \
            print_error("%s: %s\n", (text), error.message);                                        \
            fail();                                                                                \
        }                                                                                          \
        assert_string_equal(shown(), (wanted));                                                    \
    } while (0)

#define refuse(text, time_ms, wanted)                                                              \
    do {                                                                                           \
        assert_int_not_equal(instant((text), (time_ms)), STATUS_OK);                               \
        assert_string_equal(error.message, (wanted));                                              \
    } while (0)

/* A sample counts for less than five minutes, until a marker of staleness. */
static void lookback(void **state)
{
    (void)state;
    assert_true(shelf_read(&shelf, SLICE("a 0 1\na 60000 2\na 120000 stale\nb 60000 3\n")));
    expect("a", 0, "{__name__=a} 1");
    expect("a", 119999, "{__name__=a} 2");
    expect("a", 120000, "");
    expect("b", 359999, "{__name__=b} 3");
    expect("b", 360000, ""); /* As since Prometheus 3: five minutes are over. */
    expect("b offset 1m", 120000, "{__name__=b} 3");
    expect("b @ 61", 0, "{__name__=b} 3");
    expect("timestamp(b)", 100000, "{} 60");
    expect("timestamp(b + 0)", 100000, "{} 100");
    expect("count_over_time(a[5m])", 130000, "{} 2");
    run.lookback_ms = 1000;
    expect("b", 61000, "");
    assert_int_equal(range("a", 0, 180000, 60000), STATUS_OK);
    assert_string_equal(shown(), "{__name__=a} 0:1 60000:2");
}

/* A range is open at its beginning, as since Prometheus 3. */
static void ranges(void **state)
{
    (void)state;
    assert_true(shelf_read(&shelf, SLICE("a 0 1\na 60000 2\na 120000 4\n")));
    expect("count_over_time(a[1m])", 60000, "{} 1");
    expect("count_over_time(a[61s])", 60000, "{} 2");
    expect("a[2m]", 120000, "{__name__=a} 60000:2 120000:4");
    expect("sum_over_time(a[2m:1m])", 120000, "{} 6");
    expect("sum_over_time(a[2m:30s])", 130000, "{} 9");
    expect("last_over_time(a[1m])", 90000, "{__name__=a} 2");
    expect("absent_over_time(a[1m])", 90000, "");
    expect("absent_over_time(a{x=\"y\"}[1m])", 90000, "{x=y} 1");
    expect("max_over_time(a[5m] @ end())", 0, "{} 1");
}

/* A counter's increase goes on to the ends of the window, but not below zero. */
static void rates(void **state)
{
    (void)state;
    assert_true(shelf_read(&shelf, SLICE("c 10000 5\nc 20000 10\nc 30000 2\nc 40000 7\n"
                                         "d 30000 100\nd 40000 110\n")));
    expect("increase(c[40s])", 45000, "{} 16");
    expect("resets(c[1m])", 45000, "{} 1");
    expect("changes(c[1m])", 45000, "{} 3");
    expect("irate(c[1m])", 45000, "{} 0.5");
    expect("idelta(c[1m])", 45000, "{} 5");
    /* Far from the start of the window: half of a distance, not the 15 s to it. */
    expect("increase(d[35s])", 50000, "{} 25");
    expect("rate(d[1s])", 40000, "");
}

/* Labels: which sides match, and what an operator keeps of them. */
static void matching(void **state)
{
    (void)state;
    assert_true(shelf_read(&shelf, SLICE("a{i=\"1\",j=\"x\"} 0 1\na{i=\"2\",j=\"x\"} 0 2\n"
                                         "b{i=\"1\"} 0 10\nb{i=\"2\"} 0 20\n")));
    expect("a + on(i) b", 0, "{i=1} 11 {i=2} 22");
    expect("a + ignoring(j) b", 0, "{i=1} 11 {i=2} 22");
    expect("a * on(i) group_left b", 0, "{i=1,j=x} 10 {i=2,j=x} 40");
    expect("b * on(i) group_right(k) a", 0, "{i=1,j=x} 10 {i=2,j=x} 40");
    expect("a > 1", 0, "{__name__=a,i=2,j=x} 2");
    expect("1 < bool a", 0, "{i=1,j=x} 0 {i=2,j=x} 1");
    expect("a and on(i) b > 10", 0, "{__name__=a,i=2,j=x} 2");
    expect("a unless on(i) b{i=\"1\"}", 0, "{__name__=a,i=2,j=x} 2");
    expect("b or on(i) a", 0, "{__name__=b,i=1} 10 {__name__=b,i=2} 20");
    expect("sum by (j) (a)", 0, "{j=x} 3");
    expect("sum without (i) (a)", 0, "{j=x} 3");
    expect("-a{i=\"1\"}", 0, "{i=1,j=x} -1");
    expect("a + b", 0, "");
    refuse("b + on(j) a", 0,
           "found duplicate series for the match group {j=\"x\"} on the right hand-side of the "
           "operation: [{__name__=\"a\", i=\"1\", j=\"x\"}, {__name__=\"a\", i=\"2\", j=\"x\"}];"
           "many-to-many matching not allowed: matching labels must be unique on one side");
    refuse("a + on(j) sum by (j) (a)", 0,
           "multiple matches for labels: many-to-one matching must be explicit "
           "(group_left/group_right)");
    refuse("label_replace(a, \"i\", \"\", \"\", \"\")", 0,
           "vector cannot contain metrics with the same labelset");
}

/* Histograms go through selectors, rates, sums and arithmetic; numbers alone do not take them. */
static void natives(void **state)
{
    (void)state;
    assert_true(shelf_read(&shelf, SLICE("h{i=\"1\"} 10000 { 0 0 0 4 8 ; 1:4 ; }\n"
                                         "h{i=\"1\"} 20000 { 0 0 0 14 28 ; 1:14 ; }\n"
                                         "h{i=\"2\"} 20000 { 0 0 0 6 9 ; 1:6 ; }\n"
                                         "n 20000 3\n")));
    expect("h", 21000, "{__name__=h,i=1} h14 {__name__=h,i=2} h6");
    expect("sum(h)", 21000, "{} h20");
    expect("avg(h)", 21000, "{} h10");
    expect("h * 2", 21000, "{i=1} h28 {i=2} h12");
    expect("-h", 21000, "{i=1} h-14 {i=2} h-6");
    expect("h - h", 21000, "{i=1} h0 {i=2} h0");
    expect("h == h", 21000, "{__name__=h,i=1} h14 {__name__=h,i=2} h6");
    expect("h != bool h", 21000, "{i=1} 0 {i=2} 0");
    expect("h + 1", 21000, "");
    expect("increase(h[15s])", 21000, "{i=1} h15");
    expect("irate(h[15s])", 21000, "{i=1} h1");
    expect("histogram_avg(h)", 21000, "{i=1} 2 {i=2} 1.5");
    expect("histogram_count(sum_over_time(h[1m]))", 21000, "{i=1} 18 {i=2} 6");
    expect("last_over_time(h[1m])", 21000, "{__name__=h,i=1} h14 {__name__=h,i=2} h6");
    expect("abs(h)", 21000, "");
    expect("topk(2, h)", 21000, "");
    expect("max(h)", 21000, "");
    expect("count(h)", 21000, "{} 2");
    expect("sum({__name__=~\"h|n\"})", 21000, "");
    assert_int_equal(value.warning_count, 1);
    expect("resets(h[1m]) + changes(h[1m])", 21000, "{i=1} 1 {i=2} 0");
    assert_int_equal(range("histogram_count(h)", 10000, 20000, 10000), STATUS_OK);
    assert_string_equal(shown(), "{i=1} 10000:4 20000:14 {i=2} 20000:6");
}

/* Who asks for a histogram with bounds as for a native one is told that there is none of these. */
static void classic_as_native(void **state)
{
    (void)state;
    static const char *const asked[] = {"histogram_quantile(0.9, rate(c[30s]))",
                                        "histogram_quantile(0.9, sum by (i) (rate(c[30s])))",
                                        "histogram_fraction(0, 1, c)", "histogram_count(c)",
                                        "-histogram_avg(increase(c[30s]))"};
    assert_true(shelf_read(&shelf, SLICE("c_bucket{le=\"1\"} 10000 1\n"
                                         "c_bucket{le=\"+Inf\"} 10000 2\n"
                                         "c_count 10000 2\n")));
    for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
        expect(asked[i], 11000, "");
        assert_int_equal(value.warning_count, 1);
        assert_slice(value.warnings[0],
                     "PromQL warning: c is a classic histogram, its buckets are c_bucket: native "
                     "histograms with custom buckets (schema -53) are not there");
    }
    expect("histogram_quantile(0.5, c_bucket)", 11000, "{} 1");
    assert_int_equal(value.warning_count, 0);
    expect("histogram_count(c_count) + histogram_count(nothing)", 11000, "");
    assert_int_equal(value.warning_count, 0);
}

/* What newer versions of Prometheus do otherwise than 2.42. */
static void newer(void **state)
{
    (void)state;
    assert_true(shelf_read(&shelf, SLICE("a 60000 1\na 120000 4\n")));
    expect("a atan2 a", 120000, "{} 0.7853981633974483");
    expect("{\"a\"} offset 60", 120000, "{__name__=a} 1");
    expect("a * 1m", 120000, "{} 240");
    expect("double_exponential_smoothing(a[2m], 0.5, 0.5)", 120000, "{} 4");
    expect("a @ 1m", 500000, "{__name__=a} 1");
    assert_true(shelf_read(&shelf, SLICE("x 60000 1\nx 61000 stale\ny 120000 4\n")));
    assert_int_equal(range("-{__name__=~\"x|y\"}", 60000, 120000, 60000), STATUS_OK);
    assert_string_equal(shown(), "{} 60000:-1 120000:-4");
    expect("sum by (\"__name__\") (a)", 120000, "{__name__=a} 4");
}

/* Over a range each selector is asked for once, whatever the number of steps. */
static void once(void **state)
{
    (void)state;
    assert_true(shelf_read(&shelf, SLICE("a 0 1\nb 0 2\n")));
    shelf.selects = 0;
    assert_int_equal(range("sum(a) + max_over_time(b[5m:1m]) + a @ 0", 0, 600000, 1000), STATUS_OK);
    assert_int_equal(shelf.selects, 3);
}

static bool give_up(void *context)
{
    size_t *left = context;
    *left -= *left > 0;
    return *left == 0;
}

/* A query ends at its limit, with an answer that says which. */
static void limits(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        char line[128];
        snprintf(line, sizeof(line), "a{i=\"%d\"} 0 1\na{i=\"%d\"} 60000 1\n", i, i);
        assert_true(shelf_read(&shelf, slice_from(line)));
    }
    run.series_max = 100;
    assert_int_equal(instant("a", 60000), STATUS_OK);
    run.series_max = 99;
    refuse("a", 60000, "a selector of the query finds more than 99 series");
    assert_int_equal(error.kind, PROMQL_ERROR_EXECUTION);
    run.series_max = 0;

    run.samples_max = 100;
    refuse("sum(a[5m:1s])", 60000,
           "1:5: parse error: expected type instant vector in aggregation "
           "expression, got range vector");
    refuse("sum_over_time(a[5m:1s])", 60000,
           "query processing would load too many samples into memory in query execution (more than "
           "100)");
    run.samples_max = 0;
    refuse("max_over_time(a[100y:1ms])", 60000, "a subquery has more than 1000000 steps");
    assert_true(
        shelf_read(&shelf, SLICE("evil{i=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab=c\"} 0 1\n")));
    refuse("evil{i=~\"(a|aa|a?)+c\"}", 0,
           "a regular expression of the query takes too many steps for a value");
    refuse("label_replace(evil, \"x\", \"\", \"i\", \"(a|aa|a?)+c\")", 0,
           "a regular expression of the query takes too many steps for a value");

    size_t left = 1;
    const struct patience patience = {give_up, &left};
    run.patience = &patience;
    assert_int_equal(range("a + a", 0, 600000, 100), STATUS_TIMEOUT);
    assert_int_equal(error.kind, PROMQL_ERROR_TIMEOUT);
    run.patience = NULL;

    assert_int_equal(range("a", 0, 11000, 1), STATUS_BAD);
    assert_int_equal(range("a", 0, 10999, 1), STATUS_OK);
    assert_int_equal(range("a", 0, 10, 0), STATUS_BAD);
    assert_int_equal(range("a", 10, 0, 1), STATUS_BAD);
    assert_int_equal(range("a[5m]", 0, 10, 1), STATUS_BAD);
    assert_int_equal(instant("a", INT64_MAX), STATUS_BAD);
}

/* Whatever room there is, an answer comes or an error that says that there is none. */
static void room(void **state)
{
    (void)state;
    assert_true(shelf_read(
        &shelf, SLICE("a{i=\"1\"} 0 1\na{i=\"2\"} 60000 1\nh 0 { 0 0 0 4 8 ; 1:4 ; }\n")));
    const char *texts[] = {
        "sum by (i) (rate(a[5m:10s])) / on(i) group_left a or a",
        "label_replace(topk(1, a), \"x\", \"$1\", \"i\", \"(.)\")",
        "histogram_quantile(0.5, sum(h + h)) + quantile(0.5, count_values(\"v\", a))",
        "absent(b{x=\"y\"}) unless a @ 0"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const struct promql_query *query = NULL;
        const struct promql_range span = {0, 60000, 10000};
        arena_reset(&arena);
        assert_int_equal(promql_parse(slice_from(texts[i]), &arena, &query, &error), STATUS_OK);
        bool fits = false;
        for (size_t size = 0; size < 65536; size += 64) {
            struct arena small;
            arena_init(&small, arena.base + arena.size / 2, size);
            run.arena = &small;
            enum status status = promql_range(query, &run, &span, &value, &error);
            assert_true(status == STATUS_OK || status == STATUS_FULL);
            assert_true((status == STATUS_OK) == (error.kind == PROMQL_ERROR_NONE));
            fits = status == STATUS_OK;
        }
        assert_true(fits);
        run.arena = &arena;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lookback, start, stop),
        cmocka_unit_test_setup_teardown(ranges, start, stop),
        cmocka_unit_test_setup_teardown(rates, start, stop),
        cmocka_unit_test_setup_teardown(matching, start, stop),
        cmocka_unit_test_setup_teardown(natives, start, stop),
        cmocka_unit_test_setup_teardown(classic_as_native, start, stop),
        cmocka_unit_test_setup_teardown(newer, start, stop),
        cmocka_unit_test_setup_teardown(once, start, stop),
        cmocka_unit_test_setup_teardown(limits, start, stop),
        cmocka_unit_test_setup_teardown(room, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
