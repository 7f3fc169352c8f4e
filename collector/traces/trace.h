/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_H
#define THAW_TRACES_TRACE_H

#include "query/transaction.h"

/*
 * A trace as tools know it: the spans of one trace id, those among them that are made of the facts
 * of invocations.  thaw's own unit is the transaction, which may have several trace ids; a trace is
 * a part of one.
 */
struct trace {
    struct id16 id;
    const struct transaction_span **spans; /* In order of start. */
    uint32_t span_count;
    /* The first without a parent, or NULL: it has not come, or is somebody else's. */
    const struct transaction_span *root;
    int64_t start_ns, end_ns;
    struct transaction transaction;
};

/*
 * Read the trace of an id; that of a request id is the trace of its invocation.  NOT_FOUND: nobody
 * knows it, or it has no span; FULL: the arena is too small.  It lives in the arena and in what it
 * holds of the store; whatever the answer is, trace_release() ends it.
 */
enum status trace_read(const struct query *query, struct id16 id, struct arena *arena,
                       struct trace *trace) THAW_CHECK;
void trace_release(struct trace *trace);

/* A trace id in text: up to 32 hexadecimal digits, X-Ray's form, or a UUID. */
bool trace_id_parse(struct slice text, struct id16 *id) THAW_CHECK;

/* What the service of a sender is called: service.name, else the function, else a placeholder. */
struct slice trace_service(const struct resource *resource);

/* A copy of the span with what is known of it now: its caller, and times as corrected. */
struct span trace_span(const struct transaction_span *row);

#endif
