/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts and imports of the past. */
#include "orders.h"

#include "promql/promql.h"
#include "query/query.h"
#include "sources/derived.h"

#include <stdio.h>
#include <stdlib.h>

#define DAY_NS (INT64_C(86400000) * BUILD_MS)
#define NOW_NS (BUILD_T0 + 60 * 1000 * BUILD_MS)

static uint64_t now_ns(void)
{
    return (uint64_t)NOW_NS;
}

/* What a rule counts of a metric in the last hour. */
static double counted(struct view *view, const char *metric)
{
    enum { SIZE = 8 << 20 };
    struct query query = {.view = view};
    struct derived derived = {.query = &query, .now_ns = now_ns};
    const struct series_source source = derived_source(&derived);
    struct arena arena;
    const struct promql_query *parsed = NULL;
    struct promql_value value;
    struct promql_error error;
    char text[256];
    void *memory = malloc(SIZE);
    arena_init(&arena, memory, SIZE);
    (void)snprintf(text, sizeof(text),
                   "sum(max_over_time(%s[1h30s]) - min_over_time(%s[1h30s])) or vector(0)", metric,
                   metric);
    const struct promql_run run = {.source = &source, .arena = &arena, .key = key};
    assert_int_equal(promql_parse(slice_from(text), &arena, &parsed, &error), STATUS_OK);
    assert_int_equal(promql_instant(parsed, &run, NOW_NS / BUILD_MS, &value, &error), STATUS_OK);
    assert_int_equal(value.series_count, 1);
    double number = value.series[0].samples[0].value;
    free(memory);
    return number;
}

static void invocations(struct view *view, const char *stream, uint64_t first, int64_t start_ns)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", stream);
    for (uint64_t i = 0; i < 20; i++) {
        build_event(b, "faas.invocation", 0);
        build_time(b, start_ns + (int64_t)i * 1000 * BUILD_MS);
        build_request(b, first + i, 0);
        build_text(b, "thaw.invocation.state", "reported");
        build_int(b, "thaw.start_ns", start_ns + (int64_t)i * 1000 * BUILD_MS);
        build_int(b, "thaw.reported_ns", 40 * BUILD_MS);
        build_bool(b, "faas.coldstart", true);
        build_int(b, "thaw.init_ns", 200 * BUILD_MS);
    }
    apply(view, b);
    build_free(b);
}

/* What alerts read is a window around now: what is imported with old dates is not in it, and what
 * is recent counts, wherever it came from. */
static void imports_alert_by_their_dates(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    invocations(view, "2026/11/01/[$LATEST]aa", 0x100, BUILD_T0 - 70 * DAY_NS);
    invocations(view, "2027/01/13/[$LATEST]bb", 0x200, BUILD_T0 - 2 * DAY_NS);
    assert_true(counted(view, "thaw_function_invocations_total") == 0);
    assert_true(counted(view, "thaw_function_cold_starts_total") == 0);
    invocations(view, "2027/01/15/[$LATEST]cc", 0x300, BUILD_T0 - 600 * 1000 * BUILD_MS);
    assert_true(counted(view, "thaw_function_invocations_total") == 20);
    assert_true(counted(view, "thaw_function_cold_starts_total") == 20);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(imports_alert_by_their_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
