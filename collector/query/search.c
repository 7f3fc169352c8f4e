/* SPDX-License-Identifier: Apache-2.0 */
#include "query/search.h"
#include "query/query_limits.h"

#include "base/ensure.h"
#include "base/hex.h"
#include "base/map.h"
#include "base/number.h"
#include "model/members.h"
#include "model/rollups.h"

#include <stdlib.h>
#include <string.h>

/* What is remembered of a search: one id may be seen as each of them. */
enum seen_kind {
    SEEN_REQUEST = 1, /* Its transaction was looked at, ... */
    SEEN_TRACE,       /* ... that of a trace without invocations. */
    SEEN_TRANSACTION, /* It has its row, or needs none. */
    SEEN_SENDER,      /* A transaction that a trace without invocations led to. */
    SEEN_CUT,         /* A trace of a transaction that is too large to list all its requests. */
};

struct seen_id {
    struct id16 id;
    enum seen_kind kind;
};

struct run {
    const struct query *query;
    const struct search *search;
    struct arena *arena;
    struct arena scratch;
    struct members_work *work;
    struct map seen;
    struct seen_id *seen_rows;
    uint32_t seen_count, seen_capacity;
    struct search_row *rows;
    uint32_t row_count, row_capacity;
    uint32_t scanned, held;
    uint64_t steps_held; /* Steps of look-ups when the view was taken. */
    int64_t before_ns;   /* Where the cursor is: rows at or after it were told. */
    struct id16 before_id;
    bool has_before;
    const char *partial;
};

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

static bool was_seen(const struct run *run, enum seen_kind kind, struct id16 id)
{
    struct seen_lookup lookup = {run, {id, kind}};
    uint32_t row;
    return map_find(&run->seen, seen_hash(run, &id), seen_is, &lookup, &row);
}

/* See an id: false when it was seen before. */
static bool see(struct run *run, enum seen_kind kind, struct id16 id)
{
    if (was_seen(run, kind, id)) {
        return false;
    }
    void *rows = run->seen_rows;
    bool fits = rows_reserve(&rows, &run->seen_capacity, (uint64_t)run->seen_count + 1,
                             UINT32_MAX - 1, sizeof(run->seen_rows[0]));
    run->seen_rows = rows;
    if (fits && map_insert(&run->seen, seen_hash(run, &id), run->seen_count) == STATUS_OK) {
        run->seen_rows[run->seen_count++] = (struct seen_id){id, kind};
    } else {
        run->partial = "memory for this search is used up";
    }
    return true;
}

/* ---- One row. ---- */

/* What is gathered of the invocations of a transaction. */
struct gather {
    struct search_row *row;
    struct slice functions[ROW_FUNCTION_COUNT_MAX];
    int64_t first_ns;    /* Start of the first of the first group: the row's place. */
    uint32_t *instances; /* Rows, to count different ones. */
    bool wanted_function;
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
    gather->wanted_function = gather->wanted_function || run->search->words.function.size == 0 ||
                              slice_equal(run->search->words.function, function.name);
    row->cold += facts.cold;
    row->errors += failed;
    row->timeouts += facts.outcome == OUTCOME_TIMEOUT;
    row->complete = row->complete && facts.billed_ms != UNKNOWN_INT &&
                    facts.outcome != OUTCOME_RUNNING && facts.outcome != OUTCOME_END_UNKNOWN;
    struct cost cost = query_cost(run->query->prices, &facts, &function);
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

static bool wanted(const struct run *run, const struct gather *gather,
                   const struct members *members)
{
    const struct words *words = &run->search->words;
    const struct search_row *row = gather->row;
    const struct query_range *range = &run->search->range;
    bool named = gather->wanted_function ||
                 (!row->has_entry && slice_equal(words->function, members->service));
    if ((words->function.size > 0 && !named) || (words->errors && row->errors == 0) ||
        (words->timeouts && row->timeouts == 0) || (words->cold && row->cold == 0)) {
        return false;
    }
    if (words->has_id) {
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

static bool keep_row(struct run *run, const struct search_row *row)
{
    void *rows = run->rows;
    bool fits = rows_reserve(&rows, &run->row_capacity, (uint64_t)run->row_count + 1,
                             SEARCH_TRANSACTION_COUNT_MAX, sizeof(run->rows[0]));
    run->rows = rows;
    if (!fits) {
        run->partial = "there are more transactions than one search looks at";
        return true;
    }
    run->rows[run->row_count++] = *row;
    return true;
}

/* Make a row of a transaction, and keep it if it is wanted.  False when the arena is full. */
static bool take_transaction(struct run *run, const struct members *members)
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
    if (!wanted(run, &gather, members)) {
        return true;
    }
    row.instances = distinct(gather.instances, members->invocation_count);
    size_t mark = arena_mark(run->arena);
    if (!fill_functions(run, &gather, members) || !fill_trace_ids(run, &row, members)) {
        arena_rewind(run->arena, mark);
        return false;
    }
    return keep_row(run, &row);
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
            see(run, SEEN_REQUEST, facts.request_id);
        }
    }
    for (uint32_t i = 0; members->cut && i < members->id_count; i++) {
        if (members->ids[i].group == 0 && members->ids[i].trace) {
            see(run, SEEN_CUT, members->ids[i].id);
        }
    }
}

