/* SPDX-License-Identifier: Apache-2.0 */
#include "query/cold.h"
#include "query/search.h"

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

enum status search_run(const struct query *query, const struct search *search, struct arena *arena,
                       struct search_answer *answer)
{
    struct cold *cold = NULL;
    enum status status = STATUS_NOT_FOUND;
    if (search->words.has_id && forgotten(query)) {
        status = cold_create(&cold, query, search->words.id, arena);
    }
    if (status == STATUS_NOT_FOUND) {
        return search_view(query, search, arena, answer);
    }
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
