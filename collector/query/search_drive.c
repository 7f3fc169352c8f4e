/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search_private.h"
#include "query/query_limits.h"

#include "model/moment.h"
#include "model/record_ids.h"
#include "search/plan.h"

#include <stdlib.h>
#include <string.h>

/* ---- Rows that wait. ---- */

struct asking {
    struct run *run;
    struct waiting_row *waiting;
};

static bool is_of(const struct waiting_row *waiting, const struct record_ids *ids)
{
    for (uint32_t i = 0; i < waiting->id_count; i++) {
        for (size_t k = 0; k < ids->count; k++) {
            if (memcmp(&waiting->ids[i], &ids->ids[k], sizeof(ids->ids[k])) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Those far from the beginning are never led from: whoever finds the transaction another way does
 * not count them either.  Who names its id sees all of it. */
static bool in_reach(const struct asking *asking, uint64_t time_ns)
{
    uint64_t start_ns = (uint64_t)asking->waiting->row.start_ns;
    uint64_t first_ns = start_ns > SEARCH_BEFORE_NS ? start_ns - SEARCH_BEFORE_NS : 0;
    bool known = asking->waiting->row.start_ns >= 0 && !asking->run->search->by_name;
    return !known || (time_ns >= first_ns && time_ns <= start_ns + (uint64_t)SEARCH_REACH_NS);
}

static bool ask_batch(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct asking *asking = context;
    struct run *run = asking->run;
    const struct search_expr *expr = run->search->expr;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count && !deadline_over_soon(&run->deadline); i++) {
        const struct search_record record = {.span = &batch->spans[i]};
        struct record_ids ids = record_ids_span(record.span);
        if (in_reach(asking, moment_of(record.span->start_ns)) && is_of(asking->waiting, &ids)) {
            search_atoms_meet(expr, &run->atoms, false, &record, &asking->waiting->known);
        }
    }
    for (size_t i = 0; i < batch->log_count && !deadline_over_soon(&run->deadline); i++) {
        const struct search_record record = {.line = &batch->logs[i]};
        struct record_ids ids = record_ids_line(record.line);
        uint64_t time_ns = moment_of_line(record.line->time_ns, record.line->observed_ns);
        if (in_reach(asking, time_ns) && is_of(asking->waiting, &ids)) {
            search_atoms_meet(expr, &run->atoms, false, &record, &asking->waiting->known);
        }
    }
    return search_atoms_truth(expr, &run->atoms, &asking->waiting->known) == SEARCH_UNKNOWN;
}

/* What no record has met by the end, none does. */
static bool is_met(const struct run *run, struct search_known *known)
{
    for (uint32_t i = 0; i < run->atoms.count; i++) {
        known->truths[i] = known->truths[i] == SEARCH_YES ? SEARCH_YES : SEARCH_NO;
    }
    return search_atoms_truth(run->search->expr, &run->atoms, known) == SEARCH_YES;
}

static enum status ask_store(struct run *run, struct waiting_row *waiting, struct frame_ref *refs)
{
    struct asking asking = {run, waiting};
    size_t found = store_find(run->hold, waiting->ids, waiting->id_count, refs, SEARCH_REF_MAX);
    enum status status = STATUS_OK;
    if (found > SEARCH_REF_MAX) {
        run->partial = QUERY_LIMIT_ROWS;
        found = SEARCH_REF_MAX;
    }
    for (size_t i = 0;
         status == STATUS_OK && i < found && !deadline_over(&run->deadline) &&
         search_atoms_truth(run->search->expr, &run->atoms, &waiting->known) == SEARCH_UNKNOWN;
         i++) {
        size_t mark = arena_mark(run->arena);
        status = store_load(run->hold, refs[i], waiting->ids, waiting->id_count, run->arena,
                            ask_batch, &asking);
        arena_rewind(run->arena, mark);
        if (status == STATUS_IO || status == STATUS_NOT_FOUND) {
            run->partial = QUERY_LIMIT_DAMAGE;
            status = STATUS_OK;
        }
    }
    return status;
}

enum status search_drive_waiting(struct run *run)
{
    enum status status = STATUS_OK;
    if (run->waiting_count == 0) {
        return status;
    }
    struct frame_ref *refs = malloc(SEARCH_REF_MAX * sizeof(refs[0]));
    status = refs != NULL ? STATUS_OK : STATUS_FULL;
    for (uint32_t i = 0; status == STATUS_OK && i < run->waiting_count; i++) {
        if (deadline_over(&run->deadline)) {
            break;
        }
        status = ask_store(run, &run->waiting[i], refs);
        if (status == STATUS_OK && !run->deadline.over && is_met(run, &run->waiting[i].known)) {
            search_row_keep(run, &run->waiting[i].row);
        }
    }
    run->partial = run->deadline.over ? QUERY_LIMIT_TIME : run->partial;
    run->waiting_count = 0;
    free(refs);
    return status;
}

/* ---- From records to transactions. ---- */

/* An id, and when the first record that has it happened. */
struct driving_id {
    struct id16 id;
    uint64_t time_ns;
};

struct driving {
    struct run *run;
    const struct search_atom *atom; /* Records that meet it; NULL: all. */
    struct search_plan plan;
    struct scan_look look;
    struct driving_id *ids; /* That the records of this turn have, each once, the latest first. */
    uint32_t id_count;
    uint32_t shown;
    uint64_t oldest_ns;
};

static bool wants(void *context, const struct span *span, const struct log_line *line)
{
    struct driving *driving = context;
    struct run *run = driving->run;
    const struct search_record record = {.span = span, .line = line};
    driving->look.cut = driving->look.cut || deadline_over_soon(&run->deadline);
    return !driving->look.cut &&
           search_node_matches(run->search->expr, driving->atom->node, &record);
}

static bool stop(void *context)
{
    struct driving *driving = context;
    return deadline_over(&driving->run->deadline);
}

static void take_ids(struct driving *driving, const struct record_ids *ids)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (search_see(driving->run, SEEN_RECORD, ids->ids[i])) {
            driving->ids[driving->id_count++] =
                (struct driving_id){ids->ids[i], driving->oldest_ns};
        }
    }
}

static bool take_records(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct driving *driving = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        struct record_ids ids = record_ids_span(&batch->spans[i]);
        driving->oldest_ns = moment_of(batch->spans[i].start_ns);
        take_ids(driving, &ids);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        struct record_ids ids = record_ids_line(&batch->logs[i]);
        struct id16 request;
        driving->oldest_ns = moment_of_line(batch->logs[i].time_ns, batch->logs[i].observed_ns);
        if (batch->logs[i].has_trace || record_ids_request(batch->logs[i].attrs, &request)) {
            take_ids(driving, &ids); /* Others are found by their instances. */
        }
    }
    driving->shown += (uint32_t)(batch->span_count + batch->log_count);
    return true;
}

