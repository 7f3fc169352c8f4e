/* SPDX-License-Identifier: Apache-2.0 */
#include "query/coldstarts.h"
#include "query/query_limits.h"
#include "query/sweep.h"

#include "model/members.h"

#include "proto/triggers.h"

#include <stdlib.h>
#include <string.h>

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

/* ---- The slowest. ---- */

struct slowest {
    struct slice name;
    struct arena *arena;
    struct coldstart rows[COLDSTART_SLOWEST_COUNT]; /* Slowest first. */
    uint32_t count;
};

static bool slower(const struct invocation_facts *one, const struct invocation_facts *other)
{
    if (one->init_ns != other->init_ns) {
        return one->init_ns > other->init_ns;
    }
    return one->start_ns != other->start_ns
               ? one->start_ns > other->start_ns
               : memcmp(&one->request_id, &other->request_id, sizeof(one->request_id)) < 0;
}

static void visit_cold(void *context, const struct invocation_facts *facts,
                       const struct function_facts *function)
{
    struct slowest *slowest = context;
    if (!facts->cold || (slowest->name.size > 0 && !slice_equal(slowest->name, function->name))) {
        return;
    }
    uint32_t at = slowest->count;
    while (at > 0 && slower(facts, &slowest->rows[at - 1].facts)) {
        at--;
    }
    if (at == COLDSTART_SLOWEST_COUNT) {
        return;
    }
    uint32_t last =
        slowest->count < COLDSTART_SLOWEST_COUNT ? slowest->count : COLDSTART_SLOWEST_COUNT - 1;
    memmove(&slowest->rows[at + 1], &slowest->rows[at], (last - at) * sizeof(slowest->rows[0]));
    slowest->rows[at] = (struct coldstart){.facts = *facts, .function = function->name};
    slowest->rows[at].facts.xray_header = SLICE_EMPTY;
    slowest->count = last + 1;
}

/* Why: what the other instances of the same function and version were doing when the init began.
 * Holding the view. */
static enum cold_cause cause_of(const struct view *view, const struct coldstart *coldstart)
{
    if (slice_equal(coldstart->facts.init_phase, SLICE("invoke"))) {
        return COLD_AFTER_FAILURE;
    }
    int64_t at_ns = coldstart->facts.placed_ns;
    bool before = false, busy = false, idle = false;
    for (uint32_t i = view_instance_first(view, coldstart->facts.function); i != ROW_NONE;
         i = view_instance_next(view, i)) {
        struct instance_facts instance;
        view_instance(view, i, &instance);
        if (instance.pool) {
            return COLD_UNKNOWN; /* Nobody knows what its instances were doing. */
        }
        uint32_t count;
        const uint32_t *rows = view_instance_invocations(view, i, &count);
        if (i == coldstart->facts.instance || count == 0) {
            continue;
        }
        struct invocation_facts facts;
        view_invocation(view, rows[0], &facts);
        if (facts.placed_ns >= at_ns) {
            continue;
        }
        before = true;
        if (instance.stop_ns != UNKNOWN_NS && instance.stop_ns <= at_ns) {
            continue;
        }
        /* The last one that began before: is it still at it? */
        uint32_t low = 0, high = count;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            view_invocation(view, rows[middle], &facts);
            if (facts.placed_ns < at_ns) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        view_invocation(view, rows[low - 1], &facts);
        int64_t end_ns = facts.end_ns;
        if (end_ns != UNKNOWN_NS && facts.post_handler_ns != UNKNOWN_NS) {
            end_ns += facts.post_handler_ns;
        }
        if (end_ns == UNKNOWN_NS || end_ns > at_ns) {
            busy = true;
        } else if (instance.last_seen_ns > at_ns) {
            idle = true; /* It was free, and worked again later. */
        }
    }
    if (!before) {
        return COLD_FIRST;
    }
    if (busy) {
        return COLD_SCALE_OUT;
    }
    return idle ? COLD_UNKNOWN : COLD_AFTER_IDLE;
}

static bool explain(const struct query *query, struct slowest *slowest, struct arena *arena,
                    struct coldstarts *coldstarts)
{
    struct members_work *work = members_work_create();
    coldstarts->slowest =
        arena_alloc_array(arena, (size_t)slowest->count + 1, sizeof(coldstarts->slowest[0]));
    if (work == NULL || coldstarts->slowest == NULL) {
        members_work_free(work);
        return false;
    }
    view_read_begin(query->view);
    for (uint32_t i = 0; i < slowest->count; i++) {
        struct coldstart *row = &slowest->rows[i];
        uint32_t attempts[64];
        uint32_t found = view_attempts(query->view, row->facts.request_id, attempts, 64);
        for (uint32_t k = 0; k < found && k < 64; k++) {
            /* Rows may have been renumbered since: look the invocation up again. */
            struct invocation_facts facts;
            view_invocation(query->view, attempts[k], &facts);
            if (facts.start_ns == row->facts.start_ns && facts.attempt == row->facts.attempt) {
                row->facts.instance = facts.instance;
                row->cause = cause_of(query->view, row);
                break;
            }
        }
        row->transaction = members_transaction(query->view, work, row->facts.request_id);
    }
    view_read_end(query->view);
    memcpy(coldstarts->slowest, slowest->rows, slowest->count * sizeof(slowest->rows[0]));
    coldstarts->slowest_count = slowest->count;
    members_work_free(work);
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
    if (!good) {
        return STATUS_FULL;
    }
    struct slowest slowest = {.name = name, .arena = arena};
    /* Beyond the limit the slowest of the newest are listed. */
    (void)!sweep_run(query, range, SEARCH_INVOCATION_COUNT_MAX, visit_cold, &slowest);
    return explain(query, &slowest, arena, coldstarts) ? STATUS_OK : STATUS_FULL;
}
