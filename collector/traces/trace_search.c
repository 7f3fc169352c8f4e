/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_search.h"

#include "base/map.h"
#include "proto/names.h"
#include "query/sweep.h"

#include <stdlib.h>
#include <string.h>

/* How often a search of the store is begun anew because what it looked for went meanwhile. */
#define TRIES 5

/* A trace that may be wanted, and when the latest of what says so began. */
struct candidate {
    struct id16 id;
    int64_t time_ns;
};

/* Ids that were tried: whether they are wanted has been decided. */
struct tried {
    struct id16 *rows; /* TRACES_READ_MAX of them. */
    uint32_t count;
    struct map map;
};

/*
 * A search goes in rounds: the latest candidates are found, and tried from the latest on; where too
 * few of them were wanted, those before them are next.
 */
struct searching {
    const struct query *query;
    const struct trace_search *search;
    struct arena *arena;
    struct trace_search_facts *facts;
    struct deadline finding; /* When there have to be candidates. */
    struct tried tried;
    uint32_t shown;
    bool over; /* Whoever takes them wants no more. */
    /* Of this round. */
    int64_t to_ns;
    struct candidate *rows; /* count_max of them. */
    uint32_t count, count_max;
    uint32_t wanted; /* So many of the latest are kept. */
    int64_t floor_ns;
    bool left; /* Earlier ones than those that are kept were left out. */
    struct map ids;
    /* Of the page that is being read. */
    struct scan_look look;
    uint64_t oldest_ns;
    uint32_t page;
};

static void limit_by(struct searching *searching, enum query_limit limit)
{
    if (searching->facts->partial == QUERY_LIMIT_NONE) {
        searching->facts->partial = limit;
    }
}

/* ---- Candidates. ---- */

struct id_lookup {
    const struct searching *searching;
    struct id16 id;
};

static bool id_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->searching->rows[row].id, &lookup->id, sizeof(lookup->id)) == 0;
}

static bool tried_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->searching->tried.rows[row], &lookup->id, sizeof(lookup->id)) == 0;
}

static uint64_t id_hash(const struct searching *searching, struct id16 id)
{
    return hash_sip64(&searching->query->key, slice_of(id.bytes, sizeof(id.bytes)));
}

static int newest_first(const void *one, const void *other)
{
    const struct candidate *a = one;
    const struct candidate *b = other;
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns ? 1 : -1;
    }
    return memcmp(&a->id, &b->id, sizeof(a->id));
}

static void note_candidate(struct searching *searching, uint32_t row)
{
    if (map_insert(&searching->ids, id_hash(searching, searching->rows[row].id), row) !=
        STATUS_OK) {
        limit_by(searching, QUERY_LIMIT_ROWS);
    }
}

/* Keep the latest: an earlier one can only come back with a later time. */
static void keep_latest(struct searching *searching)
{
    qsort(searching->rows, searching->count, sizeof(searching->rows[0]), newest_first);
    searching->count = searching->wanted;
    searching->floor_ns = searching->rows[searching->wanted - 1].time_ns;
    searching->left = true;
    map_reset(&searching->ids);
    for (uint32_t i = 0; i < searching->count; i++) {
        note_candidate(searching, i);
    }
}

static void add_candidate(struct searching *searching, struct id16 id, int64_t time_ns)
{
    const struct id_lookup lookup = {searching, id};
    uint64_t hash = id_hash(searching, id);
    uint32_t row;
    if (map_find(&searching->ids, hash, id_is, &lookup, &row)) {
        struct candidate *known = &searching->rows[row];
        known->time_ns = time_ns > known->time_ns ? time_ns : known->time_ns;
        return;
    }
    if (map_find(&searching->tried.map, hash, tried_is, &lookup, &row)) {
        return;
    }
    if (searching->count == searching->count_max) {
        keep_latest(searching);
    }
    if (time_ns < searching->floor_ns) {
        searching->left = true;
        return;
    }
    searching->rows[searching->count] = (struct candidate){id, time_ns};
    note_candidate(searching, searching->count++);
}

