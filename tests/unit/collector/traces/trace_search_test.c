/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_search.h"
#include "traces/trace_names.h"
#include "world.h"

#include "proto/names.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#define INVOCATION_COUNT 200
#define GAP_NS           (500 * BUILD_MS)

static uint64_t trace_of(unsigned number)
{
    return 0x50000 + number;
}

/* Whose spans nobody sent: of a function, and its trace; each tenth is cold, each 64th fails. */
static void invoke(struct world *world, unsigned number)
{
    struct build *b = build_create(SIGNAL_LOGS);
    int64_t start_ns = BUILD_T0 + number * GAP_NS;
    bool rare = number % 50 == 7;
    build_agent(b, rare ? "rare" : "front", rare ? "r1" : number % 2 == 0 ? "f1" : "f2", 7);
    for (uint64_t part = 0; part < 2; part++) {
        build_event(b, "faas.invocation", number * 2 + part + 1);
        build_time(b, part == 0 ? start_ns : start_ns + GAP_NS / 5);
        build_request(b, 0x1000 + number, 1);
        build_trace(b, trace_of(number), 0x70000 + number);
        build_int(b, "thaw.start_ns", start_ns);
        build_text(b, "thaw.invocation.state", part == 0 ? "started" : "reported");
        build_bool(b, "faas.coldstart", number % 10 == 0);
        if (part == 1) {
            build_text(b, "thaw.invocation.status", number % 64 == 0 ? "error" : "success");
            build_int(b, "thaw.done_ns", start_ns + GAP_NS / 5);
            build_int(b, "thaw.handler_ns", GAP_NS / 10);
            build_int(b, "thaw.init_ns", (number + 1) * BUILD_MS);
        }
    }
    world_add(world, b);
}

/* Spans of a service that is no function. */
static void send_span(struct world *world, unsigned number)
{
    struct build *b = build_create(SIGNAL_TRACES);
    build_service(b, "shop");
    build_span(b, number % 2 == 0 ? "even" : "odd", SPAN_SERVER, 0x90000 + number, 0x91000 + number,
               0);
    build_span_time(b, BUILD_T0 + number * GAP_NS, BUILD_T0 + (number + 1) * GAP_NS);
    world_add(world, b);
}

/* A view that remembers all of them, or the last few. */
static struct world *make_world(bool forgets)
{
    struct world *world = world_create();
    if (forgets) {
        view_limit(world->query.view, 64, 256);
    }
    for (unsigned i = 0; i < INVOCATION_COUNT; i++) {
        invoke(world, i);
        send_span(world, i);
    }
    world_seal(world);
    world_cut(world, 60);
    return world;
}

struct found {
    struct id16 ids[INVOCATION_COUNT * 2];
    uint32_t count;
    struct trace_search_facts facts;
};

static bool take(void *context, const struct trace *trace, const uint32_t *matched,
                 uint32_t matched_count)
{
    struct found *found = context;
    assert_non_null(matched);
    assert_true(matched_count > 0);
    found->ids[found->count++] = trace->id;
    return true;
}

static void search(struct world *world, const struct trace_tests *tests, uint32_t limit,
                   struct deadline deadline, struct found *found)
{
    const struct trace_search ask = {tests, {0, INT64_MAX}, limit, deadline};
    memset(found, 0, sizeof(*found));
    assert_int_equal(
        trace_search_run(&world->query, &ask, &world->arena, take, found, &found->facts),
        STATUS_OK);
}

static struct trace_tests of_service(const char *name)
{
    struct trace_tests tests = {.count = 0};
    const struct trace_test test = {
        .where = TRACE_OF_RESOURCE, .key = NAME_SERVICE_NAME, .text = slice_from(name)};
    assert_true(trace_tests_add(&tests, &test));
    return tests;
}

static void same_found(const struct trace_tests *tests, uint32_t limit, uint32_t wanted)
{
    static struct found all, some;
    struct world *whole = make_world(false);
    struct world *forgetful = make_world(true);
    search(whole, tests, limit, (struct deadline){.now_ns = NULL}, &all);
    search(forgetful, tests, limit, (struct deadline){.now_ns = NULL}, &some);
    assert_int_equal(all.count, wanted);
    assert_int_equal(some.count, wanted);
    assert_memory_equal(all.ids, some.ids, wanted * sizeof(all.ids[0]));
    assert_int_equal(all.facts.partial, QUERY_LIMIT_NONE);
    assert_int_equal(some.facts.partial, QUERY_LIMIT_NONE);
    world_free(whole);
    world_free(forgetful);
}

