/* SPDX-License-Identifier: Apache-2.0 */
/* What the steps of a series cost: priced many at a time, the same as each by itself. */
#include "query/inventory.h"
#include "query/price_minutes.h"
#include "world.h"

#include "lib/cm.h"

#include <stdio.h>
#include <string.h>

#define MINUTE INT64_C(60000000000)
#define EPOCH  UINT64_C(1799999000000000000)

/* An invocation of one of several functions in a minute, held by its agent now and then. */
static void add(struct world *world, unsigned function, int64_t minute)
{
    static uint64_t request = 1;
    int64_t start_ns = BUILD_T0 / MINUTE * MINUTE + minute * MINUTE + function * BUILD_MS;
    char name[32];
    (void)snprintf(name, sizeof(name), "function-%u", function);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, name, name, EPOCH);
    build_event(b, "faas.invocation", request);
    build_request(b, request, 1);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", minute % 3 == 0 ? "error" : "success");
    build_int(b, "thaw.start_ns", start_ns);
    build_int(b, "thaw.done_ns", start_ns + 100 * BUILD_MS);
    build_int(b, "thaw.billed_ms", 100 + minute);
    build_int(b, "thaw.memory_size_mb", 1024);
    if (minute % 2 == 0) {
        build_int(b, "thaw.agent.held_ns", 7 * BUILD_MS);
    }
    request++;
    world_add(world, b);
}

/* Of each step, and of both kinds of minutes together, the cost is that of the minutes in it. */
static void assert_costs(struct world *world, struct query_range range, struct slice name)
{
    struct series series;
    arena_reset(&world->arena);
    assert_int_equal(series_read(&world->query, range, name, &world->arena, &series), STATUS_OK);
    view_read_begin(world->query.view);
    for (uint32_t i = 0; i < series.point_count; i++) {
        const struct series_point *point = &series.points[i];
        const struct query_range step = {point->start_ns, point->start_ns + series.step_ns};
        struct cost wanted = cost_zero();
        for (uint32_t k = 0; k < view_function_count(world->query.view); k++) {
            struct function_facts function;
            view_function(world->query.view, k, &function);
            if (name.size == 0 || slice_equal(name, function.name)) {
                struct price_sums sums = price_minutes(&world->query, k, step);
                cost_add(&wanted, &sums.cost);
            }
        }
        assert_int_equal(money_compare(point->cost.amount, wanted.amount), 0);
        assert_true(point->cost.mb_ms == wanted.mb_ms && point->cost.requests == wanted.requests);
        assert_int_equal(point->facts.invocations, point->cost.requests);
    }
    view_read_end(world->query.view);
}

static void steps_cost_what_their_minutes_do(void **state)
{
    (void)state;
    const int64_t day = 24 * 60;
    struct world *world = world_create();
    for (int64_t minute = 0; minute < 2 * day; minute += minute < 20 ? 1 : 97) {
        add(world, (unsigned)(minute % 3), minute);
        add(world, 0, minute);
    }
    const int64_t from_ns = BUILD_T0 / MINUTE * MINUTE;
    const int64_t minutes[] = {1, 2, 15, 60, 5 * 60, day, 2 * day, 40 * day};
    for (size_t i = 0; i < sizeof(minutes) / sizeof(minutes[0]); i++) {
        const struct query_range range = {from_ns, from_ns + minutes[i] * MINUTE};
        assert_costs(world, range, SLICE_EMPTY);
        assert_costs(world, range, SLICE("function-1"));
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_cost_what_their_minutes_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
