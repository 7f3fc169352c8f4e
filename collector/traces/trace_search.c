/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_search.h"

#include "base/map.h"
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

struct searching {
    const struct query *query;
    const struct trace_search *search;
    struct arena *arena;
    struct trace_search_facts *facts;
    struct candidate *rows; /* count_max of them. */
    uint32_t count, count_max;
    uint32_t wanted; /* The source that is asked need not tell of more traces. */
    uint32_t told;   /* By it. */
    struct map ids;
    /* Of the page that is being read. */
    uint64_t oldest_ns;
    uint32_t page;
};

struct id_lookup {
    const struct candidate *rows;
    struct id16 id;
};

static bool id_is(const void *context, uint32_t row)
{
    const struct id_lookup *lookup = context;
    return memcmp(&lookup->rows[row].id, &lookup->id, sizeof(lookup->id)) == 0;
}

static void add_candidate(struct searching *searching, struct id16 id, int64_t time_ns)
{
    struct id_lookup lookup = {searching->rows, id};
    uint64_t hash = hash_sip64(&searching->query->key, slice_of(id.bytes, sizeof(id.bytes)));
    uint32_t row;
    if (map_find(&searching->ids, hash, id_is, &lookup, &row)) {
        struct candidate *known = &searching->rows[row];
        known->time_ns = time_ns > known->time_ns ? time_ns : known->time_ns;
        return;
    }
    if (searching->told == searching->wanted || searching->count == searching->count_max ||
        map_insert(&searching->ids, hash, searching->count) != STATUS_OK) {
        searching->facts->more = true;
        return;
    }
    searching->told++;
    searching->rows[searching->count++] = (struct candidate){id, time_ns};
}

/* ---- The store. ---- */

static bool take_spans(void *context, uint64_t arrival_ns, const struct batch *batch)
{
    struct searching *searching = context;
    (void)arrival_ns;
    for (size_t i = 0; i < batch->span_count; i++) {
        const struct span *span = &batch->spans[i];
        searching->page++;
        searching->oldest_ns =
            span->start_ns < searching->oldest_ns ? span->start_ns : searching->oldest_ns;
        if (trace_test_span(searching->search->tests, span)) {
            add_candidate(searching, span->trace_id, (int64_t)span->start_ns);
        }
    }
    return true;
}

/* One page of the latest spans before to_ns. */
static enum status read_page(struct searching *searching, const struct scan_query *scan)
{
    size_t mark = arena_mark(searching->arena);
    enum status status = STATUS_NOT_FOUND;
    for (unsigned tries = 0; tries < TRIES && status == STATUS_NOT_FOUND; tries++) {
        struct store_hold *hold = store_hold(searching->query->store);
        searching->page = 0;
        searching->oldest_ns = UINT64_MAX;
        status = hold != NULL ? store_search(hold, scan, TRACES_PAGE_SPANS, searching->arena,
                                             take_spans, searching)
                              : STATUS_FULL;
        store_release(hold);
        arena_rewind(searching->arena, mark);
    }
    searching->facts->spans += searching->page;
    return status;
}

static enum status search_store(struct searching *searching)
{
    const struct trace_search *search = searching->search;
    struct scan_condition conditions[TRACES_TESTS_MAX];
    struct scan_query scan = {
        .signals = SCAN_SPANS,
        .from_ns = (uint64_t)search->range.from_ns,
        .to_ns = (uint64_t)search->range.to_ns,
        .conditions = conditions,
        .condition_count = trace_test_conditions(search->tests, conditions),
    };
    enum status worst = STATUS_OK;
    searching->told = 0;
    while (scan.from_ns < scan.to_ns) {
        if (searching->facts->spans >= TRACES_SEARCH_SPANS) {
            searching->facts->more = true;
            break;
        }
        enum status status = read_page(searching, &scan);
        worst = status == STATUS_OK ? worst : status;
        if ((status != STATUS_OK && status != STATUS_IO) || searching->page < TRACES_PAGE_SPANS ||
            searching->told == searching->wanted) {
            break;
        }
        /* Others may have begun in the same nanosecond; but a page of them alone is passed by. */
        scan.to_ns =
            searching->oldest_ns + 1 < scan.to_ns ? searching->oldest_ns + 1 : searching->oldest_ns;
    }
    return worst;
}

/* ---- The view. ---- */

static void take_facts(void *context, const struct invocation_facts *facts,
                       const struct function_facts *function)
{
    struct searching *searching = context;
    if (trace_test_facts(searching->search->tests, facts, function)) {
        add_candidate(searching, facts->trace_id, facts->start_ns);
    }
}

static void search_view(struct searching *searching)
{
    searching->told = 0;
    const struct sweep sweep = {searching->search->range, TRACES_INVOCATIONS_MAX, take_facts,
                                searching};
    if (!sweep_remembered(searching->query, &sweep)) {
        searching->facts->more = true;
    }
}

/* ---- Traces. ---- */

static int newest_first(const void *one, const void *other)
{
    const struct candidate *a = one;
    const struct candidate *b = other;
    if (a->time_ns != b->time_ns) {
        return a->time_ns < b->time_ns ? 1 : -1;
    }
    return memcmp(&a->id, &b->id, sizeof(a->id));
}

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

/* Show the trace of a candidate, if it is wanted; false: that was enough. */
static bool show(struct searching *searching, struct id16 id, trace_search_visit *visit,
                 void *context, uint32_t *shown)
{
    struct trace trace;
    size_t mark = arena_mark(searching->arena);
    bool more = true;
    searching->facts->traces++;
    if (trace_read(searching->query, id, searching->arena, &trace) == STATUS_OK) {
        uint32_t count;
        const uint32_t *matched = match_spans(searching, &trace, &count);
        if (matched != NULL && count > 0) {
            (*shown)++;
            more = visit(context, &trace, matched, count);
        }
    }
    trace_release(&trace);
    arena_rewind(searching->arena, mark);
    return more;
}

static void show_all(struct searching *searching, trace_search_visit *visit, void *context)
{
    uint32_t shown = 0;
    qsort(searching->rows, searching->count, sizeof(searching->rows[0]), newest_first);
    for (uint32_t i = 0; i < searching->count && shown < searching->search->limit; i++) {
        if (!show(searching, searching->rows[i].id, visit, context, &shown)) {
            return;
        }
    }
}

/* How many traces a source is asked for: some that it tells of turn out not to be wanted, and all
 * may where the whole trace decides. */
static uint32_t candidates_wanted(const struct trace_search *search)
{
    uint32_t usual = 2 * search->limit + 16;
    return trace_test_whole(search->tests) || usual > TRACES_READ_MAX ? TRACES_READ_MAX : usual;
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
        .wanted = wanted,
        .count_max = 2 * wanted,
        .rows = malloc(2 * (size_t)wanted * sizeof(struct candidate)),
    };
    *facts = (struct trace_search_facts){.traces = 0};
    if (searching.rows == NULL) {
        return STATUS_FULL;
    }
    map_init_growing(&searching.ids, searching.count_max);
    enum status status = search_store(&searching);
    if (status == STATUS_OK || status == STATUS_IO) {
        search_view(&searching);
        show_all(&searching, visit, context);
    }
    map_fini(&searching.ids);
    free(searching.rows);
    return status;
}
