/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CARRIER_H
#define THAW_AGENT_CARRIER_H

#include "base/slice.h"
#include "trigger/trigger.h"

/*
 * Trace contexts out of the texts that carry them, which anybody may have
 * written: what is not exactly as its specification says is none.  Pure.
 */

struct carrier {
    struct slice traceparent;
    struct slice tracestate;
    struct slice xray; /* X-Amzn-Trace-Id or AWSTraceHeader. */
    struct slice b3;   /* In one header... */
    struct slice b3_trace_id;
    struct slice b3_span_id;
    struct slice b3_sampled; /* ...or in several. */
    struct slice datadog_trace_id;
    struct slice datadog_parent_id;
    struct slice datadog_priority;
    struct slice datadog_tags;
};

struct carrier_contexts {
    /* W3C's, else B3's, else that of an X-Ray header with a Parent. */
    struct trigger_context parent;
    bool w3c; /* It is W3C's. */
    /* Those that are of other traces than the parent: X-Ray's and Datadog's. */
    struct trigger_context others[2];
    size_t other_count;
    bool xray; /* The X-Ray header is one. */
};

void carrier_read(const struct carrier *carrier, struct carrier_contexts *contexts);

#endif
