/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_FACTS_H
#define THAW_COLLECTOR_REPORT_FACTS_H

#include "report/label.h"

#include "cost/billing.h"
#include "streams/stream_sink.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is kept of an invocation while it is open, and of the worst for ever: by value, so that it
 * outlives the call that told it.  STREAMS_UNKNOWN stands for what nobody told.
 */
struct facts {
    uint64_t key;      /* Of the stream, request and attempt. */
    uint32_t function; /* Its row. */
    uint32_t attempt;
    enum provider provider;
    enum billing billing;
    enum stream_end end;
    bool report_seen, cold, proactive, out_of_memory;
    bool init_inside; /* The init lies in the duration: it was suppressed. */
    bool restored;
    bool cold_unknown;
    int64_t at_ns; /* Its beginning, as near as it is known. */
    int64_t start_ns, report_ns;
    int64_t reported_ns, billed_ms, memory_mb, max_memory_mb;
    int64_t init_ns; /* That it waited for, or that was made ahead of it: init or restore. */
    int64_t init_start_ns, billed_restore_ms, handler_ns, post_handler_ns;
    int64_t produced_bytes; /* Of its answer: JSON logs tell them, text does not. */
    bool has_trace;
    struct id16 trace_id;
    struct label request, stream, error_type, region;
};

/* Whether somebody told it, and nothing absurd. */
static inline bool facts_known(int64_t value)
{
    return log_event_known(value) && value >= 0;
}

/* Take over what an invocation of the function in this row says. */
void facts_set(struct facts *facts, const struct stream_invocation *invocation, uint32_t function);

/* Which invocation it is, in this run; lines name theirs by the same. */
uint64_t facts_key(const struct stream_source *source, const struct id16 *request,
                   uint32_t attempt);

/* Its duration: the platform's, else the handler's, else STREAMS_UNKNOWN. */
int64_t facts_duration_ns(const struct facts *facts);

/* How long its caller waited, as far as lines tell: the init before it and its duration.  0 where
 * neither is known. */
int64_t facts_wait_ns(const struct facts *facts);

/* It ended in an error or a timeout. */
bool facts_failed(const struct facts *facts);

#endif
