/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_SEARCH_H
#define THAW_COLLECTOR_QUERY_SEARCH_H

#include "query/deadline.h"
#include "query/query.h"
#include "query/tally.h"
#include "search/search.h"

/*
 * Lists of transactions that a query of the search language holds of (docs/reference/search.md).  A
 * transaction is in a span of time when its first invocation began in it.
 *
 * A query about invocations alone is answered by the view, minute by minute.  Where all of it
 * depends on what spans or lines say, these are looked for in the store, and lead to their
 * transactions; otherwise the store is asked about the transactions that the view finds.  What the
 * view has forgotten comes from the store (cold.h).  What a transaction says in full is
 * transaction.h's business.
 */
/* SEARCH_BY_START: the latest first.  By the others all that there are in the span are looked at
 * before the first page is shown. */
enum search_order { SEARCH_BY_START, SEARCH_BY_ELAPSED, SEARCH_BY_COST, SEARCH_BY_OLDEST };

struct search {
    const struct search_expr *expr;
    struct query_range range;
    enum search_order order;
    uint32_t limit;
    struct slice cursor; /* Of the page before; empty for the first. */
    struct deadline deadline;
    struct tally *tally; /* Count them all into it; or NULL. */
    bool has_id;         /* This one, whenever it was, and no other. */
    bool by_name;        /* The query itself names it. */
    struct id16 id;
};

struct search_row {
    struct id16 id;
    const struct id16 *trace_ids;
    uint32_t trace_id_count;
    int64_t start_ns, end_ns, wait_ns;
    const struct slice *functions; /* In order of appearance. */
    uint32_t function_count;
    uint32_t instances, invocations, cold, errors, timeouts;
    uint64_t spans, logs;
    struct cost cost;
    bool has_entry;
    struct slice entry_function, entry_trigger;
    struct id16 entry_request;
    bool complete;
};

struct search_answer {
    struct search_row *rows;
    uint32_t row_count;
    struct slice next_cursor; /* Empty: that was all. */
    enum query_limit partial; /* Why there may be more that is not told. */
};

/* BAD: the cursor is none of ours.  FULL: the arena is too small. */
enum status search_run(const struct query *query, const struct search *search, struct arena *arena,
                       struct search_answer *answer) THAW_CHECK;

#endif
