/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/derived.h"

#include "build.h"
#include "cost/prices.h"
#include "lib/cm.h"
#include "shown.h"

#include <stdlib.h>
#include <string.h>

static const struct hash_key key = {{7, 8}};
static uint64_t now;

static uint64_t now_ns(void)
{
    return now;
}

struct world {
    const char *space; /* service.namespace; NULL: not told. */
    struct view *view;
    struct prices *prices;
    struct query query;
    struct derived derived;
    struct series_source source;
    struct shown shown;
};

static void world_open(struct world *world)
{
    char error[256];
    world->space = NULL;
    world->view = view_create(&key);
    assert_int_equal(prices_load(&world->prices, SLICE(""), error, sizeof(error)), STATUS_OK);
    world->query = (struct query){.view = world->view, .prices = world->prices};
    world->derived = (struct derived){.query = &world->query, .now_ns = now_ns};
    world->source = derived_source(&world->derived);
    world->shown = (struct shown){.source = &world->source, .base_ms = BUILD_T0 / BUILD_MS};
}

static void world_close(struct world *world)
{
    view_free(world->view);
    prices_free(world->prices);
}

/* An invocation that begins so many seconds behind T0: cold, billed 500 ms of 1024 MB. */
static void invoke_as(struct world *world, uint64_t request, int64_t start_s,
                      const char *const attrs[][2])
{
    int64_t start_ns = BUILD_T0 + start_s * 1000 * BUILD_MS;
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", "#1000");
    build_resource_text(b, "deployment.environment.name", "test");
    if (world->space != NULL) {
        build_resource_text(b, "service.namespace", world->space);
    }
    build_event(b, "faas.invocation", 0);
    build_time(b, start_ns);
    build_request(b, request, 0);
    build_text(b, "thaw.invocation.state", "reported");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.reported_ns", 400 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 500);
    build_int(b, "thaw.memory_size_mb", 1024);
    build_int(b, "thaw.max_memory_used_mb", 100);
    build_bool(b, "faas.coldstart", true);
    build_int(b, "thaw.init_ns", 80 * BUILD_MS);
    /* "+440" is a time, so many milliseconds behind the start; "#7" a number. */
    for (size_t i = 0; attrs[i][0] != NULL; i++) {
        long number = strtol(attrs[i][1] + 1, NULL, 10);
        if (attrs[i][1][0] == '+') {
            build_int(b, attrs[i][0], start_ns + number * BUILD_MS);
        } else if (attrs[i][1][0] == '#') {
            build_int(b, attrs[i][0], number);
        } else {
            build_text(b, attrs[i][0], attrs[i][1]);
        }
    }
    struct view_frame frame = {.segment = 1, .arrival_ns = (uint64_t)start_ns + 1000000000};
    view_apply(world->view, &frame, build_batch(b));
    build_free(b);
}

static void invoke(struct world *world, uint64_t request, int64_t start_s)
{
    static const char *const none[][2] = {{NULL, NULL}};
    invoke_as(world, request, start_s, none);
}

/* The samples behind the labels of the only line. */
static const char *samples(struct world *world, const char *name, int64_t from_s, int64_t to_s)
{
    const char *const labels[] = {"__name__", name, NULL};
    const char *line = shown_select(&world->shown, labels, from_s, to_s);
    const char *end = strstr(line, "} ");
    return end != NULL ? end + 2 : line;
}

static void at(int64_t second)
{
    now = (uint64_t)(BUILD_T0 + second * 1000 * BUILD_MS);
}

/* A counter begins with a zero in front of its first event, is as of now in the running minute, and
 * stays what it was where nothing happens. */
static void test_counter(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    invoke(&world, 1, 70);
    at(75);
    assert_string_equal(samples(&world, "thaw_function_cold_starts_total", 0, 75), "60=0 75=1\n");
    invoke(&world, 2, 80);
    invoke(&world, 3, 190);
    at(300);
    assert_string_equal(samples(&world, "thaw_function_invocations_total", 0, 300),
                        "60=0 120=2 180=2 240=3 300=3\n");
    /* From the middle on it is the same counter. */
    assert_string_equal(samples(&world, "thaw_function_invocations_total", 130, 250),
                        "180=2 240=3\n");
    assert_string_equal(samples(&world, "thaw_function_errors_total", 200, 300), "240=0 300=0\n");
    assert_string_equal(samples(&world, "thaw_function_billed_seconds_total", 240, 240),
                        "240=1.5\n");
    assert_string_equal(samples(&world, "thaw_function_gigabyte_seconds_total", 240, 240),
                        "240=1.5\n");
    world_close(&world);
}

