/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_TRACE_H
#define THAW_SANDBOX_TRACE_H

#include "base/buf.h"
#include "base/prng.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How the platform carries the X-Ray header from a caller to a function.  Pure:
 * time and randomness are arguments.
 *
 * The caller's Root is kept; without one (or with a malformed header, which
 * anybody may send) a new Root begins.  Every attempt of every invocation gets
 * a Parent of its own: the span that the runtime's children will name, and the
 * spanId that platform.start tells.  Sampled is kept when it says 0 or 1, and
 * decided otherwise.  Lineage and unknown fields travel along.
 */
struct trace {
    char root[36];    /* 1-8-24 and a NUL. */
    char span_id[17]; /* The new Parent and a NUL. */
    bool sampled;
};

/*
 * Append the header of a new invocation to out and describe it in trace.
 * incoming may be empty.  sampled is what a header says that said nothing.
 */
void trace_next(struct slice incoming, bool sampled, uint64_t wall_ns, struct prng *prng,
                struct trace *trace, struct buf *out);

/* Append the header as an API front passes it on: the incoming one if it has a Root, else a new
 * Root alone. */
void trace_front(struct slice incoming, uint64_t wall_ns, struct prng *prng, struct buf *out);

#endif