/* Whether there are as many as are wanted that are not older. */
static bool enough_since(const struct searching *searching, int64_t time_ns)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < searching->count && count < searching->wanted; i++) {
        count += searching->rows[i].time_ns >= time_ns ? 1 : 0;
    }
    return count == searching->wanted;
}

/* ---- Spans. ---- */

static bool wants(void *context, const struct span *span, const struct log_line *line)
{
    struct searching *searching = context;
    (void)line;
    searching->facts->spans++;
    searching->look.cut = searching->look.cut || deadline_over_soon(&searching->finding);
    return !searching->look.cut && trace_test_span(searching->search->tests, span);
}

static bool stop(void *context)
{
    struct searching *searching = context;
    return deadline_over(&searching->finding);
}

static bool take_spans(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct searching *searching = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        searching->page++;
        searching->oldest_ns = span->start_ns;
        add_candidate(searching, span->trace_id, (int64_t)span->start_ns);
    }
    return true;
}

/* One page of the latest spans that are wanted. */
static enum status read_page(struct searching *searching, struct scan_query *scan)
{
    size_t mark = arena_mark(searching->arena);
    enum status status = STATUS_NOT_FOUND;
    for (unsigned tries = 0; tries < TRIES && status == STATUS_NOT_FOUND; tries++) {
        struct store_hold *hold = store_hold(searching->query->store);
        searching->page = 0;
        searching->look = (struct scan_look){.wants = wants, .stop = stop, .context = searching};
        scan->look = &searching->look;
        status = hold != NULL ? store_search(hold, scan, TRACES_PAGE_SPANS, searching->arena,
                                             take_spans, searching)
                              : STATUS_FULL;
        store_release(hold);
        arena_rewind(searching->arena, mark);
    }
    return status;
}

/* Whether another page is to be read, and from when back. */
static bool goes_on(struct searching *searching, struct scan_query *scan, uint64_t *read)
{
    *read += searching->page;
    bool more = searching->page == TRACES_PAGE_SPANS;
    if (searching->finding.over || !more) {
        if (more || searching->look.reached_ns > scan->from_ns) {
            limit_by(searching, QUERY_LIMIT_TIME);
        }
        return false;
    }
    if (searching->count >= searching->wanted) {
        searching->left = true;
        return false;
    }
    if (*read >= TRACES_SEARCH_SPANS) {
        limit_by(searching, QUERY_LIMIT_ROWS);
        return false;
    }
    /* Others may have begun in the same nanosecond; but a page of them alone is passed by. */
    scan->to_ns =
        searching->oldest_ns + 1 < scan->to_ns ? searching->oldest_ns + 1 : searching->oldest_ns;
    return scan->from_ns < scan->to_ns;
}

static enum status find_spans(struct searching *searching)
{
    const struct trace_search *search = searching->search;
    struct scan_condition conditions[TRACES_TESTS_MAX];
    struct scan_query scan = {
        .signals = SCAN_SPANS,
        .from_ns = (uint64_t)search->range.from_ns,
        .to_ns = (uint64_t)searching->to_ns,
        .conditions = conditions,
        .condition_count = trace_test_conditions(search->tests, conditions),
    };
    uint64_t read = 0;
    enum status status;
    do {
        status = read_page(searching, &scan);
        if (status == STATUS_IO || status == STATUS_NOT_FOUND) {
            limit_by(searching, QUERY_LIMIT_DAMAGE);
            status = STATUS_OK;
        }
    } while (status == STATUS_OK && goes_on(searching, &scan, &read));
    return status;
}

/* ---- Invocations. ---- */

static void take_facts(void *context, const struct invocation_facts *facts,
                       const struct function_facts *function)
{
    struct searching *searching = context;
    if (trace_test_facts(searching->search->tests, facts, function)) {
        add_candidate(searching, facts->trace_id, facts->start_ns);
    }
}

static bool stop_sweep(void *context, int64_t from_ns)
{
    struct searching *searching = context;
    if (deadline_over(&searching->finding)) {
        limit_by(searching, QUERY_LIMIT_TIME);
        return true;
    }
    bool enough = from_ns != INT64_MAX && enough_since(searching, from_ns);
    searching->left = searching->left || enough;
    return enough;
}

