/* SPDX-License-Identifier: Apache-2.0 */
#include "query/costs.h"
#include "query/price_minutes.h"
#include "query/query_limits.h"
#include "query/sweep.h"

#include <stdlib.h>
#include <string.h>

/* Regions and architectures of one bill. */
#define USAGE_COUNT_MAX 128

struct adding {
    const struct query *query;
    enum costs_by by;
    struct arena *arena;
    struct costs *costs;
    struct cost_usage usage[USAGE_COUNT_MAX];
    size_t usage_count;
};

static struct slice key_of(const struct adding *adding, const struct invocation_facts *facts,
                           const struct function_facts *function)
{
    switch (adding->by) {
    case COSTS_BY_FUNCTION:
        return function->name;
    case COSTS_BY_TRIGGER:
        return facts->trigger.size > 0 ? facts->trigger : SLICE("unknown");
    case COSTS_BY_VERSION:
    case COSTS_BY_NONE:
        break;
    }
    return function->version;
}

/* Groups of versions are of one function each: their key is "name:version". */
static bool key_is(const struct adding *adding, const struct costs_group *group, struct slice key,
                   const struct function_facts *function)
{
    if (adding->by != COSTS_BY_VERSION) {
        return slice_equal(group->key, key);
    }
    return group->key.size == function->name.size + 1 + key.size &&
           slice_starts(group->key, function->name) && slice_ends(group->key, key);
}

static struct costs_group *group_of(struct adding *adding, const struct invocation_facts *facts,
                                    const struct function_facts *function)
{
    struct costs *costs = adding->costs;
    struct slice key = key_of(adding, facts, function);
    for (uint32_t i = 0; i < costs->group_count; i++) {
        if (key_is(adding, &costs->groups[i], key, function)) {
            return &costs->groups[i];
        }
    }
    if (costs->group_count == GROUP_COUNT_MAX) {
        costs->partial = true;
        return NULL;
    }
    if (adding->by == COSTS_BY_VERSION) {
        key = arena_printf(adding->arena, SLICE_FMT ":" SLICE_FMT, SLICE_ARG(function->name),
                           SLICE_ARG(key));
    }
    struct costs_group *group = &costs->groups[costs->group_count++];
    *group = (struct costs_group){.key = key, .cost = cost_zero()};
    return group;
}

static void add_usage(struct adding *adding, const struct cost *cost,
                      const struct function_facts *function)
{
    enum price_arch arch;
    enum billing billing = billing_of(function->provider, function->platform);
    (void)prices_arch(function->arch, &arch);
    for (size_t i = 0; i < adding->usage_count; i++) {
        struct cost_usage *usage = &adding->usage[i];
        if (usage->billing == billing && usage->arch == arch &&
            slice_equal(usage->region, function->region)) {
            usage->mb_ms += cost->mb_ms;
            usage->cpu_milli_ms += cost->cpu_milli_ms;
            usage->requests += cost->requests;
            return;
        }
    }
    if (adding->usage_count == USAGE_COUNT_MAX) {
        adding->costs->partial = true;
        return;
    }
    adding->usage[adding->usage_count++] = (struct cost_usage){
        .billing = billing,
        .region = function->region,
        .arch = arch,
        .mb_ms = cost->mb_ms,
        .cpu_milli_ms = cost->cpu_milli_ms,
        .requests = cost->requests,
    };
}

static void visit(void *context, const struct invocation_facts *facts,
                  const struct function_facts *function)
{
    struct adding *adding = context;
    struct cost cost = query_cost(adding->query->prices, facts, function);
    cost_add(&adding->costs->total, &cost);
    add_usage(adding, &cost, function);
    if (adding->by == COSTS_BY_NONE) {
        return;
    }
    struct costs_group *group = group_of(adding, facts, function);
    if (group != NULL) {
        cost_add(&group->cost, &cost);
        group->invocations++;
    }
}

static void add_minute(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                       const struct rollup_facts *facts)
{
    struct agent_sums *agents = context;
    (void)function;
    (void)trigger;
    (void)minute_ns;
    agents->told += facts->agent.told;
    agents->held_us += facts->agent.held_us;
}

/* The agents' share.  The view is held, but between functions the writer has its turn. */
static void add_held(const struct query *query, struct query_range range, struct costs *costs)
{
    struct view *view = query->view;
    costs->held = cost_zero();
    view_read_begin(view);
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        if (i > 0) {
            view_read_end(view);
            view_read_begin(view);
        }
        struct cost held = price_minutes_held(query, i, range);
        cost_add(&costs->held, &held);
        view_rollup_each(view, i, range.from_ns, range.to_ns, add_minute, &costs->agents);
    }
    view_read_end(view);
}

static int compare_groups(const void *one, const void *other)
{
    const struct costs_group *a = one;
    const struct costs_group *b = other;
    int order = money_compare(b->cost.amount, a->cost.amount);
    return order != 0 ? order : slice_compare(a->key, b->key);
}

enum status costs_read(const struct query *query, struct query_range range, enum costs_by by,
                       struct arena *arena, struct costs *costs)
{
    *costs = (struct costs){.total = cost_zero()};
    costs->groups = arena_alloc_array(arena, GROUP_COUNT_MAX, sizeof(costs->groups[0]));
    struct adding *adding = arena_alloc_array(arena, 1, sizeof(*adding));
    if (costs->groups == NULL || adding == NULL) {
        return STATUS_FULL;
    }
    adding->query = query;
    adding->by = by;
    adding->arena = arena;
    adding->costs = costs;
    if (!sweep_run(query, range, COST_INVOCATION_COUNT_MAX, visit, adding)) {
        costs->partial = true;
    }
    view_read_begin(query->view);
    costs->partial = costs->partial || view_forgotten(query->view, range.from_ns, range.to_ns) ||
                     view_counts_missing(query->view, range.from_ns, range.to_ns);
    view_read_end(query->view);
    add_held(query, range, costs);
    uint64_t at_ns = range.to_ns > 0 ? (uint64_t)range.to_ns - 1 : 0;
    costs->net = cost_net(query->prices, adding->usage, adding->usage_count, at_ns);
    qsort(costs->groups, costs->group_count, sizeof(costs->groups[0]), compare_groups);
    return STATUS_OK;
}