/* A function that is silent for a day has no samples any more. */
static void test_silent(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    invoke(&world, 1, 0);
    at(3 * 86400);
    assert_string_equal(samples(&world, "thaw_function_invocations_total", 86400, 86580),
                        "86400=1 86460=1\n");
    assert_string_equal(samples(&world, "thaw_function_invocations_total", 2 * 86400, 3 * 86400),
                        "");
    world_close(&world);
}

/* Durations are in buckets that add up, with their sum. */
static void test_histogram(void **state)
{
    const char *const bucket[] = {"__name__", "thaw_function_init_duration_seconds_bucket", "le",
                                  "0.1", NULL};
    const char *const below[] = {"__name__", "thaw_function_init_duration_seconds_bucket", "le",
                                 "0.075", NULL};
    struct world world;
    (void)state;
    world_open(&world);
    invoke(&world, 1, 5);
    invoke(&world, 2, 6);
    at(120);
    assert_non_null(strstr(shown_select(&world.shown, bucket, 0, 60), "} 0=0 60=2\n"));
    assert_non_null(strstr(shown_select(&world.shown, below, 0, 60), "} 0=0 60=0\n"));
    assert_string_equal(samples(&world, "thaw_function_init_duration_seconds_count", 0, 60),
                        "0=0 60=2\n");
    const char *sum = samples(&world, "thaw_function_init_duration_seconds_sum", 60, 60);
    assert_true(strncmp(sum, "60=0.16", 7) == 0 || strncmp(sum, "60=0.159", 8) == 0);
    world_close(&world);
}

static void test_gauges(void **state)
{
    struct world world;
    (void)state;
    world_open(&world);
    invoke(&world, 1, 5);
    at(60);
    assert_string_equal(samples(&world, "thaw_function_memory_used_bytes_max", 0, 60),
                        "60=104857600\n");
    assert_string_equal(samples(&world, "thaw_function_memory_limit_bytes", 0, 60),
                        "0=1073741824 60=1073741824\n");
    assert_string_equal(samples(&world, "thaw_function_instances", 0, 60), "60=1\n");
    const char *cost = samples(&world, "thaw_function_cost_dollars_total", 60, 60);
    assert_true(strncmp(cost, "60=0.0000", 9) == 0 || strncmp(cost, "60=8", 4) == 0);
    world_close(&world);
}

/* Labels say which function it is; what is not known is no label; others are not shown. */
static void test_labels(void **state)
{
    const char *const other[] = {"function", "ship", NULL};
    const char *const limit[] = {"__name__", "thaw_function_memory_limit_bytes", "function",
                                 "stock", NULL};
    const char *const all[] = {"function", "stock", NULL};
    struct world world;
    (void)state;
    world_open(&world);
    invoke(&world, 1, 5);
    at(60);
    assert_string_equal(shown_select(&world.shown, other, 0, 60), "");
    const char *line = shown_select(&world.shown, limit, 0, 60);
    assert_non_null(strstr(line, "function=stock"));
    assert_non_null(strstr(line, "memory_mb=1024"));
    const char *list = shown_list(&world.shown, all, 0, 60);
    size_t lines = 0;
    for (; *list != '\0'; list++) {
        lines += *list == '\n';
    }
    /* Fourteen counters, three histograms of 21 buckets, count and sum, three gauges. */
    assert_int_equal(lines, 14 + 3 * 23 + 3);
    world_close(&world);
}

/* What is counted is told apart by the alias that it was invoked by; those that ran out of memory
 * are counted: by the platform's word, or killed with all of it in use. */
