/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SAMPLE_PRICING_SPAN_H
#define THAW_SAMPLE_PRICING_SPAN_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The span of one invocation, written by hand: without an SDK it is one JSON
 * text.  Pure.
 */
struct span {
    struct slice service;
    struct slice request_id;
    struct slice trace_header; /* X-Ray's, as the platform gave it; may be empty. */
    unsigned char id[8];       /* Random. */
    uint64_t start_ns;
    uint64_t end_ns;
    bool failed;
    struct slice message; /* Why, if it failed. */
};

/* Append the span as the OTLP/JSON body of POST /v1/traces.  Without a trace header nobody could
 * find it again: then false, and nothing is appended. */
bool span_write(const struct span *span, struct buf *out);

#endif
