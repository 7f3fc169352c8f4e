/* SPDX-License-Identifier: Apache-2.0 */
#include "query/sweep.h"
#include "query/coldstarts.h"
#include "query/errors.h"
#include "query/query_limits.h"
#include "world.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define INVOCATION_COUNT 400
#define GAP_NS           (500 * BUILD_MS)

/* One that takes a second, so that two are always at it; each third fails, each tenth is cold. */
static void invoke(struct world *world, unsigned number, uint64_t request)
{
    struct build *b = build_create(SIGNAL_LOGS);
    int64_t start_ns = BUILD_T0 + number * GAP_NS;
    build_agent(b, "front", number % 2 == 0 ? "f1" : "f2", 7);
    for (uint64_t part = 0; part < 2; part++) {
        build_event(b, "faas.invocation", number * 2 + part + 1);
        build_time(b, part == 0 ? start_ns : start_ns + 2 * GAP_NS);
        build_request(b, request, 1 + number / 40);
        build_int(b, "thaw.start_ns", start_ns);
        build_text(b, "thaw.invocation.state", part == 0 ? "started" : "reported");
        build_bool(b, "faas.coldstart", number % 10 == 0);
        if (part == 1) {
            build_text(b, "thaw.invocation.status", number % 3 == 0 ? "error" : "success");
            build_text(b, "error.type", number % 3 == 0 ? "Broken" : "");
            build_int(b, "thaw.done_ns", start_ns + 2 * GAP_NS);
            build_int(b, "thaw.init_ns", number * BUILD_MS);
        }
    }
    world_add(world, b);
}

/* A world that remembers the last few of them. */
static struct world *make_world(unsigned count)
{
    struct world *world = world_create();
    view_limit(world->query.view, 64, 256);
    for (unsigned i = 0; i < count; i++) {
        invoke(world, i, 0x1000 + i);
    }
    world_seal(world);
    world_cut(world, 100);
    return world;
}

struct seen {
    unsigned times[INVOCATION_COUNT];
    unsigned count;
};

static void see(void *context, const struct invocation_facts *facts,
                const struct function_facts *function)
{
    struct seen *seen = context;
    int64_t number = (facts->start_ns - BUILD_T0) / GAP_NS;
    assert_true(number >= 0 && number < INVOCATION_COUNT);
    assert_true(slice_equal(function->name, SLICE("front")));
    assert_true(facts->reported);
    seen->times[number]++;
    seen->count++;
}

static const char *sweep_all(struct world *world, uint32_t count_max, struct seen *seen)
{
    const struct query_range range = {0, INT64_MAX};
    const struct sweep sweep = {range, count_max, see, seen, NULL};
    const char *partial;
    *seen = (struct seen){.count = 0};
    assert_int_equal(sweep_run(&world->query, &sweep, &world->arena, &partial), STATUS_OK);
    return partial;
}

/* What the view has forgotten comes from the store, and nothing twice. */
static void each_comes_once(void **state)
{
    (void)state;
    struct world *world = make_world(INVOCATION_COUNT);
    struct seen seen;
    assert_null(sweep_all(world, UINT32_MAX, &seen));
    assert_int_equal(seen.count, INVOCATION_COUNT);
    for (unsigned i = 0; i < INVOCATION_COUNT; i++) {
        assert_int_equal(seen.times[i], 1);
    }
    world_free(world);
}

/* A request that is tried again is as many invocations, of which some lie across the edges of
 * pieces. */
static void each_attempt_comes_once(void **state)
{
    (void)state;
    for (uint64_t piece = 3; piece < 40; piece++) {
        struct world *world = world_create();
        view_limit(world->query.view, 64, 256);
        for (unsigned i = 0; i < 200; i++) {
            invoke(world, i, 0x1000 + i % 40);
        }
        for (unsigned i = 200; i < INVOCATION_COUNT; i++) {
            invoke(world, i, 0x1000 + i);
        }
        world_seal(world);
        world_cut(world, piece);
        struct seen seen;
        assert_null(sweep_all(world, UINT32_MAX, &seen));
        for (unsigned i = 0; i < INVOCATION_COUNT; i++) {
            assert_int_equal(seen.times[i], 1);
        }
        world_free(world);
    }
}

/* What is left out is told, with the reason. */
static void what_is_left_out_is_told(void **state)
{
    (void)state;
    struct world *world = make_world(40);
    struct seen seen;
    assert_null(sweep_all(world, 40, &seen));
    const char *partial = sweep_all(world, 39, &seen);
    assert_non_null(partial);
    assert_non_null(strstr(partial, "more invocations"));
    assert_int_equal(seen.count, 39);
    world_free(world);

    world = make_world(INVOCATION_COUNT);
    world_damage(world);
    partial = sweep_all(world, UINT32_MAX, &seen);
    assert_non_null(partial);
    assert_non_null(strstr(partial, "could not be read"));
    world_free(world);
}

