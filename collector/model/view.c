/* SPDX-License-Identifier: Apache-2.0 */
#include "model/view.h"
#include "model/apply.h"
#include "model/derive.h"
#include "model/model_limits.h"
#include "model/place.h"
#include "model/rollups.h"
#include "model/view_private.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

struct view *view_create(const struct hash_key *key)
{
    struct view *view = calloc(1, sizeof(*view));
    if (view == NULL) {
        return NULL;
    }
    if (!text_init(&view->texts, key)) {
        goto free_view;
    }
    pthread_rwlockattr_t attributes;
    ENSURE(pthread_rwlockattr_init(&attributes) == 0);
    /* Readers come all the time; the writer must not wait for a moment without any. */
    ENSURE(pthread_rwlockattr_setkind_np(&attributes,
                                         PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP) == 0);
    ENSURE(pthread_rwlock_init(&view->lock, &attributes) == 0);
    ENSURE(pthread_rwlockattr_destroy(&attributes) == 0);
    functions_init(&view->functions, key);
    instances_init(&view->instances, key);
    invocations_init(&view->invocations, key);
    ids_init(&view->ids, key);
    links_init(&view->links, key);
    minutes_init(&view->minutes);
    repeats_init(&view->lines, REPEAT_COUNT_MAX);
    view->invocation_count_max = INVOCATION_COUNT_MAX;
    return view;

free_view:
    free(view);
    return NULL;
}

void view_free(struct view *view)
{
    if (view == NULL) {
        return;
    }
    repeats_fini(&view->lines);
    minutes_fini(&view->minutes);
    links_fini(&view->links);
    ids_fini(&view->ids);
    invocations_fini(&view->invocations);
    instances_fini(&view->instances);
    functions_fini(&view->functions);
    text_fini(&view->texts);
    free(view->touched_instances.rows);
    free(view->touched_invocations.rows);
    ENSURE(pthread_rwlock_destroy(&view->lock) == 0);
    free(view);
}

void view_limit(struct view *view, uint32_t invocation_count_max, uint32_t id_count_max)
{
    ENSURE(invocation_count_max <= INVOCATION_COUNT_MAX && id_count_max <= ID_COUNT_MAX);
    ENSURE(view->ids.count == 0);
    view->invocation_count_max = invocation_count_max;
    view->ids.count_max = id_count_max;
}

void view_read_begin(struct view *view)
{
    ENSURE(pthread_rwlock_rdlock(&view->lock) == 0);
}

void view_read_end(struct view *view)
{
    ENSURE(pthread_rwlock_unlock(&view->lock) == 0);
}

static void write_begin(struct view *view)
{
    ENSURE(pthread_rwlock_wrlock(&view->lock) == 0);
}

static void write_end(struct view *view)
{
    ENSURE(pthread_rwlock_unlock(&view->lock) == 0);
}

static void move_time(struct view *view, uint64_t now_ns)
{
    if (now_ns <= INT64_MAX && (int64_t)now_ns > view->now_ns) {
        view->now_ns = (int64_t)now_ns;
    }
}

