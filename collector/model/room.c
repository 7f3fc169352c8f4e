/* SPDX-License-Identifier: Apache-2.0 */
#include "model/room.h"
#include "model/derive.h"
#include "model/forget.h"
#include "model/model_limits.h"
#include "model/rollup_room.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* What a choice of what goes would leave. */
struct room {
    uint32_t invocations, ids, edges, links;
};

static bool part_full(uint32_t count, uint32_t count_max, uint32_t sixteenths)
{
    return count > (uint64_t)count_max * sixteenths / 16;
}

/* Whether a table of these is fuller than that. */
static bool room_full(const struct view *view, const struct room *room, uint32_t sixteenths)
{
    return part_full(room->invocations, view->invocation_count_max, sixteenths) ||
           part_full(room->ids, view->ids.count_max, sixteenths) ||
           part_full(room->edges, EDGE_COUNT_MAX, sixteenths) ||
           part_full(room->links, LINK_COUNT_MAX, sixteenths);
}

/* ---- Invocations and ids, by time. ---- */

/* The time before which so many quarters of all invocations and ids that have a time lie. */
static int64_t oldest_before(const struct view *view, unsigned quarters)
{
    uint64_t all = 0;
    const struct minute *minute = minutes_after(&view->minutes, INT64_MIN);
    for (; minute != NULL; minute = minutes_after(&view->minutes, minute->key.time_ns)) {
        all += minute->weight;
    }
    uint64_t gone = 0;
    minute = minutes_after(&view->minutes, INT64_MIN);
    for (; minute != NULL; minute = minutes_after(&view->minutes, minute->key.time_ns)) {
        gone += minute->weight;
        if (gone >= all * quarters / 4) {
            return minute->key.time_ns + MINUTE_NS;
        }
    }
    return INT64_MAX;
}

/* An id stays that is of a request that stays, or was seen in one, or is young itself. */
static void keep_ids(const struct view *view, struct forget *forget, int64_t before_ns)
{
    const struct ids *ids = &view->ids;
    for (uint32_t i = 0; i < ids->count; i++) {
        const struct id_row *row = &ids->rows[i];
        forget->ids[i] = row->invocations == ROW_NONE && row->start_ns != UNKNOWN_NS &&
                         row->start_ns >= before_ns;
    }
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        if (forget->invocations[i]) {
            forget->ids[view->invocations.rows[i].request] = true;
        }
    }
    for (uint32_t i = 0; i < ids->edge_count; i++) {
        const struct edge *edge = &ids->edges[i];
        if (forget->ids[edge->request]) {
            forget->ids[edge->other] = true;
        } else if (forget->ids[edge->other] && ids->rows[edge->request].invocations == ROW_NONE) {
            forget->ids[edge->request] = true; /* Its invocation has not been heard of yet. */
        }
    }
    for (uint32_t i = 0; i < view->links.count; i++) {
        const struct link *link = &view->links.rows[i];
        if (link->time_ns >= before_ns && forget->ids[link->consumer]) {
            forget->ids[link->target] = true; /* The sender of a message, by name. */
        }
    }
}

/* Choose what is older than that to go, and count what stays. */
static void choose(const struct view *view, struct forget *forget, int64_t before_ns,
                   struct room *room)
{
    *room = (struct room){0};
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        const struct invocation *row = &view->invocations.rows[i];
        forget->invocations[i] =
            !row->dead && row->placed_ns >= before_ns && forget->instances[row->instance];
        room->invocations += forget->invocations[i];
    }
    keep_ids(view, forget, before_ns);
    for (uint32_t i = 0; i < view->ids.count; i++) {
        room->ids += forget->ids[i];
    }
    for (uint32_t i = 0; i < view->ids.edge_count; i++) {
        const struct edge *edge = &view->ids.edges[i];
        room->edges += forget->ids[edge->request] && forget->ids[edge->other];
    }
    for (uint32_t i = 0; i < view->links.count; i++) {
        const struct link *link = &view->links.rows[i];
        room->links += forget->ids[link->target] && forget->ids[link->consumer];
    }
}

