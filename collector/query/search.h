/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_SEARCH_H
#define THAW_COLLECTOR_QUERY_SEARCH_H

#include "query/query.h"
#include "query/words.h"

/*
 * Lists of transactions.  A transaction is in a span of time when its first invocation began in it.
 * Reads the view only, but for one that is asked for by an id, which may be forgotten (cold.h);
 * what a transaction says in full is transaction.h's business.
 */
enum search_order { SEARCH_BY_START, SEARCH_BY_ELAPSED, SEARCH_BY_COST };

struct search {
    struct words words;
    struct query_range range;
    enum search_order order;
    uint32_t limit;
    struct slice cursor; /* Of the page before; empty for the first. */
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
    const char *partial;      /* Why there may be more, or NULL. */
};

/* BAD: the cursor is none of ours.  FULL: the arena is too small. */
enum status search_run(const struct query *query, const struct search *search, struct arena *arena,
                       struct search_answer *answer) THAW_CHECK;

/* The same of what the query's view knows; texts of rows are that view's. */
enum status search_view(const struct query *query, const struct search *search, struct arena *arena,
                        struct search_answer *answer) THAW_CHECK;

#endif
