/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search_private.h"
#include "query/query_limits.h"

#include "model/rollups.h"
#include "model/rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What is gathered of the invocations of a transaction. */
struct gather {
    struct search_row *row;
    struct slice functions[ROW_FUNCTION_COUNT_MAX];
    int64_t first_ns;    /* Start of the first of the first group: the row's place. */
    uint32_t *instances; /* Rows, to count different ones. */
    struct search_known known;
};

static void add_function(struct gather *gather, struct slice name)
{
    struct search_row *row = gather->row;
    for (uint32_t i = 0; i < row->function_count; i++) {
        if (slice_equal(gather->functions[i], name)) {
            return;
        }
    }
    if (row->function_count < ROW_FUNCTION_COUNT_MAX) {
        gather->functions[row->function_count++] = name;
    }
}

static int compare_u32(const void *one, const void *other)
{
    uint32_t a, b;
    memcpy(&a, one, sizeof(a));
    memcpy(&b, other, sizeof(b));
    return a < b ? -1 : a > b;
}

static uint32_t distinct(uint32_t *values, uint32_t count)
{
    uint32_t different = 0;
    if (count > 0) {
        qsort(values, count, sizeof(values[0]), compare_u32);
    }
    for (uint32_t i = 0; i < count; i++) {
        different += i == 0 || values[i] != values[i - 1] ? 1 : 0;
    }
    return different;
}

static double dollars(const struct cost *cost)
{
    return cost_known(cost) ? money_to_double(cost->amount) : (double)NAN;
}

static void meet_invocation(const struct run *run, struct gather *gather,
                            const struct invocation_facts *facts,
                            const struct function_facts *function, const struct cost *cost)
{
    struct instance_facts instance;
    view_instance(run->query->view, facts->instance, &instance);
    const struct search_invocation invocation = {facts, function, instance.name, dollars(cost)};
    const struct search_record record = {.invocation = &invocation};
    search_atoms_meet(run->search->expr, &run->atoms, true, &record, &gather->known);
}

/* A transaction without invocations is asked as the one span that it looks like. */
static void meet_trace(const struct run *run, struct gather *gather, const struct members *members)
{
    const struct resource resource = {.service = members->service};
    const struct search_row *row = gather->row;
    const struct span span = {
        .resource = &resource,
        .trace_id = members->id,
        .start_ns = (uint64_t)row->start_ns,
        .end_ns = (uint64_t)row->end_ns,
        .status = row->errors > 0 ? SPAN_STATUS_ERROR : SPAN_STATUS_UNSET,
    };
    const struct search_record record = {.span = &span};
    search_atoms_meet(run->search->expr, &run->atoms, true, &record, &gather->known);
}

static void gather_invocation(struct run *run, struct gather *gather, const struct members *members,
                              uint32_t index)
{
    const struct view *view = run->query->view;
    const struct member_invocation *member = &members->invocations[index];
    const struct member_group *group = &members->groups[member->group];
    struct search_row *row = gather->row;
    struct invocation_facts facts;
    struct function_facts function;
    view_invocation(view, member->row, &facts);
    view_function(view, facts.function, &function);
    bool failed = facts.outcome == OUTCOME_ERROR || facts.outcome == OUTCOME_TIMEOUT;
    gather->instances[index] = facts.instance;
    row->cold += facts.cold;
    row->errors += failed;
    row->timeouts += facts.outcome == OUTCOME_TIMEOUT;
    row->complete = row->complete && facts.billed_ms != UNKNOWN_INT &&
                    facts.outcome != OUTCOME_RUNNING && facts.outcome != OUTCOME_END_UNKNOWN;
    struct cost cost = query_cost(run->query->prices, &facts, &function);
    meet_invocation(run, gather, &facts, &function, &cost);
    cost = cost_share(&cost, group->share, group->share_of);
    cost_add(&row->cost, &cost);
    int64_t end_ns = facts.end_ns != UNKNOWN_NS ? facts.end_ns : facts.start_ns;
    row->end_ns = end_ns > row->end_ns ? end_ns : row->end_ns;
    if (member->group == 0 && (!row->has_entry || facts.placed_ns < gather->first_ns)) {
        gather->first_ns = facts.placed_ns;
        row->has_entry = true;
        row->entry_function = function.name;
        row->entry_trigger = facts.trigger;
        row->entry_request = facts.request_id;
        row->wait_ns = facts.wait_ns;
    }
}

/* Names in the order of first appearance would need all of them sorted by time; the first function
 * comes first, the others by name. */
static bool fill_functions(struct run *run, struct gather *gather, const struct members *members)
{
    struct search_row *row = gather->row;
    if (row->has_entry) {
        add_function(gather, row->entry_function);
    } else if (members->service.size > 0) {
        add_function(gather, members->service);
    }
    for (uint32_t i = 0; i < members->invocation_count; i++) {
        struct invocation_facts facts;
        struct function_facts function;
        view_invocation(run->query->view, members->invocations[i].row, &facts);
        view_function(run->query->view, facts.function, &function);
        add_function(gather, function.name);
    }
    for (uint32_t i = 2; i < row->function_count; i++) {
        for (uint32_t k = i;
             k > 1 && slice_compare(gather->functions[k - 1], gather->functions[k]) > 0; k--) {
            struct slice swap = gather->functions[k];
            gather->functions[k] = gather->functions[k - 1];
            gather->functions[k - 1] = swap;
        }
    }
    struct slice *functions =
        arena_alloc_array(run->arena, (size_t)row->function_count + 1, sizeof(functions[0]));
    if (functions == NULL) {
        return false;
    }
    memcpy(functions, gather->functions, row->function_count * sizeof(functions[0]));
    row->functions = functions;
    return true;
}