/* Choose the oldest quarter of all invocations and ids to go, or as many quarters as it takes. */
static void choose_oldest(const struct view *view, struct forget *forget, bool full)
{
    struct room room;
    unsigned quarters = 0;
    choose(view, forget, INT64_MIN, &room); /* What is of the instances that stay. */
    while (full && quarters < 4 && (quarters == 0 || room_full(view, &room, 12))) {
        quarters++;
        choose(view, forget, oldest_before(view, quarters), &room);
    }
}

/* ---- Functions and instances, by when they were last heard of. ---- */

struct rank {
    int64_t last_ns;
    uint32_t row;
    bool used; /* It has invocations. */
};

/* What goes first: what has nothing, then what is oldest, then the latest comer. */
static int compare_ranks(const void *one, const void *other)
{
    const struct rank *a = one;
    const struct rank *b = other;
    if (a->used != b->used) {
        return a->used ? 1 : -1;
    }
    if (a->last_ns != b->last_ns) {
        return a->last_ns < b->last_ns ? -1 : 1;
    }
    return a->row > b->row ? -1 : a->row < b->row ? 1 : 0;
}

static struct rank *ranks_of(uint32_t count)
{
    struct rank *ranks = calloc((size_t)count + 1, sizeof(*ranks));
    ENSURE(ranks != NULL); /* Without memory for a list there is none for anything. */
    return ranks;
}

static void choose_instances(const struct view *view, struct forget *forget)
{
    const struct instances *instances = &view->instances;
    struct rank *ranks = ranks_of(instances->count);
    for (uint32_t i = 0; i < instances->count; i++) {
        ranks[i].row = i;
        ranks[i].last_ns = instances->rows[i].last_seen_ns;
        ranks[i].used = instances->rows[i].twin != ROW_NONE;
    }
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        if (!view->invocations.rows[i].dead) {
            ranks[view->invocations.rows[i].instance].used = true;
        }
    }
    qsort(ranks, instances->count, sizeof(ranks[0]), compare_ranks);
    for (uint32_t i = 0; i < instances->count / 4 + 1 && i < instances->count; i++) {
        forget->instances[ranks[i].row] = false;
    }
    free(ranks);
}

/* The oldest quarter of the functions goes, with all that is of them. */
static void vacate_functions(struct view *view, struct forget *forget, bool *gone)
{
    struct functions *functions = &view->functions;
    struct rank *ranks = ranks_of(functions->count);
    uint32_t count = 0;
    for (uint32_t i = 0; i < functions->count; i++) {
        const struct function *function = &functions->rows[i];
        if (!function->vacant) {
            ranks[count++] = (struct rank){
                .last_ns = function->last_seen_ns,
                .row = i,
                .used = function->instances != ROW_NONE || function->rollups.sorted.count > 0,
            };
        }
    }
    qsort(ranks, count, sizeof(ranks[0]), compare_ranks);
    for (uint32_t i = 0; i < count / 4 + 1 && i < count; i++) {
        gone[ranks[i].row] = true;
    }
    free(ranks);
    for (uint32_t i = 0; i < view->instances.count; i++) {
        forget->instances[i] = forget->instances[i] && !gone[view->instances.rows[i].function];
    }
}

/* ---- What goes for room leaves its counts. ---- */

static void span_add(struct lost_span *span, int64_t time_ns)
{
    span->first_ns = time_ns < span->first_ns ? time_ns : span->first_ns;
    span->last_ns = time_ns > span->last_ns ? time_ns : span->last_ns;
}

void room_refuse(struct view *view, int64_t minute_ns)
{
    view->counters.refused_counts++;
    span_add(&view->counts_lost, minute_ns);
}

bool room_counts(struct view *view, const struct contribution *contribution)
{
    const struct function *function = &view->functions.rows[contribution->function];
    if (contribution->minute_ns >= view->counts_from_ns &&
        contribution->minute_ns >= function->counts_from_ns) {
        return true;
    }
    room_refuse(view, contribution->minute_ns);
    return false;
}

