/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_SEARCH_H
#define THAW_TRACES_TRACE_SEARCH_H

#include "traces/trace_test.h"

/*
 * Searches traces that have a span which meets some tests and began in a span of time:
 *
 *     the store's latest spans that meet what it can look for ---+
 *     the view's invocations of which such a span may be made ---+--> trace ids, newest first
 *                                                                       |
 *          the trace is put together, and its spans are asked again <---+
 */
struct trace_search {
    const struct trace_tests *tests;
    struct query_range range;
    uint32_t limit; /* Traces. */
};

struct trace_search_facts {
    uint32_t traces; /* That were put together. */
    uint64_t spans;  /* That were read on the way. */
    bool more;       /* A limit was reached: there may be older ones. */
};

/* Take a trace, newest first, and which of its spans met the tests: indexes into trace->spans.
 * Both are good during the call.  False: no more, please. */
typedef bool trace_search_visit(void *context, const struct trace *trace, const uint32_t *matched,
                                uint32_t matched_count);

/* FULL: no memory.  IO: some of what is stored is damaged; the others were shown. */
enum status trace_search_run(const struct query *query, const struct trace_search *search,
                             struct arena *arena, trace_search_visit *visit, void *context,
                             struct trace_search_facts *facts) THAW_CHECK;

#endif
