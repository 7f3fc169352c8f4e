/* SPDX-License-Identifier: Apache-2.0 */
#include "query/cold.h"
#include "query/search_private.h"

/* Texts of a view that goes become the answer's. */
static bool own_texts(struct search_row *row, struct arena *arena)
{
    struct slice *functions =
        arena_alloc_array(arena, (size_t)row->function_count + 1, sizeof(functions[0]));
    if (functions == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < row->function_count; i++) {
        functions[i] = arena_dup(arena, row->functions[i]);
    }
    row->functions = functions;
    row->entry_function = arena_dup(arena, row->entry_function);
    row->entry_trigger = arena_dup(arena, row->entry_trigger);
    return !arena_overflowed(arena);
}

static bool forgotten(const struct query *query)
{
    view_read_begin(query->view);
    bool any = view_forgotten_ns(query->view) != INT64_MIN;
    view_read_end(query->view);
    return any;
}

/* The one transaction of search->id of a view of its own. */
static enum status search_cold(const struct query *query, const struct search *search,
                               struct arena *arena, struct search_answer *answer)
{
    struct cold *cold;
    enum status status = cold_create(&cold, query, search->id, NULL, arena);
    if (status == STATUS_OK) {
        status = search_view(cold_query(cold), search, arena, answer);
    }
    for (uint32_t i = 0; status == STATUS_OK && i < answer->row_count; i++) {
        answer->rows[i].complete = answer->rows[i].complete && !cold_cut(cold);
        status = own_texts(&answer->rows[i], arena) ? STATUS_OK : STATUS_FULL;
    }
    cold_free(cold);
    return status;
}

enum status search_forgotten(struct run *run, struct id16 id)
{
    struct search one = *run->search;
    struct search_answer answer = {.row_count = 0};
    one.has_id = true;
    one.id = id;
    one.limit = 1;
    one.cursor = SLICE_EMPTY;
    one.tally = NULL;
    one.deadline = run->deadline;
    if (run->search->has_id || deadline_over(&run->deadline)) {
        run->partial = run->deadline.over ? QUERY_LIMIT_TIME : run->partial;
        return STATUS_OK;
    }
    enum status status = search_cold(run->query, &one, run->arena, &answer);
    if (status == STATUS_NOT_FOUND) {
        return STATUS_OK;
    }
    for (uint32_t i = 0; status == STATUS_OK && i < answer.row_count; i++) {
        struct search_row *row = &answer.rows[i];
        if (search_see(run, SEEN_TRANSACTION, row->id) && search_row_in_range(run, row)) {
            search_row_keep(run, row);
        }
    }
    return status;
}

/* The id that all of a query depends on. */
static bool needed_id(const struct search_expr *expr, struct id16 *id)
{
    struct search_atoms atoms;
    search_atoms_make(expr, &atoms);
    for (uint32_t i = 0; i < atoms.count; i++) {
        const struct search_term *term = expr->nodes[atoms.items[i].node].term;
        if (atoms.items[i].needed && term != NULL && term->test == SEARCH_TEST_ID) {
            *id = term->id;
            return true;
        }
    }
    return false;
}

enum status search_run(const struct query *query, const struct search *search, struct arena *arena,
                       struct search_answer *answer)
{
    struct search with = *search;
    with.has_id = needed_id(search->expr, &with.id);
    with.by_name = with.has_id;
    enum status status = STATUS_NOT_FOUND;
    if (with.has_id && forgotten(query)) {
        status = search_cold(query, &with, arena, answer);
    }
    return status == STATUS_NOT_FOUND ? search_view(query, &with, arena, answer) : status;
}