/* What the view has forgotten is found as if it had not, the newest first. */
static void what_is_forgotten_is_found(void **state)
{
    (void)state;
    struct trace_tests tests = of_service("front");
    same_found(&tests, 1000, INVOCATION_COUNT - 4);
    same_found(&tests, 20, 20);
    tests = of_service("rare");
    same_found(&tests, 1000, 4);
    same_found(&tests, 3, 3);
    tests = of_service("shop");
    same_found(&tests, 1000, INVOCATION_COUNT);
    tests = (struct trace_tests){.count = 0};
    same_found(&tests, 1000, 2 * INVOCATION_COUNT);
    same_found(&tests, 7, 7);
    const struct trace_test failed = {.field = TRACE_ERROR, .text = SLICE("true")};
    assert_true(trace_tests_add(&tests, &failed));
    same_found(&tests, 1000, 4);
}

/* Where few of the latest are wanted, those before them are looked at: of these traces the spans
 * that are made say whether they are. */
static void few_of_the_latest_are_wanted(void **state)
{
    (void)state;
    struct trace_tests tests = {.count = 0};
    struct trace_test test = {.field = TRACE_NAME, .text = SLICE("init")};
    assert_true(trace_tests_add(&tests, &test));
    same_found(&tests, 1000, INVOCATION_COUNT / 10);
    same_found(&tests, 3, 3);
    test = (struct trace_test){.field = TRACE_KIND, .text = SLICE("consumer")};
    assert_true(trace_tests_add(&tests, &test));
    same_found(&tests, 2, 0);
}

/* An invocation is not looked for where none can be meant. */
static void only_what_may_be_meant(void **state)
{
    (void)state;
    struct trace_tests tests = {.count = 0};
    assert_true(trace_test_any_facts(&tests));
    struct trace_test test = {.key = SLICE("user.id"), .text = SLICE("user-1")};
    assert_true(trace_tests_add(&tests, &test));
    assert_false(trace_test_any_facts(&tests));
    tests = of_service("front");
    assert_true(trace_test_any_facts(&tests));
    tests.tests[0].where = TRACE_OF_SPAN;
    assert_false(trace_test_any_facts(&tests));
}

static uint64_t clock_ns, clock_step_ns;

static uint64_t step_clock(void)
{
    clock_ns += clock_step_ns;
    return clock_ns;
}

/* What takes too long ends, says so, and shows what it has. */
static void it_ends_in_time(void **state)
{
    (void)state;
    static struct found found;
    struct world *world = make_world(true);
    struct trace_tests tests = of_service("front");
    clock_ns = 0;
    clock_step_ns = 100;
    search(world, &tests, 1000, (struct deadline){.now_ns = step_clock, .at_ns = 2000}, &found);
    assert_int_equal(found.facts.partial, QUERY_LIMIT_TIME);
    assert_true(found.count < INVOCATION_COUNT - 4);
    /* With as much as was asked for it is all of it. */
    clock_ns = 0;
    clock_step_ns = 1;
    search(world, &tests, 2, (struct deadline){.now_ns = step_clock, .at_ns = 1000000}, &found);
    assert_int_equal(found.facts.partial, QUERY_LIMIT_NONE);
    assert_int_equal(found.count, 2);
    world_free(world);
}

/* What is damaged is left out, and said. */
static void damage_is_told(void **state)
{
    (void)state;
    static struct found found;
    struct world *world = make_world(true);
    world_damage(world);
    struct trace_tests tests = of_service("front");
    search(world, &tests, 1000, (struct deadline){.now_ns = NULL}, &found);
    assert_int_not_equal(found.facts.partial, QUERY_LIMIT_NONE);
    world_free(world);
}

/* Names of spans that would be made, also of what the view has forgotten. */
static void operations_of_long_ago(void **state)
{
    (void)state;
    struct world *world = world_create();
    view_limit(world->query.view, 64, 256);
    for (unsigned i = 0; i < INVOCATION_COUNT; i++) {
        invoke(world, i > 0 && i % 10 == 0 ? i + 1000 + 1 : i); /* The first one alone is cold. */
    }
    struct trace_names names;
    assert_int_equal(trace_names_operations(&world->query, SLICE("front"),
                                            (struct deadline){.now_ns = NULL}, &world->arena,
                                            &names),
                     STATUS_OK);
    assert_int_equal(names.partial, QUERY_LIMIT_NONE);
    assert_int_equal(names.count, 3);
    assert_true(slice_equal(names.names[0].name, SLICE("front")));
    assert_true(slice_equal(names.names[1].name, SLICE("handler")));
    assert_true(slice_equal(names.names[2].name, SLICE("init")));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_forgotten_is_found),
        cmocka_unit_test(only_what_may_be_meant),
        cmocka_unit_test(it_ends_in_time),
        cmocka_unit_test(damage_is_told),
        cmocka_unit_test(operations_of_long_ago),
        cmocka_unit_test(few_of_the_latest_are_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
