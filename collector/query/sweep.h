/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_SWEEP_H
#define THAW_COLLECTOR_QUERY_SWEEP_H

#include "query/query.h"

/*
 * Visit the invocations that started in a span of time, each once: those that the view has all of,
 * newest minute first, then those from before, of which it has forgotten some, from the store
 * (sweep_store.c).  The view is held while visit() runs, for some thousand invocations at a time;
 * all texts are good during the call only.
 */
typedef void sweep_visit(void *context, const struct invocation_facts *facts,
                         const struct function_facts *function);

/* Whether that was enough, asked between two of those times, and before each piece of the store:
 * all that began at or after from_ns has been visited (INT64_MAX: that cannot be told yet). */
typedef bool sweep_stop(void *context, int64_t from_ns);

struct sweep {
    struct query_range range;
    uint32_t count_max; /* Of invocations in the view. */
    sweep_visit *visit;
    void *context;
    sweep_stop *stop; /* Or NULL: it visits all. */
};

/* *partial: why some were not visited, as a static text; NULL: all were, or it was stopped.  FULL:
 * there is no memory, or too little in the arena, which is given back as it was. */
enum status sweep_run(const struct query *query, const struct sweep *sweep, struct arena *arena,
                      const char **partial) THAW_CHECK;

/* The same of those that the view has, and of no others: of those before the first of all that it
 * remembers it may have some.  False when count_max was reached: there are older ones. */
bool sweep_remembered(const struct query *query, const struct sweep *sweep) THAW_CHECK;

/* The part of it that the store answers: those that started before the end of this range.  For
 * sweep.c. */
enum status sweep_store(const struct query *query, const struct sweep *sweep, struct arena *arena,
                        const char **partial) THAW_CHECK;

#endif
