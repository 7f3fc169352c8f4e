/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_plan.h"

#include "notify/notify_limits.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

struct slice notify_kind_name(enum notify_kind kind)
{
    switch (kind) {
    case NOTIFY_WEBHOOK:
        return SLICE("webhook");
    case NOTIFY_ALERTMANAGER:
        return SLICE("alertmanager");
    case NOTIFY_SLACK:
        return SLICE("slack");
    case NOTIFY_PAGERDUTY:
        return SLICE("pagerduty");
    case NOTIFY_OPSGENIE:
        return SLICE("opsgenie");
    case NOTIFY_EMAIL:
        return SLICE("email");
    }
    ENSURE(false);
    return SLICE_EMPTY;
}

struct notify_plan *notify_plan_create(void)
{
    struct notify_plan *plan = calloc(1, sizeof(*plan));
    void *memory = plan == NULL ? NULL : malloc(NOTIFY_PLAN_MEMORY);
    if (memory == NULL) {
        free(plan);
        return NULL;
    }
    arena_init(&plan->arena, memory, NOTIFY_PLAN_MEMORY);
    plan->holders = 1;
    return plan;
}

struct notify_plan *notify_plan_hold(struct notify_plan *plan)
{
    ENSURE(plan->holders > 0);
    plan->holders++;
    return plan;
}

void notify_plan_drop(struct notify_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    ENSURE(plan->holders > 0);
    plan->holders--;
    if (plan->holders > 0) {
        return;
    }
    explicit_bzero(plan->arena.base, arena_most(&plan->arena));
    free(plan->arena.base);
    free(plan);
}

const struct notify_target *notify_plan_target(const struct notify_plan *plan, uint64_t id)
{
    for (size_t i = 0; i < plan->target_count; i++) {
        if (plan->targets[i].id == id) {
            return &plan->targets[i];
        }
    }
    return NULL;
}

uint64_t notify_plan_target_id(struct slice receiver, enum notify_kind kind, size_t number)
{
    /* The key is fixed: ids are saved and must stay the same over restarts. */
    static const struct hash_key key = {{0, 0}};
    const uint64_t parts[3] = {hash_sip64(&key, receiver), (uint64_t)kind, number};
    return hash_sip64(&key, slice_of(parts, sizeof(parts)));
}

static bool takes(const struct notify_route *route, const struct notify_alert *alert)
{
    return notify_matchers_match(route->matchers, route->matcher_count, alert);
}

/* A place in the tree: which child comes next, and whether one has taken the alert. */
struct place {
    const struct notify_route *route;
    size_t next;
    bool taken;
};

/* Depth first: a route takes what none of its children takes; a child that takes it ends the walk
 * among its siblings, unless it goes on. */
static void walk(const struct notify_route *root, const struct notify_alert *alert,
                 notify_plan_visit *visit, void *context)
{
    struct place stack[NOTIFY_ROUTE_DEPTH_MAX];
    size_t depth = 1;
    stack[0] = (struct place){root, 0, false};
    while (depth > 0) {
        struct place *place = &stack[depth - 1];
        if (place->next == place->route->child_count) {
            if (!place->taken) {
                visit(context, place->route);
            }
            depth--;
            continue;
        }
        const struct notify_route *child = &place->route->children[place->next];
        place->next++;
        if (!takes(child, alert)) {
            continue;
        }
        place->taken = true;
        if (!child->goes_on) {
            place->next = place->route->child_count;
        }
        ENSURE(depth < NOTIFY_ROUTE_DEPTH_MAX);
        stack[depth] = (struct place){child, 0, false};
        depth++;
    }
}

void notify_plan_route(const struct notify_plan *plan, const struct notify_alert *alert,
                       notify_plan_visit *visit, void *context)
{
    for (size_t i = 0; i < plan->root_count; i++) {
        if (takes(&plan->roots[i], alert)) {
            walk(&plan->roots[i], alert, visit, context);
        }
    }
}