static bool is_function(const struct query *query, struct slice name)
{
    const struct view *view = query->view;
    bool found = false;
    view_read_begin(query->view);
    for (uint32_t i = 0; i < view_function_count(view) && !found; i++) {
        struct function_facts facts;
        view_function(view, i, &facts);
        found = slice_equal(facts.name, name);
    }
    view_read_end(query->view);
    return found;
}

/* Whether any invocation may do: most services are no functions. */
static bool may_be_facts(const struct searching *searching)
{
    const struct trace_tests *tests = searching->search->tests;
    bool may = trace_test_any_facts(tests);
    for (size_t i = 0; may && i < tests->count; i++) {
        const struct trace_test *test = &tests->tests[i];
        may = test->field != TRACE_ATTR || test->op != TRACE_EQUAL ||
              !slice_equal(test->key, NAME_SERVICE_NAME) ||
              is_function(searching->query, test->text);
    }
    return may;
}

static enum status find_invocations(struct searching *searching)
{
    const struct sweep sweep = {
        .range = {searching->search->range.from_ns, searching->to_ns},
        .count_max = TRACES_INVOCATIONS_MAX,
        .visit = take_facts,
        .context = searching,
        .stop = stop_sweep,
    };
    const char *partial = NULL;
    enum status status = STATUS_OK;
    if (may_be_facts(searching)) {
        status = sweep_run(searching->query, &sweep, searching->arena, &partial);
    }
    if (partial != NULL) {
        limit_by(searching, QUERY_LIMIT_ROWS);
    }
    return status;
}

/* ---- Traces. ---- */

/* The indexes of the spans that are wanted; NULL without room. */
static uint32_t *match_spans(struct searching *searching, const struct trace *trace,
                             uint32_t *count)
{
    uint32_t *matched =
        arena_alloc_array(searching->arena, (size_t)trace->span_count + 1, sizeof(matched[0]));
    *count = 0;
    for (uint32_t i = 0; matched != NULL && i < trace->span_count; i++) {
        const struct transaction_span *row = trace->spans[i];
        if (row->start_ns >= searching->search->range.from_ns &&
            row->start_ns < searching->search->range.to_ns &&
            trace_test_row(searching->search->tests, trace, row)) {
            matched[(*count)++] = i;
        }
    }
    return matched;
}

/* Show the trace of a candidate, if it is wanted. */
static void show(struct searching *searching, struct id16 id, trace_search_visit *visit,
                 void *context)
{
    struct trace trace;
    size_t mark = arena_mark(searching->arena);
    searching->facts->traces++;
    enum status status = trace_read(searching->query, id, searching->arena, &trace);
    if (status == STATUS_OK) {
        uint32_t count;
        const uint32_t *matched = match_spans(searching, &trace, &count);
        if (matched != NULL && count > 0) {
            searching->shown++;
            searching->over = !visit(context, &trace, matched, count);
        }
    } else if (status != STATUS_NOT_FOUND) {
        limit_by(searching, status == STATUS_IO ? QUERY_LIMIT_DAMAGE : QUERY_LIMIT_ROWS);
    }
    trace_release(&trace);
    arena_rewind(searching->arena, mark);
}

/* Whether there is time, and room, to try one. */
static bool may_try(struct searching *searching, struct deadline *deadline, struct id16 id)
{
    struct tried *tried = &searching->tried;
    if (deadline_over(deadline)) {
        limit_by(searching, QUERY_LIMIT_TIME);
        return false;
    }
    if (tried->count == TRACES_READ_MAX ||
        map_insert(&tried->map, id_hash(searching, id), tried->count) != STATUS_OK) {
        limit_by(searching, QUERY_LIMIT_ROWS);
        return false;
    }
    tried->rows[tried->count++] = id;
    return true;
}

