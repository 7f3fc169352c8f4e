/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_NAMES_H
#define THAW_TRACES_TRACE_NAMES_H

#include "traces/trace.h"
#include "traces/trace_set.h"

/*
 * Which services there are, and which operations (name and kind of a span) a service has.
 *
 * Services are the functions that the view knows, and all senders of spans in the store.  The
 * operations are those of the latest spans of the service, and of the spans that are made of the
 * latest invocations.
 */
struct trace_names {
    struct trace_name *names; /* Each once, in order; kind is an enum span_kind. */
    size_t count;
};

/* The names live in the arena.  FULL: it is too small. */
enum status trace_names_services(const struct query *query, struct arena *arena,
                                 struct trace_names *names) THAW_CHECK;
enum status trace_names_operations(const struct query *query, struct slice service,
                                   struct arena *arena, struct trace_names *names) THAW_CHECK;

#endif
