/* SPDX-License-Identifier: Apache-2.0 */
/* Costs with what is declared of functions beside what they were billed for. */
#include "query/costs.h"

#include "model/rollups.h"
#include "query/cost_changes.h"
#include "query/deploys.h"
#include "query/query_limits.h"
#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EPOCH UINT64_C(1795392000000000000)
#define HOUR  INT64_C(3600000000000)

/* A function that was billed for 100 ms with 1024 MB. */
static void add_function(struct world *world, const char *function, unsigned request)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, function, function, EPOCH);
    build_resource_text(b, "host.arch", "amd64");
    build_event(b, "faas.invocation", 1);
    build_request(b, request, 1);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", BUILD_T0);
    build_int(b, "thaw.done_ns", BUILD_T0 + 100 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 100);
    build_int(b, "thaw.memory_size_mb", 1024);
    world_add(world, b);
}

static const struct declared_label payments[] = {{SLICE_INIT("team"), SLICE_INIT("payments")}};
static const struct declared_provisioned kept[] = {{1, 1024, BUILD_T0, BUILD_T0 + HOUR}};

static const struct declared_function functions[] = {
    {.name = SLICE_INIT("front"),
     .labels = payments,
     .label_count = 1,
     .storage_mb = 1536,
     .provisioned = kept,
     .provisioned_count = 1},
    {.name = SLICE_INIT("stock"), .labels = payments, .label_count = 1},
    {.name = SLICE_INIT("idle"), .provisioned = kept, .provisioned_count = 1},
};

static const struct declared declared = {
    .functions = functions, .function_count = 3, .savings_percent = 10};

static struct world *shop(void)
{
    struct world *world = world_create();
    add_function(world, "front", 0x11);
    add_function(world, "stock", 0x12);
    add_function(world, "other", 0x13);
    world->query.declared = &declared;
    return world;
}

static struct costs read_costs(struct world *world, struct costs_grouping grouping)
{
    struct costs costs;
    const struct query_range range = {.from_ns = 0, .to_ns = INT64_MAX};
    arena_reset(&world->arena);
    assert_int_equal(costs_read(&world->query, range, grouping, &world->arena, &costs), STATUS_OK);
    return costs;
}

static void assert_money(struct money amount, const char *exact)
{
    char text[MONEY_TEXT_SIZE];
    (void)money_format(amount, text);
    assert_string_equal(text, exact);
}

static void assert_key(const struct costs_group *group, const char *key)
{
    assert_int_equal(group->key.size, strlen(key));
    assert_memory_equal(group->key.base, key, group->key.size);
}

/* Invocations are 3 x (0.1 GB-s + a request); 3600 GB-s are kept twice; 0.1 GB-s of storage. */
static void sums(void **state)
{
    (void)state;
    struct world *world = shop();
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_NONE});
    assert_money(costs.total.amount, "0.00000560001");
    assert_money(costs.standing.provisioned, "0.03000024");
    assert_money(costs.standing.storage, "0.00000000309");
    assert_money(costs.standing.amount, "0.03000024309");
    assert_true(costs.standing.assumed); /* Nobody has seen where "idle" is. */
    /* A tenth of 0.00000500001 and of 0.03000024. */
    assert_money(costs.savings, "0.003000524001");
    assert_money(costs_bill(&costs), "0.027005319099");
    world_free(world);
}

static void by_label(void **state)
{
    (void)state;
    struct world *world = shop();
    struct costs costs =
        read_costs(world, (struct costs_grouping){.by = COSTS_BY_LABEL, .label = SLICE("team")});
    assert_int_equal(costs.group_count, 2);
    assert_key(&costs.groups[0], "payments");
    assert_int_equal(costs.groups[0].invocations, 2);
    assert_money(costs.groups[0].standing.amount, "0.01500012309");
    assert_key(&costs.groups[1], "unlabelled");
    assert_money(costs.groups[1].standing.amount, "0.01500012");
    assert_int_equal(costs.groups[1].invocations, 1);
    world_free(world);
}