static bool take_id(struct run *run, struct id16 id)
{
    struct members members;
    arena_reset(&run->scratch);
    if (!members_find(run->query->view, run->work, id, &run->scratch, &members)) {
        return !arena_overflowed(&run->scratch);
    }
    bool serves = members.groups[0].served > 0;
    see_members(run, &members, !serves);
    if (!run->search->words.has_id && serves) {
        return true; /* A batch that serves several: it stands in the transactions of its senders.
                      */
    }
    return !see(run, SEEN_TRANSACTION, members.id) || take_transaction(run, &members);
}

/* A trace without invocations. */
static bool take_trace(struct run *run, uint32_t row)
{
    const struct view *view = run->query->view;
    struct members members;
    if (!see(run, SEEN_SENDER, members_transaction_row(view, run->work, row))) {
        return true;
    }
    arena_reset(&run->scratch);
    if (!members_find_row(view, run->work, row, &run->scratch, &members)) {
        return false;
    }
    return members.invocation_count > 0 || members.spans + members.logs == 0 ||
           !see(run, SEEN_TRANSACTION, members.id) || take_transaction(run, &members);
}

/* Whether the look-ups since the view was taken were enough; those of all may be too many. */
static bool walked_enough(struct run *run)
{
    uint64_t steps = members_work_steps(run->work);
    if (steps > ANSWER_STEP_COUNT) {
        run->partial = "transactions are too large for this search";
    }
    return run->partial != NULL || steps - run->steps_held > HOLD_STEP_COUNT;
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
        if (was_seen(run, SEEN_REQUEST, facts.request_id) ||
            was_seen(run, SEEN_CUT, facts.trace_id)) {
            continue;
        }
        if (walked_enough(run)) {
            return true;
        }
        see(run, SEEN_REQUEST, facts.request_id);
        if (!take_id(run, facts.request_id)) {
            return false;
        }
    }
    for (uint32_t row; (row = view_walk_id(view, walk)) != ROW_NONE; count++) {
        if (was_seen(run, SEEN_TRACE, view_id(view, row))) {
            continue;
        }
        if (walked_enough(run)) {
            return true;
        }
        see(run, SEEN_TRACE, view_id(view, row));
        if (!take_trace(run, row)) {
            return false;
        }
    }
    *done = true;
    run->scanned += count;
    run->held += count;
    return true;
}

/* Whether those found that began at or after this minute are enough for a page. */
static bool enough(const struct run *run, int64_t minute_ns)
{
    if (run->search->order != SEARCH_BY_START) {
        return false;
    }
    uint32_t later = 0;
    for (uint32_t i = 0; i < run->row_count && later <= run->search->limit; i++) {
        later += run->rows[i].start_ns >= minute_ns ? 1 : 0;
    }
    return later > run->search->limit;
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
            run->partial = "there are more invocations than one search looks at";
            return true;
        }
        if (enough(run, minute_ns)) {
            *more = false;
            return true;
        }
    }
    return true;
}

static enum status walk_range(struct run *run)
{
    struct view *view = run->query->view;
    int64_t to_ns = run->search->range.to_ns;
    if (run->has_before && run->search->order == SEARCH_BY_START && run->before_ns < to_ns - 1) {
        to_ns = run->before_ns + 1;
    }
    bool more = true;
    bool good = true;
    while (more && good && run->partial == NULL) {
        view_read_begin(view);
        good = walk_held(run, &to_ns, &more);
        view_read_end(view);
    }
    return good ? STATUS_OK : STATUS_FULL;
}

/* ---- The page. ---- */

static int compare_start(const void *one, const void *other)
{
    const struct search_row *a = one;
    const struct search_row *b = other;
    if (a->start_ns != b->start_ns) {
        return a->start_ns > b->start_ns ? -1 : 1;
    }
    return memcmp(&b->id, &a->id, sizeof(a->id));
}

