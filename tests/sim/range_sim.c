/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range_sim [SEED [COUNT]]: what is said of a span of time must be the sum of what is said of the
 * invocations in it.
 */
#include "cold_history.h"
#include "world.h"

#include "base/ensure.h"
#include "base/prng.h"
#include "model/rollups.h"
#include "query/costs.h"

#include <stdio.h>
#include <stdlib.h>

#define RANGE_COUNT 6

static void tell(void *context, struct build *build)
{
    world_add(context, build);
}

/* Whole minutes. */
static struct query_range draw_range(struct prng *prng)
{
    int64_t from_ns = BUILD_T0 + ((int64_t)prng_below(prng, 5400) - 1800) * 1000 * BUILD_MS;
    int64_t span_ns = (int64_t)prng_between(prng, 1, 5400) * 1000 * BUILD_MS;
    from_ns = rollup_minute(from_ns);
    return (struct query_range){from_ns, from_ns + rollup_minute(span_ns) + MINUTE_NS};
}

/* What invocations cost, one by one. */
struct truth {
    struct cost total;
    uint64_t invocations;
};

static void truth_add(struct truth *truth, const struct world *world, struct query_range range,
                      uint32_t row)
{
    struct invocation_facts facts;
    struct function_facts function;
    view_invocation(world->query.view, row, &facts);
    view_function(world->query.view, facts.function, &function);
    if (facts.start_ns >= range.from_ns && facts.start_ns < range.to_ns &&
        facts.outcome != OUTCOME_RUNNING) {
        struct cost cost = query_cost(world->query.prices, &facts, &function);
        cost_add(&truth->total, &cost);
        truth->invocations++;
    }
}

static struct truth truth_of(const struct world *world, struct query_range range)
{
    struct view *view = world->query.view;
    struct truth truth = {.total = cost_zero()};
    struct view_walk walk;
    int64_t minute_ns;
    view_read_begin(view);
    view_walk_init(&walk, 0, INT64_MAX);
    while (view_walk_minute(view, &walk, &minute_ns)) {
        for (uint32_t row; (row = view_walk_invocation(view, &walk)) != ROW_NONE;) {
            truth_add(&truth, world, range, row);
        }
    }
    view_read_end(view);
    return truth;
}

static bool same_cost(const struct cost *one, const struct cost *other)
{
    const struct cost_parts *a = &one->parts;
    const struct cost_parts *b = &other->parts;
    return money_compare(one->amount, other->amount) == 0 &&
           money_compare(a->useful, b->useful) == 0 &&
           money_compare(a->rounding, b->rounding) == 0 && money_compare(a->init, b->init) == 0 &&
           money_compare(a->post_handler, b->post_handler) == 0 &&
           money_compare(a->requests, b->requests) == 0 && one->mb_ms == other->mb_ms &&
           one->requests == other->requests && one->unknown == other->unknown;
}

/* The sums of minutes are those of invocations, and so are those of groups. */
static bool compare(struct world *world, struct query_range range, enum costs_by by)
{
    struct costs costs;
    struct truth truth = truth_of(world, range);
    arena_reset(&world->arena);
    ENSURE(costs_read(&world->query, range, by, &world->arena, &costs) == STATUS_OK);
    struct cost groups = cost_zero();
    uint64_t invocations = 0;
    for (uint32_t i = 0; i < costs.group_count; i++) {
        cost_add(&groups, &costs.groups[i].cost);
        invocations += costs.groups[i].invocations;
    }
    bool good = !costs.partial && same_cost(&costs.total, &truth.total) &&
                (by == COSTS_BY_NONE ||
                 (same_cost(&costs.total, &groups) && invocations == truth.invocations));
    if (!good) {
        (void)fprintf(stderr, "range_sim: %lld to %lld by %d cost $%.12f, one by one $%.12f\n",
                      (long long)((range.from_ns - BUILD_T0) / BUILD_MS),
                      (long long)((range.to_ns - BUILD_T0) / BUILD_MS), (int)by,
                      money_to_double(costs.total.amount), money_to_double(truth.total.amount));
    }
    return good;
}

static bool run_seed(uint64_t seed)
{
    static struct cold_history history;
    struct prng prng;
    struct world *world = world_create();
    prng_init(&prng, seed * 31 + 7);
    cold_history_tell(&history, seed, tell, world);
    view_tick(world->query.view, (uint64_t)(BUILD_T0 + 7200 * 1000 * BUILD_MS));
    bool good = true;
    for (unsigned i = 0; good && i < RANGE_COUNT; i++) {
        enum costs_by by = (enum costs_by)prng_below(&prng, COSTS_BY_TRIGGER + 1);
        good = compare(world, draw_range(&prng), by);
    }
    world_free(world);
    return good;
}

int main(int argc, char **argv)
{
    uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (uint64_t i = 0; i < count; i++) {
        if (!run_seed(seed + i)) {
            (void)fprintf(stderr, "range_sim: seed %llu\n", (unsigned long long)(seed + i));
            return 1;
        }
    }
    return 0;
}
