/* SPDX-License-Identifier: Apache-2.0 */
#include "search/plan.h"

#include "build.h"
#include "columns/select.h"
#include "search/match.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

static _Alignas(16) unsigned char memory[1 << 18];

static void parsed(const char *text, struct search_expr *expr)
{
    static struct arena arena;
    struct search_error error;
    arena_init(&arena, memory, sizeof(memory));
    assert_true(search_parse(slice_from(text), &arena, expr, &error));
}

static void plan_of(const char *text, unsigned signals, struct search_expr *expr,
                    struct search_plan *plan)
{
    parsed(text, expr);
    search_plan_make(expr, expr->count > 0 ? expr->count - 1 : 0, signals, plan);
}

/* How many conditions a query has for the store, and whether they are all of it. */
static void plans_of_queries(void **state)
{
    static const struct {
        const char *text;
        unsigned signals;
        size_t count;
        bool exact, has_id;
    } cases[] = {
        {"", SCAN_LINES, 0, true, false},
        {"declined", SCAN_LINES, 1, true, false},
        {"\"card declined\" function:a", SCAN_LINES, 2, true, false},
        {"(user.id:7 (service:a name:b))", SCAN_SPANS, 3, true, false},
        {"*part*", SCAN_LINES, 1, true, false},
        {"part*", SCAN_LINES, 1, false, false},
        {"a*b*c", SCAN_LINES, 1, false, false},
        {"*", SCAN_LINES, 0, false, false},
        {"version:7 instance:i", SCAN_LINES, 2, true, false},
        {"duration:>=1s", SCAN_SPANS, 1, true, false},
        {"duration:1s..2s", SCAN_SPANS, 2, true, false},
        {"duration:<1s", SCAN_SPANS, 2, false, false},
        {"duration:>1s", SCAN_LINES, 0, false, false},
        {"error:true", SCAN_SPANS, 1, true, false},
        {"error:true", SCAN_LINES, 0, false, false},
        {"error:true", SCAN_SPANS | SCAN_LINES, 0, false, false},
        {"-declined", SCAN_LINES, 0, false, false},
        {"a OR b", SCAN_LINES, 0, false, false},
        {"a (b OR c)", SCAN_LINES, 1, false, false},
        {"exception.type:x", SCAN_SPANS, 0, false, false},
        {"user.id:*", SCAN_LINES, 0, false, false},
        {"function:a*", SCAN_LINES, 0, false, false},
        {"trace:5f000000000000000000000000000071 a", SCAN_LINES, 1, false, true},
        {"-trace:5f000000000000000000000000000071", SCAN_LINES, 0, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct search_expr expr;
        struct search_plan plan;
        plan_of(cases[i].text, cases[i].signals, &expr, &plan);
        if (plan.count != cases[i].count || plan.exact != cases[i].exact ||
            plan.has_id != cases[i].has_id) {
            fail_msg("%s: %zu, %d, %d", cases[i].text, plan.count, plan.exact, plan.has_id);
        }
    }
}

static const char *const queries[] = {
    "declined",
    "\"card declined\"",
    "*eclin*",
    "card*",
    "function:checkout",
    "function:front",
    "service:front",
    "instance:i1",
    "version:7",
    "name:\"GET /cart\"",
    "user.id:7",
    "user.id:\"7\"",
    "user.ok:true",
    "price:0.5",
    "price:5e-1",
    "cloud.region:eu",
    "duration:>250ms",
    "duration:>=250ms",
    "duration:<250ms",
    "duration:<=250ms",
    "duration:0..250ms",
    "duration:>-1",
    "duration:<0",
    "duration:0.1ns..1h",
    "duration:>249.9999999ms",
    "error:true",
    "declined user.id:7 -x",
    "exception.type:Boom",
};

/* What a query holds of meets its conditions, and where they are exact nothing else does. */
static void check_record(const struct span *span, const struct log_line *line)
{
    static const struct hash_key key;
    unsigned signal = span != NULL ? SCAN_SPANS : SCAN_LINES;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        struct search_expr expr;
        struct search_plan plan;
        struct select *select;
        plan_of(queries[i], signal, &expr, &plan);
        const struct scan_query scan = {
            .signals = signal,
            .to_ns = UINT64_MAX,
            .conditions = plan.conditions,
            .condition_count = plan.count,
        };
        assert_int_equal(select_create(&select, &scan, &key), STATUS_OK);
        bool selected = span != NULL ? select_span(select, span) : select_line(select, line);
        bool holds =
            span != NULL ? search_span_matches(&expr, span) : search_line_matches(&expr, line);
        select_free(select);
        if ((holds && !selected) || (plan.exact && holds != selected)) {
            fail_msg("%s: holds %d, selected %d", queries[i], holds, selected);
        }
    }
}

static void plans_and_records_agree(void **state)
{
    static const int64_t durations_ns[] = {
        -1, 0, 1, 249 * BUILD_MS, 250 * BUILD_MS, 250 * BUILD_MS + 1};
    (void)state;
    struct build *b = build_create(SIGNAL_TRACES);
    for (size_t i = 0; i < sizeof(durations_ns) / sizeof(durations_ns[0]); i++) {
        build_service(b, "front");
        build_resource_text(b, "cloud.region", i % 2 == 0 ? "eu" : "us");
        build_span(b, i % 2 == 0 ? "GET /cart" : "card declined", SPAN_CLIENT, 0x22, 1 + i, 0);
        build_span_time(b, BUILD_T0, BUILD_T0 + durations_ns[i]);
        if (i % 3 == 0) {
            build_span_error(b);
            build_int(b, "user.id", 7);
        } else {
            build_text(b, "user.id", "7");
        }
    }
    for (size_t i = 0; i < build_batch(b)->span_count; i++) {
        check_record(&build_batch(b)->spans[i], NULL);
    }
    build_free(b);
    b = build_create(SIGNAL_LOGS);
    build_agent(b, "checkout", "i1", 7);
    build_resource_text(b, "faas.instance", "i1"); /* Of which records are given their names. */
    build_line(b, "[ERROR] card declined", 1, BUILD_T0);
    build_text(b, "user.id", "7");
    build_bool(b, "user.ok", true);
    build_line(b, "discard declines", 2, BUILD_T0);
    for (size_t i = 0; i < build_batch(b)->log_count; i++) {
        check_record(NULL, &build_batch(b)->logs[i]);
    }
    build_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_of_queries),
        cmocka_unit_test(plans_and_records_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