void room_leave(struct view *view, struct contribution *put, uint32_t segment)
{
    struct function *function = &view->functions.rows[put->function];
    rollup_line_leave(&function->rollups, put, &view->rollups, segment);
    put->present = false;
    if (put->minute_ns > function->left_ns) {
        function->left_ns = put->minute_ns;
    }
}

/* What is remembered of a request: that a stream alone has told of an attempt, or an agent of one,
 * or an agent of this one. */
enum print_kind { PRINT_STREAM, PRINT_AGENT, PRINT_ATTEMPT };

static uint64_t print_of_instance(const struct view *view, const struct instance *instance)
{
    uint64_t hash = hash_sip64(&view->instances.bulk.key, instance->name);
    return hash ^ hash_u64(instance->identity.name);
}

/* Its last bit is for the bill. */
static uint64_t print_of(const struct view *view, enum print_kind kind, uint32_t instance,
                         struct id16 request_id, uint32_t attempt)
{
    uint64_t hash = hash_sip64(&view->ids.bulk.key, slice_of(&request_id, sizeof(request_id)));
    if (kind == PRINT_ATTEMPT) {
        hash ^= hash_u64(print_of_instance(view, &view->instances.rows[instance]) + attempt);
    } else if (kind == PRINT_AGENT) {
        hash = hash_u64(hash);
    }
    return hash & ~UINT64_C(1);
}

/* Prints that were forgotten may be of anything up to the last that had been left when the next
 * ones began: what is not younger is not counted any more. */
static void print(struct view *view, uint64_t fingerprint)
{
    uint64_t turns = view->left.turns;
    bool fresh = repeats_add(&view->left, fingerprint);
    (void)fresh; /* One that is known keeps its place, or gets a newer one. */
    if (view->left.turns == turns) {
        return;
    }
    for (uint32_t i = 0; i < view->functions.count; i++) {
        struct function *function = &view->functions.rows[i];
        function->counts_from_ns = function->left_before_ns != UNKNOWN_NS
                                       ? function->left_before_ns + MINUTE_NS
                                       : UNKNOWN_NS;
        function->left_before_ns = function->left_ns;
    }
}

void room_print(struct view *view, const struct invocation *row, bool billed)
{
    uint64_t bill = billed ? 1 : 0;
    if (row->attempt_told == 0) {
        print(view, print_of(view, PRINT_STREAM, ROW_NONE, row->request_id, 0) | bill);
        return;
    }
    print(view, print_of(view, PRINT_AGENT, ROW_NONE, row->request_id, 0) | bill);
    print(view,
          print_of(view, PRINT_ATTEMPT, row->instance, row->request_id, row->attempt_told) | bill);
}

static enum room_print printed(const struct view *view, uint64_t fingerprint)
{
    if (repeats_holds(&view->left, fingerprint | 1)) {
        return ROOM_BILLED;
    }
    return repeats_holds(&view->left, fingerprint) ? ROOM_COUNTED : ROOM_UNKNOWN;
}

enum room_print room_printed(const struct view *view, uint32_t instance, struct id16 request_id,
                             uint32_t attempt)
{
    /* What a stream alone told may have been any attempt, this one as well. */
    enum print_kind kind = attempt > 0 ? PRINT_ATTEMPT : PRINT_AGENT;
    enum room_print one = printed(view, print_of(view, PRINT_STREAM, ROW_NONE, request_id, 0));
    enum room_print other = printed(view, print_of(view, kind, instance, request_id, attempt));
    return one > other ? one : other;
}

void room_print_instance(struct view *view, const struct instance *instance)
{
    print(view, print_of_instance(view, instance));
}

bool room_instance_printed(const struct view *view, const struct instance *instance)
{
    return repeats_holds(&view->left, print_of_instance(view, instance));
}

