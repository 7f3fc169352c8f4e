/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_plan_read.h"

#include "notify/notify_fields.h"
#include "notify/notify_limits.h"
#include "notify/notify_receivers.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)
#define MINUTE (60 * SECOND)

/* Defaults, quiet ones: those of Alertmanager, and one message for an application, whatever is
 * wrong with how many of its functions; but what is critical is not told as more of a warning. */
#define WAIT_NS     (30 * SECOND)
#define INTERVAL_NS (5 * MINUTE)
#define REPEAT_NS   (240 * MINUTE)
#define GATHER_NS   (15 * MINUTE)

/* How often an Alertmanager is told what fires; it forgets what it has not heard of for five
 * minutes. */
#define ALERTMANAGER_REPEAT_NS MINUTE

static const struct slice group_by_default[] = {SLICE_INIT("account"), SLICE_INIT("application"),
                                                SLICE_INIT("region"), SLICE_INIT("severity")};

/* A route of the file that is still to be read into its place. */
struct pending {
    const struct yaml_node *node;
    struct notify_route *route;
    unsigned depth;
};

/* What is read, and which routes are still to be. */
struct reading {
    struct yaml_reader fields;
    struct notify_receivers receivers;
    struct pending pending[NOTIFY_ROUTE_COUNT_MAX];
    size_t pending_count, pending_next;
};

/* ---- Routes. ---- */

static void read_grouping(struct yaml_reader *fields, const struct yaml_node *map,
                          struct notify_route *route)
{
    size_t count = 0;
    const struct slice *names = notify_fields_texts(fields, map, "group_by", &count);
    if (names != NULL) {
        route->group_by_all = count == 1 && slice_equal(names[0], SLICE("..."));
        route->group_by = names;
        route->group_by_count = route->group_by_all ? 0 : count;
    }
    route->wait_ns = notify_fields_duration(fields, map, "group_wait", route->wait_ns);
    route->interval_ns = notify_fields_duration(fields, map, "group_interval", route->interval_ns);
    route->repeat_ns = notify_fields_duration(fields, map, "repeat_interval", route->repeat_ns);
    if (route->interval_ns == 0 || route->repeat_ns == 0) {
        yaml_wrong_key(fields, map, "group_interval and repeat_interval are more than 0", "", "");
    }
}

/* The path of matchers to it, as Alertmanager writes it; a number tells brothers of the same
 * apart. */
static void make_key(struct yaml_reader *fields, struct notify_route *route,
                     const struct notify_route *parent, size_t number)
{
    struct buf key;
    buf_init_growing(&key, NOTIFY_KEY_SIZE_MAX);
    buf_append(&key, parent->key);
    buf_append_text(&key, "/{");
    for (size_t i = 0; i < route->matcher_count; i++) {
        buf_append_text(&key, i > 0 ? "," : "");
        notify_matcher_write(&route->matchers[i], &key);
    }
    buf_append_text(&key, "}");
    for (const struct notify_route *brother = parent->children; brother < route; brother++) {
        if (slice_equal(brother->key, buf_bytes(&key))) {
            buf_printf(&key, "/%zu", number);
            break;
        }
    }
    route->key = arena_dup(fields->arena, buf_bytes(&key));
    buf_fini(&key);
}

static void find_receiver(struct reading *reading, const struct yaml_node *map,
                          struct notify_route *route)
{
    struct yaml_reader *fields = &reading->fields;
    struct slice name = notify_fields_text(fields, map, "receiver", route->receiver);
    const struct notify_receiver *receiver = notify_receivers_find(&reading->receivers, name);
    route->receiver = name;
    if (receiver != NULL) {
        route->target_first = receiver->first;
        route->target_count = receiver->count;
    } else if (name.size > 0) {
        const struct yaml_node *node = yaml_find(map, "receiver");
        yaml_wrong_key(fields, node != NULL ? node : map, "there is no receiver '",
                       (const char *)name.base, "'");
    } else {
        yaml_wrong_key(fields, map, "a route has a receiver: write receiver: NAME", "", "");
    }
}

