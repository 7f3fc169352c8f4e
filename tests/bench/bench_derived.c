/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_derived: what questions in PromQL about functions cost, with so many functions and a week
 * of counts in the view.  Prints `name value unit`; under callgrind, --toggle-collect=measure
 * counts the questions alone.
 *
 *     bench_derived [FUNCTIONS [RULES]]
 */
#include "model/record.h"
#include "model/view.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "base/uuid.h"
#include "cost/prices.h"
#include "promql/promql.h"
#include "proto/names.h"
#include "sources/derived.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define T0           INT64_C(1800000000000000000)
#define MINUTE       INT64_C(60000000000)
#define NS_PER_MS    INT64_C(1000000)
#define WEEK_MINUTES (7 * 1440)
#define STEP_MINUTES 20
#define MEMORY_SIZE  ((size_t)256 << 20)

static uint64_t now_ns(void)
{
    return (uint64_t)(T0 + WEEK_MINUTES * MINUTE);
}

/* Of the processor: others may be using it, too. */
static uint64_t used_ns(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct value int_value(int64_t value)
{
    return (struct value){.kind = VALUE_INT, .integer = value};
}

/* An invocation of each function at a time, some of them failed. */
static void apply(struct view *view, unsigned functions, int64_t start_ns)
{
    static uint64_t number;
    static const struct scope scope = {.name = {.base = NULL}, .logs = true};
    struct scope named = scope;
    named.name = NAME_SCOPE_LOGS;
    for (unsigned i = 0; i < functions; i++, number++) {
        char id[UUID_TEXT_SIZE + 1], name[32], stream[32];
        struct uuid uuid = {{0x5f}};
        memcpy(&uuid.bytes[8], &number, sizeof(number));
        uuid_format(&uuid, id);
        (void)snprintf(name, sizeof(name), "function-%05u", i);
        (void)snprintf(stream, sizeof(stream), "stream-%05u", i);
        struct attr attrs[] = {
            {NAME_FAAS_INVOCATION_ID, {.kind = VALUE_STRING, .text = slice_from(id)}},
            {NAME_THAW_INVOCATION_STATE, {.kind = VALUE_STRING, .text = SLICE("reported")}},
            {NAME_THAW_START_NS, int_value(start_ns)},
            {NAME_THAW_END_NS, int_value(start_ns + 51 * NS_PER_MS)},
            {NAME_THAW_REPORTED_NS, int_value((int64_t)(50 + number % 97) * NS_PER_MS)},
            {NAME_THAW_BILLED_MS, int_value(50 + (int64_t)(number % 97))},
            {NAME_THAW_MEMORY_SIZE_MB, int_value(128)},
            {NAME_THAW_MAX_MEMORY_USED_MB, int_value(60)},
            {NAME_THAW_INVOCATION_STATUS,
             {.kind = VALUE_STRING, .text = number % 10 > 0 ? SLICE("success") : SLICE("error")}},
        };
        struct resource resource = {
            .account = SLICE("123456789012"),
            .region = SLICE("us-east-1"),
            .function = slice_from(name),
            .version = SLICE("$LATEST"),
            .instance = slice_from(stream),
        };
        struct log_line line = {
            .resource = &resource,
            .scope = &named,
            .time_ns = (uint64_t)start_ns,
            .event_name = NAME_EVENT_INVOCATION,
            .attrs = {.items = attrs, .count = sizeof(attrs) / sizeof(attrs[0])},
        };
        const struct batch batch = {.signal = SIGNAL_LOGS,
                                    .resources = &resource,
                                    .resource_count = 1,
                                    .logs = &line,
                                    .log_count = 1};
        struct view_frame frame = {.segment = 1, .arrival_ns = (uint64_t)start_ns + 1000000000};
        view_apply(view, &frame, &batch);
    }
}

struct bench {
    struct series_source source;
    struct arena parsed, arena;
};

/* Evaluate each text once; not inlined, for callgrind. */
__attribute__((noinline)) static size_t measure(struct bench *bench,
                                                const struct promql_query **queries, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct promql_run run = {.source = &bench->source, .arena = &bench->arena};
        struct promql_value value;
        struct promql_error error;
        arena_reset(&bench->arena);
        ENSURE(promql_instant(queries[i], &run, (int64_t)(now_ns() / NS_PER_MS), &value, &error) ==
               STATUS_OK);
        found += value.series_count;
    }
    return found;
}

