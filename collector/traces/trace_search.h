/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_SEARCH_H
#define THAW_TRACES_TRACE_SEARCH_H

#include "query/deadline.h"
#include "traces/trace_test.h"

/*
 * Searches traces that have a span which meets some tests and began in a span of time:
 *
 *     the store's latest spans that meet the tests -----------------+
 *     the invocations of which such a span may be made: the view's, |
 *     then those that it has forgotten, from the store -------------+--> trace ids, newest first
 *                                                                       |
 *          the trace is put together, and its spans are asked again <---+
 *
 * Invocations are not looked at where no span that is made of one can meet the tests.
 */
struct trace_search {
    const struct trace_tests *tests;
    struct query_range range;
    uint32_t limit; /* Traces. */
    struct deadline deadline;
};

struct trace_search_facts {
    uint32_t traces;          /* That were put together. */
    uint64_t spans;           /* That were looked at on the way. */
    enum query_limit partial; /* Why there may be more that was asked for. */
};

/* Take a trace, newest first, and which of its spans met the tests: indexes into trace->spans.
 * Both are good during the call.  False: no more, please. */
typedef bool trace_search_visit(void *context, const struct trace *trace, const uint32_t *matched,
                                uint32_t matched_count);

/* FULL: no memory.  What is damaged is left out, and makes it partial. */
enum status trace_search_run(const struct query *query, const struct trace_search *search,
                             struct arena *arena, trace_search_visit *visit, void *context,
                             struct trace_search_facts *facts) THAW_CHECK;

#endif
