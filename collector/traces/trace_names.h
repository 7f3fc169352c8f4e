/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_NAMES_H
#define THAW_TRACES_TRACE_NAMES_H

#include "query/deadline.h"
#include "traces/trace.h"
#include "traces/trace_set.h"

/*
 * Which services there are, and which operations (name and kind of a span) a service has.
 *
 * Services are all functions, and all senders of spans in the store.  The operations are those of
 * the latest spans of the service, and of the spans that are made of its invocations: what these
 * are the counts of the function tell, also of invocations that the view has forgotten.
 */
struct trace_names {
    struct trace_name *names; /* Each once, in order; kind is an enum span_kind. */
    size_t count;
    enum query_limit partial; /* Why there may be more. */
};

/* The names live in the arena.  FULL: it is too small. */
enum status trace_names_services(const struct query *query, struct deadline deadline,
                                 struct arena *arena, struct trace_names *names) THAW_CHECK;
enum status trace_names_operations(const struct query *query, struct slice service,
                                   struct deadline deadline, struct arena *arena,
                                   struct trace_names *names) THAW_CHECK;

#endif