/* What is kept for a function that did not run has a row of its own. */
static void by_function(void **state)
{
    (void)state;
    struct world *world = shop();
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_FUNCTION});
    assert_int_equal(costs.group_count, 4);
    assert_key(&costs.groups[0], "front");
    assert_key(&costs.groups[1], "idle");
    assert_int_equal(costs.groups[1].invocations, 0);
    assert_money(costs.groups[1].standing.amount, "0.01500012");
    assert_money(costs.groups[2].standing.amount, "0");
    costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_VERSION});
    assert_int_equal(costs.group_count, 3);
    assert_money(costs.standing.amount, "0.03000024309");
    world->query.declared = NULL;
    costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_FUNCTION});
    assert_int_equal(costs.group_count, 3);
    assert_money(costs_bill(&costs), "0.00000560001");
    world_free(world);
}

/* One invocation of 100 ms with 1024 MB, so many minutes after the first. */
static void add_invocation_of(struct world *world, const char *function, unsigned request,
                              const char *attribute, const char *value, const char *route,
                              unsigned minute)
{
    struct build *b = build_create(SIGNAL_LOGS);
    int64_t start_ns = BUILD_T0 + minute * MINUTE_NS;
    build_agent(b, function, function, EPOCH);
    if (value[0] != '\0') {
        build_resource_text(b, attribute, value);
    }
    build_event(b, "faas.invocation", request);
    build_time(b, start_ns);
    build_request(b, request, 1);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_text(b, "http.request.method", route[0] != '\0' ? "GET" : "");
    build_text(b, "http.route", route);
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + 100 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 100);
    build_int(b, "thaw.memory_size_mb", 1024);
    world_add(world, b);
}

static void add_invocation(struct world *world, const char *function, unsigned request,
                           const char *environment, const char *route, unsigned minute)
{
    add_invocation_of(world, function, request, "deployment.environment.name", environment, route,
                      minute);
}

static const struct costs_group *find_group(const struct costs *costs, const char *key)
{
    for (uint32_t i = 0; i < costs->group_count; i++) {
        if (slice_equal(costs->groups[i].key, slice_from(key))) {
            return &costs->groups[i];
        }
    }
    fail_msg("there is no row %s", key);
    return NULL;
}

/* What the telemetry names; and what is kept goes with it. */
static void by_environment(void **state)
{
    (void)state;
    struct world *world = world_create();
    add_invocation(world, "front", 1, "prod", "", 0);
    add_invocation(world, "stock", 2, "prod", "", 0);
    add_invocation(world, "test", 3, "stage", "", 0);
    add_invocation(world, "other", 4, "", "", 0);
    world->query.declared = &declared;
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_ENV});
    assert_int_equal(costs.group_count, 3);
    assert_int_equal(find_group(&costs, "prod")->invocations, 2);
    assert_money(find_group(&costs, "prod")->standing.amount, "0.01500012309");
    assert_int_equal(find_group(&costs, "stage")->invocations, 1);
    assert_int_equal(find_group(&costs, "unknown")->invocations, 1);
    assert_money(find_group(&costs, "unknown")->standing.amount, "0.01500012");
    world_free(world);
}

/* What the telemetry names, unless people say another; and what is kept goes with it. */
static void by_application(void **state)
{
    (void)state;
    static const struct declared_label labels[] = {{SLICE_INIT("application"), SLICE_INIT("shop")}};
    static const struct declared_function said[] = {
        {.name = SLICE_INIT("front"),
         .labels = labels,
         .label_count = 1,
         .provisioned = kept,
         .provisioned_count = 1},
        {.name = SLICE_INIT("idle"), .provisioned = kept, .provisioned_count = 1}};
    static const struct declared file = {.functions = said, .function_count = 2};
    struct world *world = world_create();
    add_invocation_of(world, "front", 1, "service.namespace", "market", "", 0);
    add_invocation_of(world, "stock", 2, "service.namespace", "market", "", 0);
    add_invocation_of(world, "other", 3, "service.namespace", "", "", 0);
    world->query.declared = &file;
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_APPLICATION});
    assert_int_equal(costs.group_count, 3);
    assert_int_equal(find_group(&costs, "shop")->invocations, 1);
    assert_money(find_group(&costs, "shop")->standing.amount, "0.01500012");
    assert_int_equal(find_group(&costs, "market")->invocations, 1);
    assert_int_equal(find_group(&costs, "unknown")->invocations, 1);
    assert_money(find_group(&costs, "unknown")->standing.amount, "0.01500012");
    world_free(world);
}