static void show_all(struct searching *searching, trace_search_visit *visit, void *context)
{
    struct deadline deadline = searching->search->deadline;
    for (uint32_t i = 0;
         i < searching->count && !searching->over && searching->shown < searching->search->limit;
         i++) {
        struct id16 id = searching->rows[i].id;
        if (!may_try(searching, &deadline, id)) {
            searching->over = true;
            return;
        }
        show(searching, id, visit, context);
    }
}

/* Sort the candidates, and leave those that are sure to be the latest. */
static void settle(struct searching *searching)
{
    qsort(searching->rows, searching->count, sizeof(searching->rows[0]), newest_first);
    if (searching->count > searching->wanted) {
        searching->count = searching->wanted;
        searching->left = true;
    }
}

/* Find the latest candidates before to_ns and show those that are wanted. */
static enum status run_round(struct searching *searching, trace_search_visit *visit, void *context)
{
    searching->count = 0;
    searching->floor_ns = INT64_MIN;
    searching->left = false;
    map_reset(&searching->ids);
    enum status status = find_spans(searching);
    if (status == STATUS_OK) {
        status = find_invocations(searching);
    }
    if (status == STATUS_OK) {
        settle(searching);
        show_all(searching, visit, context);
    }
    return status;
}

/* Whether another round is to be made: of those before, and of others of the same moment. */
static bool more_rounds(struct searching *searching)
{
    bool full = searching->shown >= searching->search->limit;
    if (full) {
        searching->facts->partial = QUERY_LIMIT_NONE; /* That was asked for. */
    }
    if (full || searching->over || !searching->left || searching->count == 0 ||
        searching->facts->partial == QUERY_LIMIT_TIME ||
        searching->facts->partial == QUERY_LIMIT_ROWS) {
        return false;
    }
    int64_t next_ns = searching->rows[searching->count - 1].time_ns + 1;
    searching->to_ns = next_ns < searching->to_ns ? next_ns : searching->to_ns;
    return searching->search->range.from_ns < searching->to_ns;
}

/* How many candidates a round has to have: some turn out not to be wanted, and all may where the
 * whole trace decides. */
static uint32_t candidates_wanted(const struct trace_search *search)
{
    uint32_t usual = 2 * search->limit + 16;
    return trace_test_whole(search->tests) || usual > TRACES_READ_MAX ? TRACES_READ_MAX : usual;
}

static struct deadline find_deadline(const struct deadline *deadline)
{
    struct deadline finding = *deadline;
    uint64_t now_ns = deadline->now_ns != NULL ? deadline->now_ns() : 0;
    if (now_ns < deadline->at_ns) {
        finding.at_ns = now_ns + (deadline->at_ns - now_ns) / 4 * TRACES_FIND_QUARTERS;
    }
    return finding;
}

static enum status run(struct searching *searching, trace_search_visit *visit, void *context)
{
    enum status status = STATUS_FULL;
    searching->rows = malloc(searching->count_max * sizeof(searching->rows[0]));
    searching->tried.rows = malloc(TRACES_READ_MAX * sizeof(searching->tried.rows[0]));
    if (searching->rows != NULL && searching->tried.rows != NULL) {
        do {
            status = run_round(searching, visit, context);
        } while (status == STATUS_OK && more_rounds(searching));
    }
    free(searching->tried.rows);
    free(searching->rows);
    return status;
}

enum status trace_search_run(const struct query *query, const struct trace_search *search,
                             struct arena *arena, trace_search_visit *visit, void *context,
                             struct trace_search_facts *facts)
{
    uint32_t wanted = candidates_wanted(search);
    struct searching searching = {
        .query = query,
        .search = search,
        .arena = arena,
        .facts = facts,
        .finding = find_deadline(&search->deadline),
        .to_ns = search->range.to_ns,
        .wanted = wanted,
        .count_max = 2 * wanted,
    };
    *facts = (struct trace_search_facts){.partial = QUERY_LIMIT_NONE};
    map_init_growing(&searching.ids, searching.count_max);
    map_init_growing(&searching.tried.map, TRACES_READ_MAX);
    enum status status = run(&searching, visit, context);
    map_fini(&searching.tried.map);
    map_fini(&searching.ids);
    return status;
}