struct stopping {
    struct seen seen;
    int64_t stop_ns; /* Enough is what began from then on. */
};

static void see_stopping(void *context, const struct invocation_facts *facts,
                         const struct function_facts *function)
{
    struct stopping *stopping = context;
    see(&stopping->seen, facts, function);
}

static bool stop_at(void *context, int64_t from_ns)
{
    struct stopping *stopping = context;
    return from_ns != INT64_MAX && from_ns <= stopping->stop_ns;
}

/* Who says that it was enough has seen all that began from then on, and not all the rest. */
static void it_stops_when_told(void **state)
{
    (void)state;
    struct world *world = make_world(INVOCATION_COUNT);
    const struct query_range range = {0, INT64_MAX};
    struct stopping *stopping = calloc(1, sizeof(*stopping));
    assert_non_null(stopping);
    stopping->stop_ns = BUILD_T0 + 200 * GAP_NS;
    const struct sweep sweep = {range, UINT32_MAX, see_stopping, stopping, stop_at};
    const char *partial;
    assert_int_equal(sweep_run(&world->query, &sweep, &world->arena, &partial), STATUS_OK);
    assert_null(partial);
    for (unsigned i = 200; i < INVOCATION_COUNT; i++) {
        assert_int_equal(stopping->seen.times[i], 1);
    }
    assert_true(stopping->seen.count < INVOCATION_COUNT);
    free(stopping);
    world_free(world);
}

static uint64_t clock_ns;

static uint64_t late_clock(void)
{
    clock_ns += SWEEP_NS_MAX / 2;
    return clock_ns;
}

/* What takes too long ends, with what there is by then. */
static void it_ends_in_time(void **state)
{
    (void)state;
    struct world *world = make_world(INVOCATION_COUNT);
    struct seen seen;
    world->query.clock = late_clock;
    const char *partial = sweep_all(world, UINT32_MAX, &seen);
    assert_non_null(partial);
    assert_non_null(strstr(partial, "too long"));
    assert_true(seen.count > 0 && seen.count < INVOCATION_COUNT);
    world_free(world);
}

/* Errors are counted as if none had been forgotten, and the latest are the examples. */
static void errors_are_all_counted(void **state)
{
    (void)state;
    struct world *world = make_world(INVOCATION_COUNT);
    const struct query_range range = {0, INT64_MAX};
    struct errors errors;
    assert_int_equal(errors_read(&world->query, range, &world->arena, &errors), STATUS_OK);
    assert_null(errors.partial);
    assert_int_equal(errors.group_count, 1);
    assert_int_equal(errors.groups[0].count, (INVOCATION_COUNT + 2) / 3);
    assert_true(slice_equal(errors.groups[0].error_type, SLICE("Broken")));
    assert_int_equal(errors.groups[0].first_ns, BUILD_T0);
    assert_int_equal(errors.groups[0].last_ns, BUILD_T0 + 399 * GAP_NS);
    struct id16 latest = build_id(0x1000 + 399);
    assert_memory_equal(&errors.groups[0].examples[0], &latest, sizeof(latest));
    world_free(world);
}

/* The slowest cold starts may be long ago; of those it is not told why they happened. */
static void cold_starts_of_long_ago(void **state)
{
    (void)state;
    struct world *world = make_world(INVOCATION_COUNT);
    const struct query_range range = {0, BUILD_T0 + 55 * GAP_NS};
    struct coldstarts coldstarts;
    assert_int_equal(coldstarts_read(&world->query, range, SLICE("front"), COLDSTARTS_BY_NONE,
                                     &world->arena, &coldstarts),
                     STATUS_OK);
    assert_null(coldstarts.partial);
    assert_int_equal(coldstarts.slowest_count, 6);
    assert_int_equal(coldstarts.slowest[0].facts.init_ns, 50 * BUILD_MS);
    assert_int_equal(coldstarts.slowest[0].cause, COLD_UNKNOWN);
    assert_true(slice_equal(coldstarts.slowest[0].function, SLICE("front")));
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_comes_once),          cmocka_unit_test(each_attempt_comes_once),
        cmocka_unit_test(what_is_left_out_is_told), cmocka_unit_test(it_ends_in_time),
        cmocka_unit_test(errors_are_all_counted),   cmocka_unit_test(cold_starts_of_long_ago),
        cmocka_unit_test(it_stops_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
