/* SPDX-License-Identifier: Apache-2.0 */
#include "query/cold.h"
#include "query/excerpt.h"
#include "query/query_limits.h"
#include "query/sweep.h"

#include "base/map.h"
#include "model/rows.h"

#include <stdlib.h>
#include <string.h>

/*
 * A span of time is read in pieces, the newest first, each into a partial view of its own.  An
 * invocation that a piece has all of is visited; any other that it has something of is looked up by
 * its request id (cold.h), once, and visited then.
 */

struct ids {
    struct id16 *rows;
    uint32_t count, capacity;
    struct map map;
};

struct pieces {
    const struct query *query;
    const struct sweep *sweep;
    struct arena *arena;
    struct view *view; /* Of this piece, */
    struct query_range range;
    uint64_t records;  /* Of all pieces. */
    uint64_t end_ns;   /* When it has taken too long. */
    struct ids looked; /* Those looked up, from `fresh` on by this piece. */
    uint32_t fresh;
    bool cut;
    const char *partial;
};

/* ---- Requests. ---- */

struct id_lookup {
    const struct ids *ids;
    struct id16 id;
};

static bool id_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->ids->rows[row], &lookup->id, sizeof(lookup->id)) == 0;
}

static uint64_t id_hash(const struct pieces *pieces, struct id16 id)
{
    return hash_sip64(&pieces->query->key, slice_of(id.bytes, sizeof(id.bytes)));
}

static bool is_looked_up(const struct pieces *pieces, struct id16 id)
{
    const struct id_lookup lookup = {&pieces->looked, id};
    uint32_t row;
    return map_find(&pieces->looked.map, id_hash(pieces, id), id_is, &lookup, &row);
}

static void look_up(struct pieces *pieces, struct id16 id)
{
    struct ids *looked = &pieces->looked;
    void *rows = looked->rows;
    bool fits = rows_reserve(&rows, &looked->capacity, (uint64_t)looked->count + 1,
                             EXCERPT_LOOK_COUNT_MAX, sizeof(looked->rows[0]));
    looked->rows = rows;
    if (!fits || map_insert(&looked->map, id_hash(pieces, id), looked->count) != STATUS_OK) {
        pieces->cut = true;
        return;
    }
    looked->rows[looked->count++] = id;
}

/* ---- Invocations. ---- */

static void visit(const struct pieces *pieces, const struct view *view,
                  const struct invocation_facts *facts)
{
    const struct query_range *range = &pieces->sweep->range;
    if (facts->start_ns >= range->from_ns && facts->start_ns < range->to_ns) {
        struct function_facts function;
        view_function(view, facts->function, &function);
        pieces->sweep->visit(pieces->sweep->context, facts, &function);
    }
}

typedef void piece_visit(struct pieces *pieces, const struct invocation_facts *facts);

static void each_of_piece(struct pieces *pieces, piece_visit *visit_one)
{
    struct view_walk walk;
    int64_t minute_ns;
    view_walk_init(&walk, 0, INT64_MAX);
    while (view_walk_minute(pieces->view, &walk, &minute_ns)) {
        for (uint32_t row; (row = view_walk_invocation(pieces->view, &walk)) != ROW_NONE;) {
            struct invocation_facts facts;
            view_invocation(pieces->view, row, &facts);
            if (!is_looked_up(pieces, facts.request_id)) {
                visit_one(pieces, &facts);
            }
        }
    }
}

/* A request of which one attempt is not whole is looked up with all its attempts. */
static void look_up_if_cut(struct pieces *pieces, const struct invocation_facts *facts)
{
    if (!excerpt_has_all(pieces->range, facts)) {
        look_up(pieces, facts->request_id);
    }
}

static void visit_whole(struct pieces *pieces, const struct invocation_facts *facts)
{
    visit(pieces, pieces->view, facts);
}

static void visit_requests(const struct pieces *pieces, const struct view *view,
                           const struct id16 *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t rows[COLD_ATTEMPT_COUNT_MAX];
        uint32_t found = view_attempts(view, ids[i], rows, COLD_ATTEMPT_COUNT_MAX);
        for (uint32_t k = 0; k < found && k < COLD_ATTEMPT_COUNT_MAX; k++) {
            struct invocation_facts facts;
            view_invocation(view, rows[k], &facts);
            if (facts.start_ns < pieces->range.to_ns) { /* Else a piece before had it. */
                visit(pieces, view, &facts);
            }
        }
    }
}