/* Each route once, all of them as much as the total; the cheapest are one row. */
static void by_route(void **state)
{
    (void)state;
    struct world *world = world_create();
    view_limit(world->query.view, 64, 256);
    for (unsigned i = 0; i < 300; i++) {
        add_invocation(world, "front", i + 1, "", i % 3 == 0 ? "/orders/{id}" : "/cart", i / 10);
    }
    add_invocation(world, "front", 1000, "", "", 31);
    world_seal(world);
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_ROUTE});
    assert_false(costs.partial);
    assert_int_equal(costs.group_count, 3);
    assert_key(&costs.groups[0], "GET /cart");
    assert_int_equal(costs.groups[0].invocations, 200);
    assert_int_equal(find_group(&costs, "GET /orders/{id}")->invocations, 100);
    assert_int_equal(find_group(&costs, "none")->invocations, 1);
    struct money sum = MONEY_ZERO;
    for (uint32_t i = 0; i < costs.group_count; i++) {
        sum = money_add(sum, costs.groups[i].cost.amount);
    }
    assert_int_equal(money_compare(sum, costs.total.amount), 0);
    world_free(world);

    world = world_create();
    for (unsigned i = 0; i < COSTS_ROUTE_COUNT_MAX + 10; i++) {
        char route[32];
        (void)snprintf(route, sizeof(route), "/%u", i);
        add_invocation(world, "front", 2 * i + 1, "", route, 0);
        add_invocation(world, "front", 2 * i + 2, "", i < 10 ? route : "/0", 0);
    }
    costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_ROUTE});
    assert_int_equal(costs.group_count, COSTS_ROUTE_COUNT_MAX + 1);
    assert_int_equal(find_group(&costs, "other")->invocations, 10);
    assert_int_equal(find_group(&costs, "GET /0")->invocations, COSTS_ROUTE_COUNT_MAX + 2);
    world_free(world);
}

/* A span of a function's own SDK in an invocation's trace, or that names its request. */
static void add_span(struct world *world, const char *function, uint64_t trace, unsigned request,
                     enum span_kind kind, const char *route, unsigned parent)
{
    struct build *b = build_create(SIGNAL_TRACES);
    build_sdk(b, function, function, EPOCH, 0);
    build_span(b, "GET", kind, trace, 0x100 + parent, parent);
    build_span_time(b, BUILD_T0 + (1 + parent) * BUILD_MS, BUILD_T0 + 20 * BUILD_MS);
    if (request != 0) {
        build_request(b, request, 0);
    }
    build_text(b, "http.request.method", "GET");
    build_text(b, "http.route", route);
    world_add(world, b);
}

/* What the trigger tells counts, else the function's own span; not that of a middleware inside, nor
 * of another function in the same trace. */
static void by_route_of_spans(void **state)
{
    (void)state;
    struct world *world = world_create();
    add_invocation(world, "front", 1, "", "/by/trigger", 0);
    add_invocation(world, "front", 2, "", "", 0);
    add_invocation(world, "front", 3, "", "", 0);
    add_invocation(world, "stock", 4, "", "", 0);
    add_invocation(world, "front", 5, "", "", 0);
    add_span(world, "front", 1, 1, SPAN_SERVER, "/by/span", 0);
    add_span(world, "front", 0x77, 2, SPAN_SERVER, "/orders/{id}", 0);
    add_span(world, "front", 0x77, 2, SPAN_SERVER, "/inner", 7);
    add_span(world, "front", 3, 0, SPAN_INTERNAL, "/cart", 0);
    add_span(world, "front", 4, 0, SPAN_SERVER, "/cart", 0);
    add_span(world, "front", 5, 5, SPAN_INTERNAL, "/middleware", 9);
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_ROUTE});
    assert_false(costs.partial);
    assert_int_equal(costs.group_count, 4);
    assert_int_equal(find_group(&costs, "GET /by/trigger")->invocations, 1);
    assert_int_equal(find_group(&costs, "GET /orders/{id}")->invocations, 1);
    assert_int_equal(find_group(&costs, "GET /cart")->invocations, 1);
    assert_int_equal(find_group(&costs, "none")->invocations, 2);
    world_free(world);
}

static bool list_deploys(void *context, struct arena *arena, struct deploys *deploys)
{
    static struct deploy items[] = {
        {BUILD_T0 - MINUTE_NS, SLICE_INIT("stock"), SLICE_INIT("v1")},
        {BUILD_T0 + 2 * MINUTE_NS, SLICE_INIT("front"), SLICE_INIT("v2")},
        {BUILD_T0 + 4 * MINUTE_NS + 1, {NULL, 0}, {NULL, 0}},
    };
    (void)context;
    (void)arena;
    *deploys = (struct deploys){items, 3};
    return true;
}

