/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search.h"
#include "query/query_limits.h"
#include "query/search_private.h"

#include "base/ensure.h"
#include "model/rows.h"

#include <stdlib.h>
#include <string.h>

/* ---- Seen ids. ---- */

struct seen_lookup {
    const struct run *run;
    struct seen_id seen;
};

static bool seen_is(const void *context, uint32_t row)
{
    const struct seen_lookup *lookup = context;
    const struct seen_id *seen = &lookup->run->seen_rows[row];
    return seen->kind == lookup->seen.kind &&
           memcmp(&seen->id, &lookup->seen.id, sizeof(seen->id)) == 0;
}

static uint64_t seen_hash(const struct run *run, const struct id16 *id)
{
    return hash_sip64(&run->query->key, slice_of(id->bytes, sizeof(id->bytes)));
}

bool search_was_seen(const struct run *run, enum seen_kind kind, struct id16 id)
{
    struct seen_lookup lookup = {run, {id, kind}};
    uint32_t row;
    return map_find(&run->seen, seen_hash(run, &id), seen_is, &lookup, &row);
}

/* See an id: false when it was seen before. */
bool search_see(struct run *run, enum seen_kind kind, struct id16 id)
{
    if (search_was_seen(run, kind, id)) {
        return false;
    }
    void *rows = run->seen_rows;
    bool fits = rows_reserve(&rows, &run->seen_capacity, (uint64_t)run->seen_count + 1,
                             UINT32_MAX - 1, sizeof(run->seen_rows[0]));
    run->seen_rows = rows;
    if (fits && map_insert(&run->seen, seen_hash(run, &id), run->seen_count) == STATUS_OK) {
        run->seen_rows[run->seen_count++] = (struct seen_id){id, kind};
    } else {
        run->partial = QUERY_LIMIT_ROWS;
    }
    return true;
}

/* ---- The walk. ---- */

/* What a look-up found need not be looked for again from its other ids.  Of a transaction that
 * serves several, the groups behind it are left: they stand in those of their other senders. */
static void see_members(struct run *run, const struct members *members, bool all)
{
    for (uint32_t i = 0; i < members->invocation_count; i++) {
        if (all || members->invocations[i].group == 0) {
            struct invocation_facts facts;
            view_invocation(run->query->view, members->invocations[i].row, &facts);
            search_see(run, SEEN_REQUEST, facts.request_id);
        }
    }
    for (uint32_t i = 0; members->cut && i < members->id_count; i++) {
        if (members->ids[i].group == 0 && members->ids[i].trace) {
            search_see(run, SEEN_CUT, members->ids[i].id);
        }
    }
}

bool search_take_id(struct run *run, struct id16 id, bool *known)
{
    struct members members;
    arena_reset(&run->scratch);
    *known = members_find(run->query->view, run->work, id, &run->scratch, &members);
    if (!*known) {
        *known = arena_overflowed(&run->scratch);
        return !*known;
    }
    bool serves = members.groups[0].served > 0;
    see_members(run, &members, !serves);
    if (!run->search->has_id && serves) {
        return true; /* A batch that serves several: it stands in the transactions of its senders.
                      */
    }
    return !search_see(run, SEEN_TRANSACTION, members.id) || search_row_take(run, &members);
}

/* A trace without invocations. */
static bool take_trace(struct run *run, uint32_t row)
{
    const struct view *view = run->query->view;
    struct members members;
    if (!search_see(run, SEEN_SENDER, members_transaction_row(view, run->work, row))) {
        return true;
    }
    arena_reset(&run->scratch);
    if (!members_find_row(view, run->work, row, &run->scratch, &members)) {
        return false;
    }
    return members.invocation_count > 0 || members.spans + members.logs == 0 ||
           !search_see(run, SEEN_TRANSACTION, members.id) || search_row_take(run, &members);
}