static void test_alias(void **state)
{
    static const char *const live[][2] = {
        {"aws.lambda.invoked_arn", "arn:aws:lambda:us-east-1:123456789012:function:stock:live"},
        {"thaw.invocation.status", "error"},
        {"error.type", "Runtime.OutOfMemory"},
        {NULL, NULL}};
    static const char *const version[][2] = {
        {"aws.lambda.invoked_arn", "arn:aws:lambda:us-east-1:123456789012:function:stock:7"},
        {"thaw.invocation.status", "error"},
        {"error.type", "Runtime.ExitError"},
        {NULL, NULL}};
    const char *const of_live[] = {"__name__", "thaw_function_oom_total", "alias", "live", NULL};
    const char *const of_none[] = {"__name__", "thaw_function_oom_total", "alias", "", NULL};
    struct world world;
    (void)state;
    world_open(&world);
    invoke_as(&world, 1, 5, live);
    invoke_as(&world, 2, 6, live);
    invoke_as(&world, 3, 7, version);
    at(60);
    const char *line = shown_select(&world.shown, of_live, 60, 60);
    assert_non_null(strstr(line, "alias=live,"));
    assert_non_null(strstr(line, "env=test,"));
    assert_non_null(strstr(line, " 60=2\n"));
    assert_non_null(strstr(shown_select(&world.shown, of_none, 60, 60), " 60=0\n"));
    world_close(&world);
}

/* What used more than nine tenths of its timeout and ended by itself is counted, and what failed
 * because it was throttled; what callers wait for inits is seconds, of triggers that have callers.
 */
static void test_trouble(void **state)
{
    static const char *const near[][2] = {{"thaw.deadline_ns", "+440"}, {NULL, NULL}};
    static const char *const far[][2] = {{"thaw.deadline_ns", "+450"}, {NULL, NULL}};
    static const char *const over[][2] = {
        {"thaw.deadline_ns", "+400"}, {"thaw.invocation.status", "timeout"}, {NULL, NULL}};
    static const char *const throttled[][2] = {{"thaw.invocation.status", "error"},
                                               {"error.type", "TooManyRequestsException"},
                                               {"thaw.trigger", "sqs"},
                                               {NULL, NULL}};
    const char *const of_queue[] = {"__name__", "thaw_function_throttled_total", "trigger", "sqs",
                                    NULL};
    const char *const waits[] = {"__name__", "thaw_function_cold_start_wait_seconds_total", NULL};
    struct world world;
    (void)state;
    world_open(&world);
    invoke_as(&world, 1, 5, near);
    invoke_as(&world, 2, 6, far);
    invoke_as(&world, 3, 7, over);
    at(60);
    assert_string_equal(samples(&world, "thaw_function_near_timeouts_total", 60, 60), "60=1\n");
    assert_string_equal(samples(&world, "thaw_function_timeouts_total", 60, 60), "60=1\n");
    assert_string_equal(samples(&world, "thaw_function_end_unknown_total", 60, 60), "60=0\n");
    assert_string_equal(samples(&world, "thaw_function_cold_start_wait_seconds_total", 60, 60),
                        "60=0.24\n");
    invoke_as(&world, 4, 8, throttled);
    assert_non_null(strstr(shown_select(&world.shown, of_queue, 60, 60), "} 60=1\n"));
    const char *line = shown_select(&world.shown, waits, 60, 60);
    assert_non_null(strstr(line, "} 60=0.24\n"));
    assert_non_null(strstr(line, "trigger=sqs"));
    assert_non_null(strstr(line, "} 60=0\n"));
    world_close(&world);
}

/* What an agent accounts for is told apart from what only lines tell, and what never ended from
 * what did. */
static void test_agent(void **state)
{
    static const char *const accounted[][2] = {{"thaw.agent.cpu_ns", "#1000"}, {NULL, NULL}};
    struct world world;
    (void)state;
    world_open(&world);
    invoke_as(&world, 1, 5, accounted);
    invoke(&world, 2, 6);
    at(60);
    assert_string_equal(samples(&world, "thaw_function_agent_invocations_total", 60, 60), "60=1\n");
    world_close(&world);
}

/* Every answer is the same whether sums are kept or not. */
static void assert_kept(struct world *world, int64_t from_s, int64_t to_s)
{
    const char *const labels[] = {"function", "stock", NULL};
    const char *const all[] = {"__name__", "thaw_function_billed_seconds_total", NULL};
    const char *const *const questions[] = {labels, all};
    struct derived_keep *keep = world->derived.keep;
    for (size_t i = 0; i < 2; i++) {
        world->derived.keep = NULL;
        char *plain = strdup(shown_select(&world->shown, questions[i], from_s, to_s));
        assert_non_null(plain);
        world->derived.keep = keep;
        assert_string_equal(shown_select(&world->shown, questions[i], from_s, to_s), plain);
        free(plain);
    }
}