/* From one deploy of a function, or of all, to the next; the minute of a deploy is its own. */
static void by_deploy(void **state)
{
    static const struct deploys_source source = {.list = list_deploys};
    (void)state;
    struct world *world = world_create();
    for (unsigned i = 0; i < 6; i++) {
        add_invocation(world, "front", i + 1, "", "", i);
    }
    add_invocation(world, "stock", 10, "", "", 0);
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_DEPLOY});
    assert_int_equal(find_group(&costs, "front before")->invocations, 6);
    world->query.deploys = &source;
    costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_DEPLOY});
    assert_int_equal(costs.group_count, 4);
    assert_int_equal(find_group(&costs, "front before")->invocations, 2);
    assert_int_equal(find_group(&costs, "front v2, 2027-01-15T08:02:00Z")->invocations, 2);
    assert_int_equal(find_group(&costs, "front, 2027-01-15T08:04:00Z")->invocations, 2);
    assert_int_equal(find_group(&costs, "stock v1, 2027-01-15T07:59:00Z")->invocations, 1);
    world_free(world);
}

/* One of 100 ms with 1024 MB that failed, timed out, or was tried again, and streamed so much. */
static void add_failing(struct world *world, unsigned request, const char *status,
                        const char *instance, unsigned minute, int64_t bytes)
{
    struct build *b = build_create(SIGNAL_LOGS);
    int64_t start_ns = BUILD_T0 + minute * MINUTE_NS;
    build_agent(b, "front", instance, EPOCH);
    build_resource_text(b, "host.arch", "amd64");
    build_event(b, "faas.invocation", 10 * request + minute);
    build_time(b, start_ns);
    build_request(b, request, 1);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", status);
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + 100 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 100);
    build_int(b, "thaw.memory_size_mb", 1024);
    if (bytes > 0) {
        build_int(b, "thaw.produced_bytes", bytes);
    }
    world_add(world, b);
}

/* What did not do is told beside the parts, and so is what was streamed; the same of invocations
 * one by one. */
static void failed_and_streamed(void **state)
{
    (void)state;
    struct world *world = world_create();
    add_failing(world, 1, "success", "f1", 0, INT64_C(7) << 20);
    add_failing(world, 2, "error", "f2", 3, INT64_C(1) << 20);
    add_failing(world, 2, "timeout", "f3", 2, 0);
    add_failing(world, 2, "success", "f4", 1, 0);
    for (unsigned i = 0; i < 2; i++) {
        enum costs_by by = i == 0 ? COSTS_BY_FUNCTION : COSTS_BY_ROUTE;
        struct costs costs = read_costs(world, (struct costs_grouping){.by = by});
        assert_int_equal(costs.group_count, 1);
        const struct cost *cost = &costs.groups[0].cost;
        /* Of 0.00000186667 each: two failed, one timed out, two are behind the first. */
        assert_money(cost->failed.errors, "0.00000373334");
        assert_money(cost->failed.timeouts, "0.00000186667");
        assert_money(cost->failed.retries, "0.00000373334");
        assert_money(cost->parts.streaming, "0.0000078125");
        assert_money(cost->amount, "0.00001527918");
        assert_int_equal(costs.streamed.bytes, 1 << 20);
        assert_int_equal(costs.streamed.told, 2);
        assert_int_equal(costs.invocations, 4);
    }
    world_free(world);
}

/* Billed for 100 ms with a memory that its report does not tell. */
static void add_sizeless(struct world *world, unsigned request, const char *status,
                         unsigned attempt, int64_t function_mb)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "front", EPOCH + (function_mb > 0 ? 1 : 0));
    if (function_mb > 0) {
        build_resource_int(b, "faas.max_memory", function_mb << 20);
    }
    build_event(b, "faas.invocation", 10 * request + attempt);
    build_request(b, request, attempt);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", status);
    build_int(b, "thaw.start_ns", BUILD_T0 + 1000 * attempt * BUILD_MS);
    build_int(b, "thaw.done_ns", BUILD_T0 + (1000 * attempt + 100) * BUILD_MS);
    build_int(b, "thaw.billed_ms", 100);
    world_add(world, b);
}

/* Where nobody tells the memory, nothing has a price, the share of what failed neither; the time is
 * told.  Once the function's is known, all of it has a price. */
