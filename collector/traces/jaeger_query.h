/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_JAEGER_QUERY_H
#define THAW_TRACES_JAEGER_QUERY_H

#include "api/api_call.h"
#include "traces/trace_search.h"

/* What Jaeger's parameters ask for, as tests of spans. */

/* A tag as Jaeger names it: what it derives from fields of a span is one, too ("error",
 * "span.kind", "otel.status_code", ...).  False: there are too many. */
bool jaeger_query_tag(struct trace_tests *tests, struct slice key, struct slice value) THAW_CHECK;

/* Tags as a JSON object of strings; what is escaped is decoded into the arena.  False: it is none,
 * or there are too many. */
bool jaeger_query_tags(struct trace_tests *tests, struct slice json,
                       struct arena *arena) THAW_CHECK;

/* The parameters of GET /api/traces but traceID: refuses what is wrong and answers false then. */
bool jaeger_query_read(struct api_call *call, struct trace_tests *tests,
                       struct trace_search *search) THAW_CHECK;

/* Tests that v3 has as well; durations are Go's.  False where they are wrong. */
bool jaeger_query_duration(struct trace_tests *tests, struct slice text, enum trace_op op,
                           int64_t *duration_ns) THAW_CHECK;
bool jaeger_query_service(struct trace_tests *tests, struct slice service,
                          struct slice operation) THAW_CHECK;

#endif