/* Give the children their places, with what they have from their parent. */
static void read_children(struct reading *reading, const struct yaml_node *map,
                          struct notify_route *route, unsigned depth)
{
    struct yaml_reader *fields = &reading->fields;
    const struct yaml_node *list = notify_fields_node(fields, map, "routes", YAML_LIST);
    if (list == NULL) {
        return;
    }
    size_t count = yaml_count(list);
    if (depth == NOTIFY_ROUTE_DEPTH_MAX ||
        count > NOTIFY_ROUTE_COUNT_MAX - reading->pending_count) {
        yaml_wrong_key(fields, list, "there are too many routes, or too deep", "", "");
        return;
    }
    struct notify_route *children = arena_alloc_array(fields->arena, count + 1, sizeof(*children));
    if (children == NULL) {
        return;
    }
    route->children = children;
    for (const struct yaml_node *node = list->first; node != NULL; node = node->next) {
        struct notify_route *child = &children[route->child_count];
        *child = *route;
        child->matchers = NULL;
        child->matcher_count = 0;
        child->children = NULL;
        child->child_count = 0;
        child->goes_on = false;
        if (node->kind == YAML_MAP) {
            child->matchers = notify_fields_matchers(fields, node, "matchers", "match", "match_re",
                                                     &child->matcher_count);
        }
        make_key(fields, child, route, route->child_count);
        reading->pending[reading->pending_count] = (struct pending){node, child, depth + 1};
        reading->pending_count++;
        route->child_count++;
    }
}

static void read_route(struct reading *reading, const struct pending *pending)
{
    struct yaml_reader *fields = &reading->fields;
    const struct yaml_node *map = pending->node;
    if (!notify_fields_check(fields, map, "a route",
                             "receiver group_by group_wait group_interval repeat_interval matchers "
                             "match match_re continue routes")) {
        return;
    }
    find_receiver(reading, map, pending->route);
    read_grouping(fields, map, pending->route);
    pending->route->goes_on = notify_fields_truth(fields, map, "continue", false);
    if (pending->depth == 1 && (yaml_find(map, "matchers") != NULL ||
                                yaml_find(map, "match") != NULL || pending->route->goes_on)) {
        yaml_wrong_key(fields, map, "the first route takes everything: no matchers, no continue",
                       "", "");
    }
    read_children(reading, map, pending->route, pending->depth);
}

static void read_routes(struct reading *reading, const struct yaml_node *node,
                        struct notify_route *root)
{
    *root = (struct notify_route){.key = SLICE("{}"),
                                  .group_by = group_by_default,
                                  .group_by_count =
                                      sizeof(group_by_default) / sizeof(group_by_default[0]),
                                  .wait_ns = WAIT_NS,
                                  .interval_ns = INTERVAL_NS,
                                  .repeat_ns = REPEAT_NS};
    reading->pending[0] = (struct pending){node, root, 1};
    reading->pending_count = 1;
    for (; reading->pending_next < reading->pending_count; reading->pending_next++) {
        const struct pending pending = reading->pending[reading->pending_next];
        read_route(reading, &pending);
    }
}

/* ---- Inhibitions. ---- */

static void read_inhibition(struct yaml_reader *fields, const struct yaml_node *map,
                            struct notify_inhibition *inhibition)
{
    if (!notify_fields_check(fields, map, "a rule of inhibition",
                             "source_matchers source_match source_match_re target_matchers "
                             "target_match target_match_re equal")) {
        return;
    }
    inhibition->source = notify_fields_matchers(fields, map, "source_matchers", "source_match",
                                                "source_match_re", &inhibition->source_count);
    inhibition->target = notify_fields_matchers(fields, map, "target_matchers", "target_match",
                                                "target_match_re", &inhibition->target_count);
    inhibition->equal = notify_fields_texts(fields, map, "equal", &inhibition->equal_count);
    if (inhibition->source_count == 0 || inhibition->target_count == 0) {
        yaml_wrong_key(fields, map, "write source_matchers and target_matchers", "", "");
    }
}

static void read_inhibitions(struct yaml_reader *fields, const struct yaml_node *root,
                             struct notify_plan *plan)
{
    const struct yaml_node *list = notify_fields_node(fields, root, "inhibit_rules", YAML_LIST);
    if (list == NULL) {
        return; /* Those of notify_plan_make() stay. */
    }
    struct notify_inhibition *inhibitions =
        arena_alloc_array(fields->arena, yaml_count(list) + 1, sizeof(*inhibitions));
    plan->inhibitions = inhibitions;
    plan->inhibition_count = 0;
    for (const struct yaml_node *node = list->first; node != NULL && inhibitions != NULL;
         node = node->next) {
        read_inhibition(fields, node, &inhibitions[plan->inhibition_count]);
        plan->inhibition_count++;
    }
}

