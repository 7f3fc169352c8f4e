/* SPDX-License-Identifier: Apache-2.0 */
/*
 * range_sim [SEED [COUNT]]: histories told to two collectors: the view of one remembers everything,
 * that of the other next to nothing, so that most of what it is asked is answered from the store.
 * Both must say the same of every span of time; and what counts say of it must be the sum of what
 * is said of the invocations in it.
 */
#include "cold_history.h"
#include "range_dump.h"
#include "world.h"

#include "base/ensure.h"
#include "base/prng.h"
#include "model/rollups.h"
#include "query/costs.h"
#include "query/query_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RANGE_COUNT 6

static void tell(void *context, struct build *build)
{
    world_add(context, build);
}

static struct query_range draw_range(struct prng *prng)
{
    int64_t from_ns = BUILD_T0 + ((int64_t)prng_below(prng, 5400) - 1800) * 1000 * BUILD_MS;
    int64_t span_ns = (int64_t)prng_between(prng, 1, 5400) * 1000 * BUILD_MS;
    return (struct query_range){from_ns, from_ns + span_ns};
}

/* ---- What is remembered, and what is not. ---- */

typedef char *range_ask(struct world *world, struct query_range range, const char **partial);

static char *ask_errors(struct world *world, struct query_range range, const char **partial)
{
    struct errors errors;
    ENSURE(errors_read(&world->query, range, &world->arena, &errors) == STATUS_OK);
    *partial = errors.partial;
    return range_dump_errors(&errors);
}

static char *ask_coldstarts(struct world *world, struct query_range range, const char **partial)
{
    struct coldstarts coldstarts;
    ENSURE(coldstarts_read(&world->query, range, SLICE_EMPTY, COLDSTARTS_BY_NONE, &world->arena,
                           &coldstarts) == STATUS_OK);
    *partial = coldstarts.partial;
    return range_dump_coldstarts(&coldstarts);
}

static char *ask_lanes(struct world *world, struct query_range range, const char **partial)
{
    struct lanes lanes;
    const struct lanes_ask ask = {
        .range = range,
        .limit = LANE_LIMIT_MAX,
        .now_ns = BUILD_T0 + 7200 * 1000 * BUILD_MS,
    };
    ENSURE(lanes_read(&world->query, &ask, &world->arena, &lanes) == STATUS_OK);
    *partial = lanes.truncated ? "truncated" : NULL;
    char *text = range_dump_lanes(&lanes, range);
    lanes_release(&lanes);
    return text;
}

static const struct {
    const char *name;
    range_ask *ask;
    bool whole; /* Of one piece alone. */
} questions[] = {
    {"errors", ask_errors, false},
    {"cold starts", ask_coldstarts, false},
    {"lanes", ask_lanes, true},
};

#define QUESTION_COUNT (sizeof(questions) / sizeof(questions[0]))

static bool compare(struct world *const worlds[2], struct query_range range, unsigned question)
{
    char *texts[2];
    bool good = true;
    for (unsigned i = 0; i < 2; i++) {
        const char *partial;
        arena_reset(&worlds[i]->arena);
        texts[i] = questions[question].ask(worlds[i], range, &partial);
        good = good && partial == NULL;
    }
    good = good && strcmp(texts[0], texts[1]) == 0;
    if (!good) {
        (void)fprintf(stderr, "range_sim: %s of %lld to %lld\nremembered:\n%sfrom the store:\n%s",
                      questions[question].name, (long long)((range.from_ns - BUILD_T0) / BUILD_MS),
                      (long long)((range.to_ns - BUILD_T0) / BUILD_MS), texts[0], texts[1]);
    }
    free(texts[0]);
    free(texts[1]);
    return good;
}

/* ---- What is counted. ---- */

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
static bool compare_costs(struct world *world, struct query_range range, enum costs_by by)
{
    struct costs costs;
    range.from_ns = rollup_minute(range.from_ns);
    range.to_ns = rollup_minute(range.to_ns) + MINUTE_NS;
    struct truth truth = truth_of(world, range);
    arena_reset(&world->arena);
    ENSURE(costs_read(&world->query, range, (struct costs_grouping){.by = by}, &world->arena,
                      &costs) == STATUS_OK);
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
    struct world *worlds[2] = {world_create(), world_create()};
    prng_init(&prng, seed * 31 + 7);
    view_limit(worlds[1]->query.view, (uint32_t)prng_between(&prng, 16, 48),
               (uint32_t)prng_between(&prng, 64, 160));
    for (unsigned i = 0; i < 2; i++) {
        cold_history_tell(&history, seed, tell, worlds[i]);
        view_tick(worlds[i]->query.view, (uint64_t)(BUILD_T0 + 7200 * 1000 * BUILD_MS));
    }
    if (prng_chance(&prng, 3, 4)) {
        world_seal(worlds[1]);
    }
    bool good = true;
    for (unsigned i = 0; good && i < RANGE_COUNT; i++) {
        struct query_range range = draw_range(&prng);
        world_cut(worlds[1], prng_between(&prng, 10, 1000));
        good =
            compare_costs(worlds[0], range, (enum costs_by)prng_below(&prng, COSTS_BY_TRIGGER + 1));
        for (unsigned question = 0; good && question < QUESTION_COUNT; question++) {
            if (questions[question].whole) {
                world_cut(worlds[1], 0);
            }
            good = compare(worlds, range, question);
        }
    }
    world_free(worlds[0]);
    world_free(worlds[1]);
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