/* Sums of what is settled are kept, and are those that would be added up: as hours go by, when
 * something of long ago is told late, for questions about now and about then. */
static void test_keep(void **state)
{
    struct world world;
    uint64_t request = 1;
    (void)state;
    world_open(&world);
    world.derived.keep = derived_keep_create();
    assert_non_null(world.derived.keep);
    for (int64_t hour = 0; hour < 6; hour++) {
        for (int64_t i = 0; i < 5; i++) {
            invoke(&world, request++, hour * 3600 + i * 700);
        }
        int64_t now_s = hour * 3600 + 3000;
        at(now_s);
        assert_kept(&world, now_s - 300, now_s);
        assert_kept(&world, now_s - 9000, now_s - 7200);
        assert_kept(&world, 0, now_s);
        invoke(&world, request++, hour * 1800);
        assert_kept(&world, now_s - 60, now_s);
    }
    at(6 * 3600);
    assert_string_equal(samples(&world, "thaw_function_invocations_total", 21600, 21600),
                        "21600=36\n");
    derived_keep_free(world.derived.keep);
    world_close(&world);
}

/* Hours and days that many minutes became are kept as well. */
static void test_keep_days(void **state)
{
    struct world world;
    uint64_t request = 1;
    (void)state;
    world_open(&world);
    world.derived.keep = derived_keep_create();
    assert_non_null(world.derived.keep);
    view_limit_rows(world.view, 16, 64, 64);
    for (int64_t i = 0; i < 200; i++) {
        int64_t now_s = i * 1500 + 100;
        invoke(&world, request++, i * 1500);
        at(now_s);
        if (i % 16 == 15) {
            assert_kept(&world, now_s - 300, now_s);
            assert_kept(&world, now_s - 7200, now_s);
        }
    }
    assert_kept(&world, 100 * 1500, 105 * 1500);
    derived_keep_free(world.derived.keep);
    world_close(&world);
}

/* A name finds its function and no other; names that nobody has find nothing. */
static void test_name(void **state)
{
    const char *const nobody[] = {"function", "stoc", NULL};
    const char *const other[] = {"function", "stock", "version", "7", NULL};
    struct world world;
    (void)state;
    world_open(&world);
    invoke(&world, 1, 5);
    at(60);
    assert_string_equal(shown_select(&world.shown, nobody, 0, 60), "");
    assert_string_equal(shown_select(&world.shown, other, 0, 60), "");
    world_close(&world);
}

/* The application is the namespace that the telemetry names, or what people say; a function without
 * either has no such label. */
static void test_application(void **state)
{
    static const struct declared_label labels[] = {{SLICE_INIT("application"), SLICE_INIT("shop")}};
    static const struct declared_function functions[] = {
        {.name = SLICE_INIT("sto*"), .labels = labels, .label_count = 1}};
    static const struct declared declared = {.functions = functions, .function_count = 1};
    const char *const of[] = {"__name__", "thaw_function_cold_starts_total", "application",
                              "market", NULL};
    const char *const said[] = {"__name__", "thaw_function_cold_starts_total", "application",
                                "shop", NULL};
    const char *const unknown[] = {"__name__", "thaw_function_cold_starts_total", "application", "",
                                   NULL};
    struct world world;
    (void)state;
    world_open(&world);
    invoke(&world, 1, 5);
    at(60);
    assert_string_equal(shown_select(&world.shown, of, 60, 60), "");
    assert_non_null(strstr(shown_select(&world.shown, unknown, 60, 60), " 60=1\n"));
    world.space = "market";
    invoke(&world, 2, 6);
    assert_non_null(strstr(shown_select(&world.shown, of, 60, 60), "application=market,"));
    assert_string_equal(shown_select(&world.shown, unknown, 60, 60), "");
    world.query.declared = &declared;
    assert_string_equal(shown_select(&world.shown, of, 60, 60), "");
    assert_non_null(strstr(shown_select(&world.shown, said, 60, 60), "application=shop,"));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counter),   cmocka_unit_test(test_silent),
        cmocka_unit_test(test_histogram), cmocka_unit_test(test_gauges),
        cmocka_unit_test(test_labels),    cmocka_unit_test(test_keep),
        cmocka_unit_test(test_keep_days), cmocka_unit_test(test_name),
        cmocka_unit_test(test_alias),     cmocka_unit_test(test_trouble),
        cmocka_unit_test(test_agent),     cmocka_unit_test(test_application),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