static int64_t elapsed(const struct search_row *row)
{
    return row->end_ns != UNKNOWN_NS && row->start_ns != UNKNOWN_NS ? row->end_ns - row->start_ns
                                                                    : -1;
}

static int compare_elapsed(const void *one, const void *other)
{
    int64_t a = elapsed(one);
    int64_t b = elapsed(other);
    return a != b ? (a > b ? -1 : 1) : compare_start(one, other);
}

static int compare_cost(const void *one, const void *other)
{
    const struct search_row *a = one;
    const struct search_row *b = other;
    int order = money_compare(b->cost.amount, a->cost.amount);
    return order != 0 ? order : compare_start(one, other);
}

/* A cursor is where the page before ended: "<ns>-<id>" by start, "<n>" rows by other orders. */
static bool parse_cursor(struct run *run, uint64_t *skip)
{
    struct slice text = run->search->cursor;
    struct slice head, rest;
    uint64_t number;
    *skip = 0;
    if (text.size == 0) {
        return true;
    }
    bool pair = slice_cut(text, '-', &head, &rest);
    if (number_parse_u64(head, &number) != NUMBER_OK || number > INT64_MAX) {
        return false;
    }
    if (run->search->order != SEARCH_BY_START) {
        *skip = number;
        return !pair;
    }
    run->before_ns = (int64_t)number;
    run->has_before = true;
    return pair && hex_decode(rest, run->before_id.bytes, sizeof(run->before_id.bytes));
}

static void cut_page(struct run *run, uint64_t skip, struct search_answer *answer)
{
    static int (*const compares[])(const void *, const void *) = {
        [SEARCH_BY_START] = compare_start,
        [SEARCH_BY_ELAPSED] = compare_elapsed,
        [SEARCH_BY_COST] = compare_cost,
    };
    if (run->row_count > 0) {
        qsort(run->rows, run->row_count, sizeof(run->rows[0]), compares[run->search->order]);
    }
    uint32_t first = skip < run->row_count ? (uint32_t)skip : run->row_count;
    uint32_t left = run->row_count - first;
    answer->row_count = left < run->search->limit ? left : run->search->limit;
    answer->partial = run->partial;
    answer->rows =
        arena_alloc_array(run->arena, (size_t)answer->row_count + 1, sizeof(answer->rows[0]));
    if (answer->rows == NULL || answer->row_count == 0) {
        return;
    }
    memcpy(answer->rows, run->rows + first, answer->row_count * sizeof(answer->rows[0]));
    if (left <= answer->row_count) {
        return;
    }
    if (run->search->order != SEARCH_BY_START) {
        answer->next_cursor =
            arena_printf(run->arena, "%llu", (unsigned long long)skip + answer->row_count);
        return;
    }
    const struct search_row *last = &answer->rows[answer->row_count - 1];
    char digits[2 * sizeof(last->id.bytes) + 1] = {0};
    hex_encode(slice_of(last->id.bytes, sizeof(last->id.bytes)), digits);
    answer->next_cursor = arena_printf(run->arena, "%lld-%s", (long long)last->start_ns, digits);
}

enum status search_view(const struct query *query, const struct search *search, struct arena *arena,
                        struct search_answer *answer)
{
    ENSURE(search->limit >= 1 && search->limit <= SEARCH_LIMIT_MAX);
    struct run run = {.query = query, .search = search, .arena = arena};
    *answer = (struct search_answer){.next_cursor = SLICE_EMPTY};
    uint64_t skip;
    if (!parse_cursor(&run, &skip)) {
        return STATUS_BAD;
    }
    void *memory = arena_alloc(arena, SCRATCH_SIZE);
    run.work = members_work_create();
    map_init_growing(&run.seen, UINT32_MAX);
    enum status status = STATUS_FULL;
    if (memory != NULL && run.work != NULL) {
        arena_init(&run.scratch, memory, SCRATCH_SIZE);
        members_work_list(run.work);
        if (search->words.has_id) {
            view_read_begin(query->view);
            status = take_id(&run, search->words.id) ? STATUS_OK : STATUS_FULL;
            view_read_end(query->view);
        } else {
            status = walk_range(&run);
        }
    }
    if (status == STATUS_OK) {
        cut_page(&run, skip, answer);
        status = answer->rows != NULL ? STATUS_OK : STATUS_FULL;
    }
    members_work_free(run.work);
    map_fini(&run.seen);
    free(run.seen_rows);
    free(run.rows);
    return status;
}