static enum status visit_looked_up(struct pieces *pieces)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK && pieces->fresh < pieces->looked.count) {
        const struct id16 *ids = &pieces->looked.rows[pieces->fresh];
        uint32_t left = pieces->looked.count - pieces->fresh;
        uint32_t count = left < EXCERPT_LOOK_COUNT ? left : EXCERPT_LOOK_COUNT;
        struct cold *cold;
        size_t mark = arena_mark(pieces->arena);
        status = cold_create_requests(&cold, pieces->query, ids, count, pieces->arena);
        arena_rewind(pieces->arena, mark);
        pieces->fresh += count;
        if (status == STATUS_OK) {
            struct view *view = cold_query(cold)->view;
            pieces->cut = pieces->cut || cold_cut(cold);
            view_read_begin(view);
            visit_requests(pieces, view, ids, count);
            view_read_end(view);
            cold_free(cold);
        } else if (status == STATUS_NOT_FOUND) {
            status = STATUS_OK; /* Retention took them meanwhile. */
        }
    }
    return status;
}

/* ---- Pieces. ---- */

static enum status read_piece(struct pieces *pieces)
{
    pieces->view = view_create(&pieces->query->key);
    if (pieces->view == NULL) {
        return STATUS_FULL;
    }
    view_partial(pieces->view);
    uint64_t records;
    const struct query_range rest = {pieces->sweep->range.from_ns, pieces->range.to_ns};
    enum status status = excerpt_scan(pieces->query, rest, EXCERPT_RECORD_COUNT, pieces->view,
                                      &pieces->range.from_ns, &records);
    pieces->records += records;
    if (status == STATUS_IO) {
        pieces->partial = "some records could not be read";
        status = STATUS_OK;
    }
    if (status == STATUS_OK) {
        view_tick(pieces->view, query_now_ns(pieces->query));
        view_read_begin(pieces->view);
        pieces->cut = pieces->cut || view_forgotten_ns(pieces->view) != INT64_MIN;
        each_of_piece(pieces, look_up_if_cut);
        each_of_piece(pieces, visit_whole);
        view_read_end(pieces->view);
    }
    view_free(pieces->view);
    return status == STATUS_OK ? visit_looked_up(pieces) : status;
}

/* Whether there may be another piece. */
static bool goes_on(struct pieces *pieces)
{
    const struct sweep *sweep = pieces->sweep;
    if (sweep->stop != NULL && sweep->stop(sweep->context, pieces->range.to_ns)) {
        return false;
    }
    if (pieces->records >= SWEEP_RECORD_COUNT_MAX) {
        pieces->partial = "there are more records on the disk than are looked at: older ones are "
                          "left out";
        return false;
    }
    if (pieces->query->clock != NULL && pieces->query->clock() >= pieces->end_ns) {
        pieces->partial = "reading from the disk took too long: older invocations are left out";
        return false;
    }
    return true;
}

enum status sweep_store(const struct query *query, const struct sweep *sweep, struct arena *arena,
                        const char **partial)
{
    struct pieces pieces = {
        .query = query,
        .sweep = sweep,
        .arena = arena,
        .range = sweep->range,
        .end_ns = query->clock != NULL ? query->clock() + SWEEP_NS_MAX : 0,
    };
    map_init_growing(&pieces.looked.map, EXCERPT_LOOK_COUNT_MAX);
    int64_t from_ns = sweep->range.from_ns > 0 ? sweep->range.from_ns : 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && pieces.range.to_ns > from_ns && goes_on(&pieces)) {
        status = read_piece(&pieces);
        pieces.range.to_ns = pieces.range.from_ns;
    }
    map_fini(&pieces.looked.map);
    free(pieces.looked.rows);
    if (status == STATUS_CLOSED || status == STATUS_NOT_FOUND) {
        pieces.cut = true;
        status = STATUS_OK;
    }
    if (pieces.cut && pieces.partial == NULL) {
        pieces.partial = "too much happened at once to be looked at: some invocations are left out";
    }
    *partial = pieces.partial;
    return status;
}