/* Those that the view knows, a part of them each time that it is held; the others come after. */
static enum status take_transactions(struct driving *driving)
{
    struct run *run = driving->run;
    uint32_t forgotten = 0;
    for (uint32_t at = 0; at < driving->id_count && run->partial != QUERY_LIMIT_ROWS;) {
        view_read_begin(run->query->view);
        run->steps_held = members_work_steps(run->work);
        bool good = true;
        while (good && at < driving->id_count && !search_walked_enough(run)) {
            struct driving_id one = driving->ids[at++];
            bool known;
            good = search_take_id(run, one.id, &known);
            if (!known) {
                driving->ids[forgotten++] = one;
            }
        }
        view_read_end(run->query->view);
        if (!good) {
            return STATUS_FULL;
        }
    }
    enum status status = search_drive_waiting(run);
    for (uint32_t i = 0; status == STATUS_OK && i < forgotten; i++) {
        /* Each costs some milliseconds. */
        if (search_enough(run, (int64_t)driving->ids[i].time_ns)) {
            break;
        }
        status = search_forgotten(run, driving->ids[i].id);
    }
    return status;
}

/* One turn: the latest records before *to_ns.  *more when there may be earlier ones. */
static enum status turn(struct driving *driving, uint64_t from_ns, uint64_t *to_ns, uint32_t most,
                        bool *more)
{
    struct run *run = driving->run;
    size_t mark = arena_mark(run->arena);
    driving->look = (struct scan_look){
        .wants = driving->atom != NULL && !driving->plan.exact ? wants : NULL,
        .stop = stop,
        .context = driving,
    };
    struct scan_query query = {
        .signals = SCAN_SPANS | SCAN_LINES,
        .from_ns = from_ns,
        .to_ns = *to_ns,
        .conditions = driving->plan.conditions,
        .condition_count = driving->plan.count,
        .look = &driving->look,
    };
    driving->id_count = 0;
    driving->shown = 0;
    enum status status = store_search(run->hold, &query, most, run->arena, take_records, driving);
    arena_rewind(run->arena, mark);
    if (status == STATUS_IO) {
        run->partial = QUERY_LIMIT_DAMAGE;
        status = STATUS_OK;
    }
    uint64_t reached_ns = driving->look.reached_ns;
    *more = driving->shown == most && driving->oldest_ns >= reached_ns;
    if (*more) {
        reached_ns = driving->oldest_ns;
    } else if (reached_ns > from_ns) {
        run->partial = QUERY_LIMIT_TIME;
    }
    if (status == STATUS_OK) {
        status = take_transactions(driving);
    }
    /* Others of the same moment may not have been shown. */
    *to_ns = reached_ns + 1 < *to_ns ? reached_ns + 1 : reached_ns;
    return status;
}