/* ---- All of it. ---- */

/* Alertmanagers are told of everything, ungrouped: grouping is their business. */
static void add_alertmanagers(const struct reading *reading, size_t first, size_t count,
                              struct notify_route *routes)
{
    for (size_t i = 0; i < count; i++) {
        routes[i] = (struct notify_route){
            .key = arena_printf(reading->fields.arena, "{}/alertmanager/%zu", i),
            .receiver = SLICE("alertmanager"),
            .target_first = first + i,
            .target_count = 1,
            .repeat_ns = ALERTMANAGER_REPEAT_NS,
        };
    }
}

static void read_root(struct reading *reading, const struct yaml_node *root,
                      struct notify_plan *plan)
{
    struct yaml_reader *fields = &reading->fields;
    if (!notify_fields_check(fields, root, "the file",
                             "global route receivers inhibit_rules alertmanagers gather")) {
        return;
    }
    notify_receivers_read(fields, root, &reading->receivers);
    size_t first = reading->receivers.target_count;
    size_t alertmanagers = notify_receivers_read_alertmanagers(fields, root, &reading->receivers);
    const struct yaml_node *route = notify_fields_node(fields, root, "route", YAML_MAP);
    struct notify_route *roots =
        arena_alloc_array(fields->arena, plan->root_count + alertmanagers + 1, sizeof(*roots));
    if (roots == NULL) {
        return;
    }
    if (plan->root_count > 0) {
        memcpy(roots, plan->roots, plan->root_count * sizeof(*roots));
    }
    add_alertmanagers(reading, first, alertmanagers, roots + plan->root_count);
    plan->root_count += alertmanagers;
    if (route != NULL) {
        read_routes(reading, route, &roots[plan->root_count]);
        plan->root_count++;
    } else if (reading->receivers.count > 0) {
        yaml_wrong_key(fields, root, "there are receivers, and no route to them", "", "");
    }
    plan->roots = roots;
    plan->targets = reading->receivers.targets;
    plan->target_count = reading->receivers.target_count;
    plan->gather_ns = notify_fields_duration(fields, root, "gather", plan->gather_ns);
    read_inhibitions(fields, root, plan);
}

enum status notify_plan_read(struct notify_plan *plan, struct slice text, const char *where,
                             struct buf *errors)
{
    struct arena *arena = &plan->arena;
    struct yaml_node *root = NULL;
    if (text.size > NOTIFY_FILE_SIZE_MAX) {
        buf_printf(errors, "%s: it has more than %zu bytes\n", where, NOTIFY_FILE_SIZE_MAX);
        return STATUS_BAD;
    }
    enum status status = yaml_parse(text, where, arena, errors, &root);
    if (status != STATUS_OK) {
        return status;
    }
    if (root == NULL) {
        buf_printf(errors, "%s:1:1: nothing stands in it: write route and receivers\n", where);
        return STATUS_BAD;
    }
    struct reading *reading = arena_alloc_array(arena, 1, sizeof(*reading));
    struct notify_target *targets =
        arena_alloc_array(arena, NOTIFY_TARGET_COUNT_MAX, sizeof(*targets));
    if (reading == NULL || targets == NULL) {
        return STATUS_FULL;
    }
    reading->fields = (struct yaml_reader){.where = where, .arena = arena, .errors = errors};
    if (plan->target_count > 0) {
        memcpy(targets, plan->targets, plan->target_count * sizeof(*targets));
    }
    reading->receivers = (struct notify_receivers){.targets = targets,
                                                   .target_count = plan->target_count,
                                                   .target_room = NOTIFY_TARGET_COUNT_MAX};
    plan->gather_ns = GATHER_NS;
    read_root(reading, root, plan);
    if (arena_overflowed(arena)) {
        return STATUS_FULL;
    }
    return reading->fields.error_count > 0 ? STATUS_BAD : STATUS_OK;
}
