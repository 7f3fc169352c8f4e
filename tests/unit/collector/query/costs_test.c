/* SPDX-License-Identifier: Apache-2.0 */
/* Costs with what is declared of functions beside what they were billed for. */
#include "query/costs.h"

#include "world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
    struct costs costs = read_costs(world, (struct costs_grouping){COSTS_BY_LABEL, SLICE("team")});
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
        cmocka_unit_test(kept_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