/* Whether the look-ups since the view was taken were enough; those of all may be too many. */
bool search_walked_enough(struct run *run)
{
    uint64_t steps = members_work_steps(run->work);
    if (steps > ANSWER_STEP_COUNT) {
        run->partial = QUERY_LIMIT_ROWS;
    }
    return run->partial != QUERY_LIMIT_NONE || steps - run->steps_held > HOLD_STEP_COUNT;
}

/* What of a minute was not taken yet.  Not *done when the view is to be given back first: then the
 * same minute again, where what was seen costs little. */
static bool take_minute(struct run *run, struct view_walk *walk, bool *done)
{
    const struct view *view = run->query->view;
    uint32_t count = 0;
    *done = false;
    for (uint32_t row; (row = view_walk_invocation(view, walk)) != ROW_NONE; count++) {
        struct invocation_facts facts;
        view_invocation(view, row, &facts);
        if (search_was_seen(run, SEEN_REQUEST, facts.request_id) ||
            search_was_seen(run, SEEN_CUT, facts.trace_id)) {
            continue;
        }
        if (search_walked_enough(run)) {
            return true;
        }
        search_see(run, SEEN_REQUEST, facts.request_id);
        bool known;
        if (!search_take_id(run, facts.request_id, &known)) {
            return false;
        }
    }
    for (uint32_t row; (row = view_walk_id(view, walk)) != ROW_NONE; count++) {
        if (search_was_seen(run, SEEN_TRACE, view_id(view, row))) {
            continue;
        }
        if (search_walked_enough(run)) {
            return true;
        }
        search_see(run, SEEN_TRACE, view_id(view, row));
        if (!take_trace(run, row)) {
            return false;
        }
    }
    *done = true;
    run->scanned += count;
    run->held += count;
    return true;
}

bool search_enough(const struct run *run, int64_t time_ns)
{
    if (run->search->order != SEARCH_BY_START || run->search->tally != NULL) {
        return false;
    }
    uint32_t later = 0;
    for (uint32_t i = 0; i < run->row_count && later <= run->search->limit; i++) {
        later += run->rows[i].start_ns >= time_ns ? 1 : 0;
    }
    return later > run->search->limit;
}

/* Those that wait may be rows, too: the store is asked before more are looked for. */
static bool many_wait(const struct run *run)
{
    return run->waiting_count > run->search->limit;
}

/* Walk minutes while the view is held, from *to_ns, which moves back with them.  *more when there
 * is something left. */
static bool walk_held(struct run *run, int64_t *to_ns, bool *more)
{
    struct view_walk walk;
    int64_t minute_ns = 0;
    run->held = 0;
    run->steps_held = members_work_steps(run->work);
    view_walk_init(&walk, run->search->range.from_ns, *to_ns);
    while (run->held < HOLD_INVOCATION_COUNT) {
        *more = view_walk_minute(run->query->view, &walk, &minute_ns);
        if (!*more) {
            return true;
        }
        bool done;
        if (!take_minute(run, &walk, &done)) {
            return false;
        }
        *to_ns = done ? minute_ns : minute_ns + 1;
        if (!done) {
            return true;
        }
        if (run->scanned > SEARCH_INVOCATION_COUNT_MAX) {
            run->partial = QUERY_LIMIT_ROWS;
            return true;
        }
        if (search_enough(run, minute_ns)) {
            *more = false;
            return true;
        }
        if (many_wait(run)) {
            return true;
        }
    }
    return true;
}

/* From the page before, or from the end of the span, back. */
static int64_t begin_ns(const struct run *run)
{
    int64_t to_ns = run->search->range.to_ns;
    bool behind = run->has_before && run->search->order == SEARCH_BY_START;
    return behind && run->before_ns < to_ns - 1 ? run->before_ns + 1 : to_ns;
}

