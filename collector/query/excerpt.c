/* SPDX-License-Identifier: Apache-2.0 */
#include "query/excerpt.h"
#include "query/cold.h"
#include "query/query_limits.h"

#include "model/rows.h"

#include <stdlib.h>
#include <string.h>

/* A hold that turns out too old is taken anew so often. */
#define HOLD_TRIES 3

/* ---- Records. ---- */

struct taking {
    struct view *view;
    uint64_t records, records_max;
};

static bool take(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct taking *taking = context;
    const struct view_frame frame = {.segment = 1, .arrival_ns = arrival_ns};
    taking->records += batch->span_count + batch->log_count;
    if (taking->records > taking->records_max) {
        return false;
    }
    view_apply(taking->view, &frame, batch);
    return true;
}

enum status excerpt_scan(const struct query *query, struct query_range range, uint64_t records_max,
                         struct view *view, int64_t *reached_ns, uint64_t *records)
{
    const struct store_span span = {
        .from_ns = range.from_ns > 0 ? (uint64_t)range.from_ns : 0,
        .to_ns = range.to_ns > 0 ? (uint64_t)range.to_ns : 0,
        .records_max = records_max,
    };
    struct taking taking = {.view = view, .records_max = records_max * EXCERPT_TIMES_MAX};
    uint64_t begin_ns = span.to_ns;
    enum status status = STATUS_NOT_FOUND;
    for (unsigned i = 0; i < HOLD_TRIES && status == STATUS_NOT_FOUND; i++) {
        struct store_hold *hold = store_hold(query->store);
        if (hold == NULL) {
            return STATUS_FULL;
        }
        status = store_scan(hold, span, take, &taking, &begin_ns);
        store_release(hold);
    }
    *reached_ns = (int64_t)begin_ns;
    *records = taking.records;
    return status;
}

bool excerpt_has_all(struct query_range range, const struct invocation_facts *facts)
{
    int64_t last_ns = facts->end_line_ns > facts->end_ns ? facts->end_line_ns : facts->end_ns;
    if (!facts->started || last_ns == UNKNOWN_NS || facts->outcome == OUTCOME_RUNNING ||
        facts->outcome == OUTCOME_END_UNKNOWN) {
        return false;
    }
    if (facts->post_handler_ns > 0) {
        last_ns += facts->post_handler_ns;
    }
    int64_t first_ns = facts->placed_ns < facts->start_ns ? facts->placed_ns : facts->start_ns;
    return first_ns - EXCERPT_EDGE_NS >= range.from_ns && last_ns + EXCERPT_EDGE_NS < range.to_ns;
}

/* ---- Excerpts. ---- */

struct excerpt {
    struct query query;
    struct query_range range; /* That it is of. */
    bool cut;
};

struct requests {
    struct id16 *rows;
    uint32_t count, capacity;
};

/* The requests that it has not all of.  Holding its view. */
static bool find_incomplete(const struct excerpt *excerpt, struct requests *requests)
{
    const struct view *view = excerpt->query.view;
    struct view_walk walk;
    int64_t minute_ns;
    view_walk_init(&walk, 0, INT64_MAX);
    while (view_walk_minute(view, &walk, &minute_ns)) {
        for (uint32_t row; (row = view_walk_invocation(view, &walk)) != ROW_NONE;) {
            struct invocation_facts facts;
            view_invocation(view, row, &facts);
            if (excerpt_has_all(excerpt->range, &facts)) {
                continue;
            }
            void *rows = requests->rows;
            bool fits = rows_reserve(&rows, &requests->capacity, (uint64_t)requests->count + 1,
                                     EXCERPT_LOOK_COUNT_MAX, sizeof(requests->rows[0]));
            requests->rows = rows;
            if (!fits) {
                return false;
            }
            requests->rows[requests->count++] = facts.request_id;
        }
    }
    return true;
}

static enum status complete(struct excerpt *excerpt, struct arena *arena)
{
    struct requests requests = {.rows = NULL};
    view_read_begin(excerpt->query.view);
    bool all = find_incomplete(excerpt, &requests);
    view_read_end(excerpt->query.view);
    excerpt->cut = excerpt->cut || !all;
    enum status status = STATUS_OK;
    for (uint32_t i = 0; status == STATUS_OK && i < requests.count; i += EXCERPT_LOOK_COUNT) {
        uint32_t left = requests.count - i;
        size_t mark = arena_mark(arena);
        status = cold_add_requests(&excerpt->query, &requests.rows[i],
                                   left < EXCERPT_LOOK_COUNT ? left : EXCERPT_LOOK_COUNT, arena,
                                   &excerpt->cut);
        arena_rewind(arena, mark);
        status = status == STATUS_NOT_FOUND ? STATUS_OK : status; /* Retention took them. */
    }
    free(requests.rows);
    return status;
}

static enum status fill(struct excerpt *excerpt, const struct query *query, uint64_t records_max,
                        struct arena *arena)
{
    int64_t reached_ns;
    uint64_t records;
    view_partial(excerpt->query.view);
    enum status status = excerpt_scan(query, excerpt->range, records_max, excerpt->query.view,
                                      &reached_ns, &records);
    if (status == STATUS_IO || status == STATUS_CLOSED || status == STATUS_NOT_FOUND) {
        excerpt->cut = true;
        status = STATUS_OK;
    }
    excerpt->cut = excerpt->cut || reached_ns > excerpt->range.from_ns;
    excerpt->range.from_ns = reached_ns;
    view_tick(excerpt->query.view, query_now_ns(query));
    status = status == STATUS_OK ? complete(excerpt, arena) : status;
    excerpt->cut = excerpt->cut || query_forgotten(&excerpt->query);
    return status;
}

enum status excerpt_create(struct excerpt **excerpt, const struct query *query,
                           struct query_range range, uint64_t records_max, struct arena *arena)
{
    struct excerpt *made = calloc(1, sizeof(*made));
    *excerpt = made;
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->query = *query;
    made->query.view = view_create(&query->key);
    made->range = range;
    made->range.from_ns = range.from_ns > 0 ? range.from_ns : 0;
    enum status status =
        made->query.view != NULL ? fill(made, query, records_max, arena) : STATUS_FULL;
    if (status != STATUS_OK) {
        excerpt_free(made);
        *excerpt = NULL;
    }
    return status;
}

void excerpt_free(struct excerpt *excerpt)
{
    if (excerpt != NULL) {
        view_free(excerpt->query.view);
        free(excerpt);
    }
}

const struct query *excerpt_query(const struct excerpt *excerpt)
{
    return &excerpt->query;
}

int64_t excerpt_from_ns(const struct excerpt *excerpt)
{
    return excerpt->range.from_ns;
}

bool excerpt_cut(const struct excerpt *excerpt)
{
    return excerpt->cut;
}