static void what_has_no_size(void **state)
{
    (void)state;
    struct world *world = world_create();
    add_sizeless(world, 1, "success", 1, 0);
    add_sizeless(world, 2, "error", 1, 0);
    add_sizeless(world, 2, "timeout", 2, 0);
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_NONE});
    assert_money(costs.total.amount, "0");
    assert_money(costs.total.failed.errors, "0");
    assert_money(costs.total.failed.retries, "0");
    assert_int_equal(costs.total.unknown, 3);
    assert_int_equal(costs.sizeless.count, 3);
    assert_int_equal(costs.sizeless.billed_ms, 300);
    assert_int_equal(costs.sizeless.failed.errors_size, 200);
    assert_int_equal(costs.sizeless.failed.timeouts_size, 100);
    assert_int_equal(costs.sizeless.failed.retries_size, 100);
    add_sizeless(world, 3, "success", 1, 1024);
    costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_NONE});
    assert_money(costs.total.amount, "0.00000746668");
    assert_money(costs.total.failed.errors, "0.00000373334");
    assert_money(costs.total.failed.timeouts, "0.00000186667");
    assert_money(costs.total.failed.retries, "0.00000186667");
    assert_int_equal(costs.sizeless.count, 0);
    world_free(world);
}

/* What is kept, and what is streamed, are parts of a difference, and all parts make it. */
static void standing_is_explained(void **state)
{
    (void)state;
    struct world *world = shop();
    add_failing(world, 100, "success", "f9", 90, INT64_C(7) << 20);
    const struct query_range before = {BUILD_T0, BUILD_T0 + HOUR};
    const struct query_range after = {BUILD_T0 + HOUR, BUILD_T0 + 2 * HOUR};
    struct cost_changes changes;
    arena_reset(&world->arena);
    assert_int_equal(cost_changes_read(&world->query, before, after, &world->arena, &changes),
                     STATUS_OK);
    assert_money(changes.total.standing_before, "0.03000024309");
    assert_money(changes.total.streaming_after, "0.0000078125");
    for (uint32_t i = 0; i <= changes.row_count; i++) {
        const struct cost_changes_row *row =
            i < changes.row_count ? &changes.rows[i] : &changes.total;
        struct money sum = cost_change_sum(&row->change);
        sum = money_add(sum, money_subtract(row->streaming_after, row->streaming_before));
        sum = money_add(sum, money_subtract(row->standing_after, row->standing_before));
        assert_int_equal(money_compare(sum, money_subtract(row->after, row->before)), 0);
    }
    assert_int_equal(changes.row_count, 4); /* With "idle", which did not run. */
    world_free(world);
}

/* Time in an instance that was kept ready has a price of its own, and none of it is free; also
 * when its beginning is told last. */
static void kept_ready(void **state)
{
    (void)state;
    struct world *world = world_create();
    add_function(world, "front", 0x11);
    struct costs costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_NONE});
    assert_money(costs.total.amount, "0.00000186667");
    assert_money(costs.net.net, "0");
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "front", "front", EPOCH);
    build_event(b, "faas.instance.start", 2);
    build_text(b, "thaw.init.phase", "init");
    build_text(b, "thaw.initialization_type", "provisioned-concurrency");
    build_int(b, "thaw.init.start_ns", BUILD_T0 - 60000 * BUILD_MS);
    build_int(b, "thaw.init.end_ns", BUILD_T0 - 59000 * BUILD_MS);
    world_add(world, b);
    costs = read_costs(world, (struct costs_grouping){.by = COSTS_BY_FUNCTION});
    assert_money(costs.total.amount, "0.00000117222");
    assert_money(costs.net.net, "0.00000117222");
    assert_int_equal(costs.group_count, 1);
    assert_int_equal(costs.groups[0].invocations, 1);
    assert_false(costs.total.assumed || costs.total.unpriced);
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(by_label),
        cmocka_unit_test(by_function),
        cmocka_unit_test(by_application),
        cmocka_unit_test(by_environment),
        cmocka_unit_test(by_route),
        cmocka_unit_test(by_route_of_spans),
        cmocka_unit_test(by_deploy),
        cmocka_unit_test(failed_and_streamed),
        cmocka_unit_test(what_has_no_size),
        cmocka_unit_test(standing_is_explained),
        cmocka_unit_test(kept_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