static const struct promql_query *parse(struct bench *bench, struct slice text)
{
    const struct promql_query *query = NULL;
    struct promql_error error;
    if (promql_parse(text, &bench->parsed, &query, &error) != STATUS_OK) {
        (void)fprintf(stderr, SLICE_FMT ": %s\n", SLICE_ARG(text), error.message);
        exit(1);
    }
    return query;
}

/* So many rules of a form, in which an @ is the name of a function. */
static void run(struct bench *bench, const char *name, const char *form, unsigned functions,
                unsigned rules)
{
    const struct promql_query **queries = calloc(rules, sizeof(const struct promql_query *));
    ENSURE(queries != NULL);
    arena_reset(&bench->parsed);
    for (unsigned i = 0; i < rules; i++) {
        struct buf text;
        buf_init_growing(&text, 1024);
        for (const char *at = form; *at != '\0'; at++) {
            if (*at == '@') {
                buf_printf(&text, "function-%05u", i % functions);
            } else {
                buf_append_byte(&text, (unsigned char)*at);
            }
        }
        queries[i] = parse(bench, buf_bytes(&text));
        buf_fini(&text);
    }
    (void)measure(bench, queries, 1); /* What is kept is there. */
    uint64_t before_ns = used_ns();
    size_t found = measure(bench, queries, rules);
    double each_us = (double)(used_ns() - before_ns) / 1e3 / rules;
    (void)printf("derived_%s %.1f us/query (%u queries, %zu series)\n", name, each_us, rules,
                 found);
    free((void *)queries);
}

int main(int argc, char **argv)
{
    static const struct hash_key key = {{1, 2}};
    unsigned functions = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1000;
    unsigned rules = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 10000;
    char error[256];
    struct prices *prices;
    struct bench bench;
    struct view *view = view_create(&key);
    ENSURE(view != NULL && prices_load(&prices, SLICE(""), error, sizeof(error)) == STATUS_OK);
    for (int64_t minute = 0; minute < WEEK_MINUTES; minute += STEP_MINUTES) {
        apply(view, functions, T0 + minute * MINUTE);
    }
    for (int64_t minute = WEEK_MINUTES - 10; minute < WEEK_MINUTES; minute++) {
        apply(view, functions, T0 + minute * MINUTE);
    }
    struct query query = {.view = view, .prices = prices};
    struct derived derived = {.query = &query, .now_ns = now_ns, .keep = derived_keep_create()};
    ENSURE(derived.keep != NULL);
    void *memory = malloc(MEMORY_SIZE), *parsed = malloc(MEMORY_SIZE);
    ENSURE(memory != NULL && parsed != NULL);
    arena_init(&bench.arena, memory, MEMORY_SIZE);
    arena_init(&bench.parsed, parsed, MEMORY_SIZE);
    bench.source = derived_source(&derived);
    run(&bench, "errors_of_one",
        "sum(increase(thaw_function_errors_total{function=\"@\"}[5m])) / "
        "sum(increase(thaw_function_invocations_total{function=\"@\"}[5m])) > 0.05",
        functions, rules);
    run(&bench, "p95_of_one",
        "histogram_quantile(0.95, sum by (le) "
        "(rate(thaw_function_wait_duration_seconds_bucket{function=\"@\"}[5m])))",
        functions, rules);
    run(&bench, "cost_of_one",
        "sum(increase(thaw_function_cost_dollars_total{function=\"@\"}[1h]))", functions, rules);
    run(&bench, "errors_of_all",
        "sum by (function) (increase(thaw_function_errors_total[5m])) / "
        "sum by (function) (increase(thaw_function_invocations_total[5m])) > 0.05",
        functions, 10);
    run(&bench, "errors_of_all_a_day",
        "sum by (function) (increase(thaw_function_errors_total[1d]))", functions, 2);
    derived_keep_free(derived.keep);
    view_free(view);
    prices_free(prices);
    free(memory);
    free(parsed);
    return 0;
}