static bool fill_trace_ids(struct run *run, struct search_row *row, const struct members *members)
{
    struct id16 ids[ROW_TRACE_ID_COUNT_MAX];
    for (uint32_t i = 0; i < members->id_count && row->trace_id_count < ROW_TRACE_ID_COUNT_MAX;
         i++) {
        if (members->ids[i].trace) {
            ids[row->trace_id_count++] = members->ids[i].id;
        }
    }
    struct id16 *copy =
        arena_alloc_array(run->arena, (size_t)row->trace_id_count + 1, sizeof(copy[0]));
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, ids, row->trace_id_count * sizeof(ids[0]));
    row->trace_ids = copy;
    return true;
}

/* What is known of the query once the invocations were asked. */
static enum search_truth known_of(const struct run *run, struct gather *gather)
{
    const struct search *search = run->search;
    for (uint32_t i = 0; i < run->atoms.count; i++) {
        const struct search_atom *atom = &run->atoms.items[i];
        const struct search_term *term = search->expr->nodes[atom->node].term;
        bool by_id = search->has_id && term != NULL && term->test == SEARCH_TEST_ID &&
                     memcmp(&term->id, &search->id, sizeof(term->id)) == 0;
        uint8_t *truth = &gather->known.truths[i];
        if (by_id) {
            *truth = SEARCH_YES;
        } else if (!atom->facts && *truth != SEARCH_YES) {
            *truth = SEARCH_UNKNOWN;
        }
    }
    return search_atoms_truth(search->expr, &run->atoms, &gather->known);
}

bool search_row_in_range(const struct run *run, const struct search_row *row)
{
    const struct query_range *range = &run->search->range;
    if (run->search->has_id) {
        return true;
    }
    if (row->start_ns < range->from_ns || row->start_ns >= range->to_ns) {
        return false;
    }
    if (!run->has_before || run->search->order != SEARCH_BY_START) {
        return true;
    }
    return row->start_ns < run->before_ns ||
           (row->start_ns == run->before_ns &&
            memcmp(&row->id, &run->before_id, sizeof(row->id)) < 0);
}

void search_row_keep(struct run *run, const struct search_row *row)
{
    void *rows = run->rows;
    bool fits = rows_reserve(&rows, &run->row_capacity, (uint64_t)run->row_count + 1,
                             SEARCH_TRANSACTION_COUNT_MAX, sizeof(run->rows[0]));
    run->rows = rows;
    if (fits) {
        run->rows[run->row_count++] = *row;
    } else {
        run->partial = QUERY_LIMIT_ROWS;
    }
}

/* The ids by which its spans and lines are found. */
static bool list_ids(struct run *run, const struct members *members, struct waiting_row *waiting)
{
    size_t most = (size_t)members->id_count + members->invocation_count;
    most = most < SEARCH_ID_COUNT_MAX ? most : SEARCH_ID_COUNT_MAX;
    struct id16 *ids = arena_alloc_array(run->arena, most + 1, sizeof(ids[0]));
    if (ids == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < members->id_count && waiting->id_count < most; i++) {
        ids[waiting->id_count++] = members->ids[i].id;
    }
    for (uint32_t i = 0; i < members->invocation_count && waiting->id_count < most; i++) {
        struct invocation_facts facts;
        view_invocation(run->query->view, members->invocations[i].row, &facts);
        ids[waiting->id_count++] = facts.request_id;
    }
    waiting->ids = ids;
    return true;
}

static bool let_wait(struct run *run, const struct members *members, const struct gather *gather)
{
    struct waiting_row waiting = {.row = *gather->row, .known = gather->known};
    void *rows = run->waiting;
    bool fits = rows_reserve(&rows, &run->waiting_capacity, (uint64_t)run->waiting_count + 1,
                             SEARCH_TRANSACTION_COUNT_MAX, sizeof(run->waiting[0]));
    run->waiting = rows;
    if (!fits) {
        run->partial = QUERY_LIMIT_ROWS;
        return true;
    }
    if (!list_ids(run, members, &waiting)) {
        return false;
    }
    run->waiting[run->waiting_count++] = waiting;
    return true;
}

bool search_row_take(struct run *run, const struct members *members)
{
    struct search_row row = {
        .id = members->id,
        .wait_ns = UNKNOWN_NS,
        .end_ns = UNKNOWN_NS,
        .invocations = members->invocation_count,
        .spans = members->spans,
        .logs = members->logs,
        .cost = cost_zero(),
        .complete = !members->cut,
    };
    struct gather gather = {.row = &row};
    gather.instances = arena_alloc_array(&run->scratch, (size_t)members->invocation_count + 1,
                                         sizeof(gather.instances[0]));
    if (gather.instances == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < members->invocation_count; i++) {
        gather_invocation(run, &gather, members, i);
    }
    row.start_ns = row.has_entry ? gather.first_ns : members->start_ns;
    row.end_ns = members->end_ns > row.end_ns ? members->end_ns : row.end_ns;
    if (members->invocation_count == 0) {
        row.errors = (uint32_t)members->errors;
    }
    if (members->invocation_count == 0) {
        meet_trace(run, &gather, members);
    }
    enum search_truth truth = known_of(run, &gather);
    if (truth == SEARCH_NO || !search_row_in_range(run, &row)) {
        return true;
    }
    row.instances = distinct(gather.instances, members->invocation_count);
    size_t mark = arena_mark(run->arena);
    if (!fill_functions(run, &gather, members) || !fill_trace_ids(run, &row, members)) {
        arena_rewind(run->arena, mark);
        return false;
    }
    if (truth == SEARCH_UNKNOWN) {
        return let_wait(run, members, &gather);
    }
    search_row_keep(run, &row);
    return true;
}
