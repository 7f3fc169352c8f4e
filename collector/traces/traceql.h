/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACEQL_H
#define THAW_TRACES_TRACEQL_H

#include "base/arena.h"
#include "traces/trace_test.h"

/*
 * The part of TraceQL that asks for spans by what all of them is true of one span:
 *
 *     { resource.service.name = "front" && duration > 100ms && .http.status_code >= 500 }
 *
 * Fields are .key, span.key, resource.key (quotes around a key that needs them), name, status,
 * statusMessage, kind, duration, rootName, rootServiceName, traceDuration, also as span:name and
 * trace:rootName, instrumentation:name and :version.  Signs are = != > >= < <=, and =~ !~ with
 * words and | between them.  What else TraceQL has is refused by name.  Pure.
 */
struct traceql_error {
    size_t at;
    const char *reason;
};

bool traceql_parse(struct slice text, struct arena *arena, struct trace_tests *tests,
                   struct traceql_error *error) THAW_CHECK;

/* One field alone, as tag values are asked for; a word that is none of the names is an attribute's
 * key.  False: there is no such field. */
bool traceql_field(struct slice text, struct trace_test *test) THAW_CHECK;

/* Old searches: key=value, separated by spaces, values in quotes where they have some. */
bool traceql_tags(struct slice text, struct arena *arena, struct trace_tests *tests,
                  struct traceql_error *error) THAW_CHECK;

#endif