/* Of an instance that stays: the inits of invocations that go, and those before them. */
static void leave_inits(struct view *view, struct instance *instance, const bool *stay)
{
    uint32_t gone = 0;
    for (uint32_t i = 0; i < instance->init_count; i++) {
        uint32_t invocation = instance->inits[i].invocation;
        gone = invocation != ROW_NONE && !stay[invocation] ? i + 1 : gone;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->init_count; i++) {
        struct init *init = &instance->inits[i];
        if (i >= gone || (init->invocation != ROW_NONE && stay[init->invocation])) {
            instance->inits[count++] = *init;
            continue;
        }
        instance->inits_after_ns = init->start_ns;
        if (init->put.present) {
            room_leave(view, &init->put, instance->segment_last);
        }
    }
    instance->init_count = count;
}

/* What began when ids that go were first seen is not all remembered either. */
static void leave_ids(struct view *view, const struct forget *forget)
{
    for (uint32_t i = 0; i < view->ids.count; i++) {
        const struct id_row *row = &view->ids.rows[i];
        if (!forget->ids[i] && row->start_ns != UNKNOWN_NS) {
            span_add(&view->invocations_lost, row->start_ns);
        }
    }
}

static void leave_counts(struct view *view, const struct forget *forget)
{
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        struct invocation *row = &view->invocations.rows[i];
        if (forget->invocations[i] || row->dead) {
            continue;
        }
        view->counters.forgotten_full++;
        span_add(&view->invocations_lost, row->start_ns);
        if (row->put.present) {
            bool billed = row->put.billed;
            room_leave(view, &row->put, row->segment_last);
            room_print(view, row, billed);
        } else if (row->left != ROOM_UNKNOWN) {
            room_print(view, row, row->left == ROOM_BILLED);
        }
    }
    for (uint32_t i = 0; i < view->instances.count; i++) {
        struct instance *instance = &view->instances.rows[i];
        if (forget->instances[i]) {
            leave_inits(view, instance, forget->invocations);
            continue;
        }
        room_print_instance(view, instance);
        for (uint32_t k = 0; k < instance->init_count; k++) {
            if (instance->inits[k].put.present) {
                room_leave(view, &instance->inits[k].put, instance->segment_last);
            }
        }
    }
}

static bool functions_full(const struct view *view)
{
    return part_full(view->functions.count - view->functions.vacant_count, view->function_count_max,
                     15);
}

static bool instances_full(const struct view *view)
{
    return part_full(view->instances.count, view->instance_count_max, 15);
}

static void forget_rows(struct view *view, bool invocations_full)
{
    struct forget forget = forget_begin(view);
    bool *gone = calloc((size_t)view->functions.count + 1, sizeof(gone[0]));
    ENSURE(gone != NULL);
    memset(forget.instances, true, view->instances.count);
    if (functions_full(view)) {
        vacate_functions(view, &forget, gone);
    }
    if (instances_full(view)) {
        choose_instances(view, &forget);
    }
    choose_oldest(view, &forget, invocations_full);
    leave_counts(view, &forget);
    leave_ids(view, &forget);
    forget_apply(view, &forget, 0);
    forget_end(&forget);
    for (uint32_t i = 0; i < view->functions.count; i++) {
        int64_t first_ns, end_ns;
        if (gone[i] && view_rollup_range(view, i, &first_ns, &end_ns)) {
            room_refuse(view, first_ns);
            room_refuse(view, end_ns - 1);
        }
        if (gone[i]) {
            functions_vacate(&view->functions, i, &view->rollups);
            view->counters.forgotten_functions++;
        }
    }
    free(gone);
}

void room_make(struct view *view)
{
    const struct room room = {
        .invocations = view->invocations.count - view->invocations.dead_count,
        .ids = view->ids.count,
        .edges = view->ids.edge_count,
        .links = view->links.count,
    };
    bool full = room_full(view, &room, 15);
    if (full || functions_full(view) || instances_full(view)) {
        forget_rows(view, full);
    }
    rollup_room_make(view);
}