/* Of any transaction that is wanted some record is of these functions. */
static void plan_functions(const struct run *run, struct search_plan *plan)
{
    for (uint32_t i = 0; i < run->atoms.count && plan->count == 0; i++) {
        const struct search_atom *atom = &run->atoms.items[i];
        const struct search_term *term = run->search->expr->nodes[atom->node].term;
        if (atom->needed && term != NULL && term->field == SEARCH_FIELD_FUNCTION &&
            term->test == SEARCH_TEST_IS) {
            plan->conditions[plan->count++] =
                (struct scan_condition){.test = SCAN_FUNCTION, .text = term->value};
        }
    }
}

static bool ended(const struct run *run)
{
    return run->partial == QUERY_LIMIT_TIME || run->partial == QUERY_LIMIT_ROWS;
}

enum status search_drive(struct run *run, const struct search_atom *atom, int64_t to_ns)
{
    struct driving driving = {.run = run, .atom = atom};
    uint64_t from_ns = (uint64_t)run->search->range.from_ns;
    uint64_t until_ns = (uint64_t)to_ns;
    uint32_t most = SEARCH_TURN_MIN;
    from_ns = from_ns > SEARCH_BEFORE_NS ? from_ns - SEARCH_BEFORE_NS : 0;
    until_ns = until_ns < INT64_MAX - SEARCH_REACH_NS ? until_ns + SEARCH_REACH_NS : INT64_MAX;
    if (atom == NULL) {
        plan_functions(run, &driving.plan);
    } else {
        search_plan_make(run->search->expr, atom->node, SCAN_SPANS | SCAN_LINES, &driving.plan);
    }
    driving.ids = malloc((size_t)SEARCH_TURN_MAX * RECORD_ID_COUNT_MAX * sizeof(driving.ids[0]));
    enum status status = driving.ids != NULL ? STATUS_OK : STATUS_FULL;
    for (bool more = true; status == STATUS_OK && more && from_ns < until_ns && !ended(run);) {
        status = turn(&driving, from_ns, &until_ns, most, &more);
        most = most < SEARCH_TURN_MAX ? 2 * most : most;
        if (search_enough(run, (int64_t)until_ns)) {
            break;
        }
    }
    free(driving.ids);
    return status;
}
