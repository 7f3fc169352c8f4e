/* SPDX-License-Identifier: Apache-2.0 */
#include "query/coldstarts.h"
#include "query/query_limits.h"

#include "proto/triggers.h"

#include <stdlib.h>

/* ---- Counts, from the rollups. ---- */

static struct slice key_of(const struct function_facts *function, enum coldstarts_by by,
                           struct arena *arena)
{
    switch (by) {
    case COLDSTARTS_BY_VERSION:
        return function->version;
    case COLDSTARTS_BY_MEMORY:
        return function->memory_mb == UNKNOWN_INT
                   ? SLICE_EMPTY
                   : arena_printf(arena, "%lld", (long long)function->memory_mb);
    case COLDSTARTS_BY_ARCH:
        return function->arch;
    case COLDSTARTS_BY_RUNTIME:
        return function->runtime;
    case COLDSTARTS_BY_FUNCTION:
        return function->name;
    case COLDSTARTS_BY_TRIGGER:
    case COLDSTARTS_BY_NONE:
        break;
    }
    return SLICE_EMPTY;
}

static struct coldstarts_group *group_of(struct coldstarts *coldstarts, struct slice key,
                                         struct arena *arena)
{
    for (uint32_t i = 0; i < coldstarts->group_count; i++) {
        if (slice_equal(coldstarts->groups[i].key, key)) {
            return &coldstarts->groups[i];
        }
    }
    if (coldstarts->group_count == GROUP_COUNT_MAX) {
        return NULL;
    }
    struct coldstarts_group *group = &coldstarts->groups[coldstarts->group_count];
    group->key = key;
    group->sum = arena_alloc_array(arena, 1, sizeof(*group->sum));
    if (group->sum == NULL) {
        return NULL;
    }
    coldstarts->group_count++;
    return group;
}

static int compare_groups(const void *one, const void *other)
{
    const struct coldstarts_group *a = one;
    const struct coldstarts_group *b = other;
    return slice_compare(a->key, b->key);
}

/* The triggers that a function had. */
struct triggers {
    struct coldstarts *coldstarts;
    struct slice names[TRIGGER_COUNT_MAX];
    uint32_t count;
    bool full;
};

static void visit_minute(void *context, uint32_t function, struct slice trigger, int64_t minute_ns,
                         const struct rollup_facts *facts)
{
    struct triggers *triggers = context;
    (void)function;
    (void)minute_ns;
    switch (triggers_caller_waits(trigger)) {
    case TRIGGERS_WAITS_YES:
        triggers->coldstarts->awaited += facts->cold;
        break;
    case TRIGGERS_WAITS_NO:
        triggers->coldstarts->unawaited += facts->cold;
        break;
    case TRIGGERS_WAITS_UNKNOWN:
        triggers->coldstarts->unknown += facts->cold;
        break;
    }
    for (uint32_t i = 0; i < triggers->count; i++) {
        if (slice_equal(triggers->names[i], trigger)) {
            return;
        }
    }
    if (triggers->count == TRIGGER_COUNT_MAX) {
        triggers->full = true;
        return;
    }
    triggers->names[triggers->count++] = trigger;
}

/* Count by trigger; as groups of their own if that is asked for. */
static bool read_triggers(const struct view *view, uint32_t function, struct query_range range,
                          struct arena *arena, struct coldstarts *coldstarts, bool grouped)
{
    struct triggers triggers = {.coldstarts = coldstarts};
    view_rollup_each(view, function, range.from_ns, range.to_ns, visit_minute, &triggers);
    for (uint32_t i = 0; grouped && i < triggers.count; i++) {
        struct slice trigger = triggers.names[i];
        struct coldstarts_group *group =
            group_of(coldstarts, trigger.size > 0 ? trigger : SLICE("unknown"), arena);
        if (group == NULL) {
            return false;
        }
        view_rollup_sum_of(view, function, range.from_ns, range.to_ns, trigger, group->sum);
    }
    return !triggers.full;
}

static bool read_counts(const struct query *query, struct query_range range, struct slice name,
                        enum coldstarts_by by, struct arena *arena, struct coldstarts *coldstarts)
{
    const struct view *view = query->view;
    coldstarts->all.sum = arena_alloc_array(arena, 1, sizeof(*coldstarts->all.sum));
    coldstarts->groups = arena_alloc_array(arena, GROUP_COUNT_MAX, sizeof(coldstarts->groups[0]));
    if (coldstarts->all.sum == NULL || coldstarts->groups == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < view_function_count(view); i++) {
        struct function_facts function;
        int64_t first_ns, end_ns;
        view_function(view, i, &function);
        if ((name.size > 0 && !slice_equal(name, function.name)) ||
            !view_rollup_range(view, i, &first_ns, &end_ns) || first_ns >= range.to_ns ||
            end_ns <= range.from_ns) {
            continue;
        }
        view_rollup_sum(view, i, range.from_ns, range.to_ns, coldstarts->all.sum);
        if (!read_triggers(view, i, range, arena, coldstarts, by == COLDSTARTS_BY_TRIGGER)) {
            return false;
        }
        if (by == COLDSTARTS_BY_NONE || by == COLDSTARTS_BY_TRIGGER) {
            continue;
        }
        struct coldstarts_group *group = group_of(coldstarts, key_of(&function, by, arena), arena);
        if (group == NULL) {
            return false;
        }
        view_rollup_sum(view, i, range.from_ns, range.to_ns, group->sum);
    }
    qsort(coldstarts->groups, coldstarts->group_count, sizeof(coldstarts->groups[0]),
          compare_groups);
    return true;
}

enum status coldstarts_read(const struct query *query, struct query_range range, struct slice name,
                            enum coldstarts_by by, struct arena *arena,
                            struct coldstarts *coldstarts)
{
    *coldstarts = (struct coldstarts){.group_count = 0};
    view_read_begin(query->view);
    bool good = read_counts(query, range, name, by, arena, coldstarts);
    view_read_end(query->view);
    return good ? coldstarts_slowest(query, range, name, arena, coldstarts) : STATUS_FULL;
}