static enum status walk_range(struct run *run, int64_t *to_ns)
{
    struct view *view = run->query->view;
    bool more = true;
    enum status status = STATUS_OK;
    while (more && status == STATUS_OK && run->partial == QUERY_LIMIT_NONE) {
        view_read_begin(view);
        status = walk_held(run, to_ns, &more) ? STATUS_OK : STATUS_FULL;
        view_read_end(view);
        if (status == STATUS_OK) {
            status = search_drive_waiting(run);
        }
        if (deadline_over(&run->deadline)) {
            run->partial = QUERY_LIMIT_TIME;
        }
        more = more && !search_enough(run, *to_ns);
    }
    return status;
}

/* What began up to then the view may not have. */
static int64_t forgotten_ns(const struct run *run)
{
    view_read_begin(run->query->view);
    int64_t time_ns = view_forgotten_ns(run->query->view);
    view_read_end(run->query->view);
    return time_ns;
}

/* Behind what the view has, what the store has. */
static enum status walk_all(struct run *run)
{
    int64_t to_ns = begin_ns(run);
    int64_t horizon_ns = forgotten_ns(run);
    enum status status = walk_range(run, &to_ns);
    bool older = horizon_ns != INT64_MIN && horizon_ns >= run->search->range.from_ns;
    if (status != STATUS_OK || run->partial != QUERY_LIMIT_NONE || !older ||
        search_enough(run, horizon_ns)) {
        return status;
    }
    int64_t before_ns = begin_ns(run);
    return search_drive(run, NULL, horizon_ns + 1 < before_ns ? horizon_ns + 1 : before_ns);
}

static enum status by_id(struct run *run)
{
    bool known;
    view_read_begin(run->query->view);
    bool good = search_take_id(run, run->search->id, &known);
    view_read_end(run->query->view);
    return good ? search_drive_waiting(run) : STATUS_FULL;
}

/* An atom of spans and lines that all of the query depends on leads to transactions. */
static const struct search_atom *leading_atom(const struct search_atoms *atoms)
{
    for (uint32_t i = 0; i < atoms->count; i++) {
        if (atoms->items[i].needed && !atoms->items[i].facts) {
            return &atoms->items[i];
        }
    }
    return NULL;
}

static enum status look(struct run *run)
{
    const struct search_atom *atom = leading_atom(&run->atoms);
    run->hold = store_hold(run->query->store);
    if (run->hold == NULL) {
        return STATUS_FULL;
    }
    if (run->search->has_id) {
        return by_id(run);
    }
    return atom != NULL ? search_drive(run, atom, begin_ns(run)) : walk_all(run);
}

static bool run_init(struct run *run)
{
    void *memory = malloc(SCRATCH_SIZE); /* Of which only what is used is touched. */
    run->work = members_work_create();
    if (memory == NULL || run->work == NULL) {
        free(memory);
        return false;
    }
    arena_init(&run->scratch, memory, SCRATCH_SIZE);
    members_work_list(run->work);
    search_atoms_make(run->search->expr, &run->atoms);
    return true;
}

static void run_fini(struct run *run)
{
    store_release(run->hold);
    members_work_free(run->work);
    map_fini(&run->seen);
    free(run->scratch.base);
    free(run->seen_rows);
    free(run->waiting);
    free(run->rows);
}

enum status search_view(const struct query *query, const struct search *search, struct arena *arena,
                        struct search_answer *answer)
{
    ENSURE(search->limit >= 1 && search->limit <= SEARCH_LIMIT_MAX);
    struct run run = {
        .query = query, .search = search, .arena = arena, .deadline = search->deadline};
    *answer = (struct search_answer){.next_cursor = SLICE_EMPTY};
    uint64_t skip;
    if (!search_page_cursor(&run, &skip)) {
        return STATUS_BAD;
    }
    map_init_growing(&run.seen, UINT32_MAX);
    enum status status = run_init(&run) ? look(&run) : STATUS_FULL;
    if (status == STATUS_OK) {
        search_page_cut(&run, skip, answer);
        status = answer->rows != NULL ? STATUS_OK : STATUS_FULL;
    }
    run_fini(&run);
    return status;
}
