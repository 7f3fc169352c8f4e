/* SPDX-License-Identifier: Apache-2.0 */
#include "query/costs_routes.h"
#include "query/query_limits.h"
#include "query/routes_told.h"
#include "query/sweep.h"

#include "base/map.h"

#include <stdlib.h>

struct routing {
    const struct query *query;
    struct arena *arena;
    struct costs *costs;
    struct deadline deadline;
    struct map map;
    struct costs_group other;
    /* Those whose trigger tells no route are left for a second time: then spans say theirs. */
    uint64_t left;
    struct routes_told *told; /* Then; NULL: the first time. */
    bool late;
};

struct route_lookup {
    const struct costs *costs;
    struct slice key;
};

static bool route_is(const void *context, uint32_t row)
{
    const struct route_lookup *lookup = context;
    return slice_equal(lookup->costs->groups[row].key, lookup->key);
}

static void add(struct costs_group *group, const struct cost *cost)
{
    cost_add(&group->cost, cost);
    group->invocations++;
}

static struct costs_group *group_of(struct routing *routing, struct slice key)
{
    const struct route_lookup lookup = {routing->costs, key};
    struct costs *costs = routing->costs;
    uint64_t hash = hash_sip64(&routing->query->key, key);
    uint32_t row;
    if (map_find(&routing->map, hash, route_is, &lookup, &row)) {
        return &costs->groups[row];
    }
    if (costs->group_count == GROUP_COUNT_MAX ||
        map_insert(&routing->map, hash, costs->group_count) != STATUS_OK) {
        return &routing->other;
    }
    struct costs_group *group = &costs->groups[costs->group_count++];
    *group = (struct costs_group){
        .key = arena_dup(routing->arena, key), .cost = cost_zero(), .standing = standing_zero()};
    return group;
}

static struct slice key_of(struct routing *routing, const struct route_told *route)
{
    if (route->route.size == 0) {
        return SLICE("none");
    }
    return route->method.size > 0 ? arena_printf(routing->arena, SLICE_FMT " " SLICE_FMT,
                                                 SLICE_ARG(route->method), SLICE_ARG(route->route))
                                  : route->route;
}

static void take(void *context, const struct invocation_facts *facts,
                 const struct function_facts *function)
{
    struct routing *routing = context;
    struct route_told route = {facts->method, facts->route};
    if (facts->outcome == OUTCOME_RUNNING || (routing->told != NULL && facts->route.size > 0)) {
        return;
    }
    if (facts->route.size == 0) {
        routing->left++;
        if (routing->told == NULL) {
            return;
        }
        if (routes_told_find(routing->told, facts, function, &route) && route.method.size == 0) {
            route.method = facts->method;
        }
    }
    struct cost cost = query_cost(routing->query->prices, facts, function);
    size_t mark = arena_mark(routing->arena);
    uint32_t before = routing->costs->group_count;
    struct slice key = key_of(routing, &route);
    add(group_of(routing, key), &cost);
    if (routing->costs->group_count == before) {
        arena_rewind(routing->arena, mark);
    }
}

static bool stop(void *context, int64_t from_ns)
{
    struct routing *routing = context;
    (void)from_ns;
    routing->late = deadline_over(&routing->deadline);
    return routing->late;
}

static int dearest_first(const void *one, const void *other)
{
    const struct costs_group *a = one;
    const struct costs_group *b = other;
    int order = money_compare(b->cost.amount, a->cost.amount);
    return order != 0 ? order : slice_compare(a->key, b->key);
}

/* The cheapest are one row. */
static void put_together(struct routing *routing)
{
    struct costs *costs = routing->costs;
    if (costs->group_count > 1) {
        qsort(costs->groups, costs->group_count, sizeof(costs->groups[0]), dearest_first);
    }
    while (costs->group_count > COSTS_ROUTE_COUNT_MAX) {
        const struct costs_group *last = &costs->groups[--costs->group_count];
        cost_add(&routing->other.cost, &last->cost);
        routing->other.invocations += last->invocations;
    }
    if (routing->other.invocations > 0) {
        costs->groups[costs->group_count++] = routing->other;
    }
}

/* Functions may take minutes before they make a span. */
#define ROUTES_AFTER_NS INT64_C(900000000000)

/* Spans have half of the time that is left, those that they speak of the rest. */
static enum status take_left(struct routing *routing, const struct sweep *sweep,
                             const char **partial)
{
    struct deadline half = routing->deadline;
    struct query_range range = sweep->range;
    enum status status = STATUS_FULL;
    if (half.now_ns != NULL) {
        uint64_t now_ns = half.now_ns();
        half.at_ns = now_ns < half.at_ns ? now_ns + (half.at_ns - now_ns) / 2 : half.at_ns;
    }
    range.to_ns =
        range.to_ns < INT64_MAX - ROUTES_AFTER_NS ? range.to_ns + ROUTES_AFTER_NS : INT64_MAX;
    routing->told = routes_told_create(routing->query, range, half, &routing->costs->partial);
    if (routing->told != NULL) {
        status = sweep_run(routing->query, sweep, routing->arena, partial);
    }
    routes_told_free(routing->told);
    return status;
}

enum status costs_routes(const struct query *query, struct query_range range,
                         struct deadline deadline, struct arena *arena, struct costs *costs)
{
    struct routing routing = {
        .query = query,
        .arena = arena,
        .costs = costs,
        .deadline = deadline,
        .other = {.key = SLICE("other"), .cost = cost_zero(), .standing = standing_zero()},
    };
    const struct sweep sweep = {range, COSTS_INVOCATION_COUNT_MAX, take, &routing, stop};
    const char *partial;
    map_init_growing(&routing.map, GROUP_COUNT_MAX);
    enum status status = sweep_run(query, &sweep, arena, &partial);
    costs->partial = costs->partial || partial != NULL || routing.late;
    if (status == STATUS_OK && routing.left > 0 && !routing.late) {
        status = take_left(&routing, &sweep, &partial);
    }
    map_fini(&routing.map);
    costs->partial = costs->partial || partial != NULL || routing.late;
    put_together(&routing);
    return status;
}