struct id16 view_instance_id(const struct function_facts *function, struct slice instance)
{
    /* The key is fixed: this is a name, not a defence. */
    static const struct hash_key key = {{0, 0}};
    /* Account and region are not part of it: not everybody knows them. */
    const struct slice parts[] = {function->name, instance};
    struct hash_128 hash = {{0}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct {
            struct hash_128 before, part;
        } both = {hash, hash_sip128(&key, parts[i])};
        hash = hash_sip128(&key, slice_of(&both, sizeof(both)));
    }
    struct id16 id;
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

struct id16 view_minute_id(const struct function_facts *function, struct slice instance,
                           int64_t minute_ns)
{
    static const struct hash_key key = {{0, 0}};
    struct {
        struct id16 instance;
        int64_t minute_ns;
    } both = {view_instance_id(function, instance), minute_ns};
    struct hash_128 hash = hash_sip128(&key, slice_of(&both, sizeof(both)));
    struct id16 id;
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

/* ---- Forgetting. ---- */

/* Which rows stay. */
struct forget {
    bool *invocations, *instances, *ids;
    uint32_t *invocations_moved, *instances_moved, *ids_moved;
};

static void *rows_of(uint32_t count, size_t size)
{
    void *rows = calloc((size_t)count + 1, size);
    ENSURE(rows != NULL); /* Replay comes back without what is to be forgotten. */
    return rows;
}

static struct forget forget_begin(const struct view *view)
{
    return (struct forget){
        .invocations = rows_of(view->invocations.count, sizeof(bool)),
        .instances = rows_of(view->instances.count, sizeof(bool)),
        .ids = rows_of(view->ids.count, sizeof(bool)),
        .invocations_moved = rows_of(view->invocations.count, sizeof(uint32_t)),
        .instances_moved = rows_of(view->instances.count, sizeof(uint32_t)),
        .ids_moved = rows_of(view->ids.count, sizeof(uint32_t)),
    };
}

static void forget_end(struct forget *forget)
{
    free(forget->invocations);
    free(forget->instances);
    free(forget->ids);
    free(forget->invocations_moved);
    free(forget->instances_moved);
    free(forget->ids_moved);
}

static void move_pending(struct instance *instance, const struct forget *forget)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < instance->pending_count; i++) {
        struct pending moved = instance->pending[i];
        moved.id = forget->ids_moved[moved.id];
        moved.link = ROW_NONE; /* Links are renumbered; this one stays with its trace. */
        if (moved.id != ROW_NONE) {
            instance->pending[count++] = moved;
        }
    }
    instance->pending_count = count;
}

static void move_instance(struct instance *instance, const struct forget *forget)
{
    for (uint32_t i = 0; i < instance->invocation_count; i++) {
        instance->invocations[i] = forget->invocations_moved[instance->invocations[i]];
        ENSURE(instance->invocations[i] != ROW_NONE);
    }
    for (uint32_t i = 0; i < instance->init_count; i++) {
        struct init *init = &instance->inits[i];
        if (init->invocation != ROW_NONE) {
            init->invocation = forget->invocations_moved[init->invocation];
        }
    }
    move_pending(instance, forget);
}

/* Remove the rows that do not stay; links up to that segment go as well. */
static void forget_apply(struct view *view, struct forget *forget, uint32_t segment_last)
{
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        if (!forget->invocations[i] && !view->invocations.rows[i].dead) {
            derive_retract(view, i);
        }
    }
    for (uint32_t i = 0; i < view->instances.count; i++) {
        if (!forget->instances[i]) {
            derive_retract_inits(view, i);
        }
    }
    view->generation++;
    instances_compact(&view->instances, &view->functions, forget->instances,
                      forget->instances_moved);
    ids_compact(&view->ids, forget->ids, forget->ids_moved);
    invocations_compact(&view->invocations, forget->invocations, forget->invocations_moved,
                        forget->instances_moved, forget->ids_moved);
    links_compact(&view->links, &view->ids, forget->ids_moved, segment_last);
    for (uint32_t i = 0; i < view->instances.count; i++) {
        move_instance(&view->instances.rows[i], forget);
    }
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        struct id_row *request = &view->ids.rows[view->invocations.rows[i].request];
        view->invocations.rows[i].request_next = request->invocations;
        request->invocations = i;
    }
    place_all(view);
    for (uint32_t i = 0; i < view->functions.count; i++) {
        rollup_line_compact(&view->functions.rows[i].rollups, &view->rollup_count);
    }
}

void view_forget(struct view *view, uint32_t segment_last)
{
    write_begin(view);
    struct forget forget = forget_begin(view);
    for (uint32_t i = 0; i < view->invocations.count; i++) {
        const struct invocation *row = &view->invocations.rows[i];
        forget.invocations[i] = !row->dead && row->segment_last > segment_last;
    }
    for (uint32_t i = 0; i < view->instances.count; i++) {
        forget.instances[i] = view->instances.rows[i].segment_last > segment_last;
    }
    for (uint32_t i = 0; i < view->ids.count; i++) {
        forget.ids[i] = view->ids.rows[i].segment_last > segment_last;
    }
    forget_apply(view, &forget, segment_last);
    forget_end(&forget);
    write_end(view);
}

/* ---- Making room. ---- */

/* What a choice of what goes would leave. */
struct room {
    uint32_t invocations, ids, edges, links;
};

static bool part_full(uint32_t count, uint32_t count_max, uint32_t sixteenths)
{
    return count > (uint64_t)count_max * sixteenths / 16;
}

/* Whether a table is fuller than that. */
static bool room_full(const struct view *view, const struct room *room, uint32_t sixteenths)
{
    return part_full(room->invocations, view->invocation_count_max, sixteenths) ||
           part_full(room->ids, view->ids.count_max, sixteenths) ||
           part_full(room->edges, EDGE_COUNT_MAX, sixteenths) ||
           part_full(room->links, LINK_COUNT_MAX, sixteenths);
}

static uint32_t minute_weight(const struct view *view, const struct minute *minute)
{
    uint32_t weight = 0;
    for (uint32_t i = minute->invocations; i != ROW_NONE;
         i = view->invocations.rows[i].minute_next) {
        weight++;
    }
    for (uint32_t i = minute->ids; i != ROW_NONE; i = view->ids.rows[i].minute_next) {
        weight++;
    }
    return weight;
}

/* The time before which so many quarters of all invocations and ids that have a time lie. */
static int64_t oldest_before(const struct view *view, unsigned quarters)
{
    uint64_t all = 0;
    const struct minute *minute = minutes_after(&view->minutes, INT64_MIN);
    for (; minute != NULL; minute = minutes_after(&view->minutes, minute->key.time_ns)) {
        all += minute_weight(view, minute);
    }
    uint64_t gone = 0;
    minute = minutes_after(&view->minutes, INT64_MIN);
    for (; minute != NULL; minute = minutes_after(&view->minutes, minute->key.time_ns)) {
        gone += minute_weight(view, minute);
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
        forget->invocations[i] = !row->dead && row->placed_ns >= before_ns;
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

/* Make room in every table: the oldest quarter of all goes, or as many quarters as it takes, with
 * the ids that nothing needs then. */
static void forget_oldest(struct view *view)
{
    struct forget forget = forget_begin(view);
    memset(forget.instances, true, view->instances.count);
    struct room room;
    unsigned quarters = 0;
    do {
        quarters++;
        choose(view, &forget, oldest_before(view, quarters), &room);
    } while (quarters < 4 && room_full(view, &room, 12));
    view->counters.forgotten_full +=
        view->invocations.count - view->invocations.dead_count - room.invocations;
    forget_apply(view, &forget, 0);
    forget_end(&forget);
}

static void make_room(struct view *view)
{
    const struct room room = {
        .invocations = view->invocations.count - view->invocations.dead_count,
        .ids = view->ids.count,
        .edges = view->ids.edge_count,
        .links = view->links.count,
    };
    if (room_full(view, &room, 15)) {
        forget_oldest(view);
    }
}

/* ---- Taking in. ---- */

void view_apply(struct view *view, const struct view_frame *frame, const struct batch *batch)
{
    write_begin(view);
    move_time(view, frame->arrival_ns);
    make_room(view);
    apply_batch(view, frame, batch);
    derive_settle(view);
    write_end(view);
}

void view_tick(struct view *view, uint64_t now_ns)
{
    write_begin(view);
    move_time(view, now_ns);
    derive_overdue(view);
    write_end(view);
}
