/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_GUARD_H
#define THAW_PROTO_GUARD_H

#include "base/slice.h"
#include "base/status.h"
#include "proto/proto_limits.h"
#include "proto/schema.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The guard looks at a protobuf body before a library that recurses and
 * allocates does: whether it is well-formed against the schema, how deep it
 * nests, and how much memory unpacking it would take.  What the guard accepts
 * unpacks (given that memory); beyond what the wire format asks, a message that
 * may be there once must not be there twice.  Pure: no allocation, no recursion, one pass.
 */
struct guard_limits {
    unsigned depth_max;         /* Messages inside of messages, at most OTLP_MESSAGE_DEPTH_MAX. */
    uint64_t unpacked_size_max; /* Bytes of heap. */
};

/* The limits that a collector uses unless it has reasons. */
#define GUARD_LIMITS_DEFAULT                                                                       \
    ((struct guard_limits){.depth_max = OTLP_MESSAGE_DEPTH_MAX,                                    \
                           .unpacked_size_max = OTLP_UNPACKED_SIZE_MAX})

enum guard_answer {
    GUARD_OK,
    GUARD_MALFORMED, /* Not such a message; 400. */
    GUARD_TOO_DEEP,  /* It nests deeper than depth_max; 400. */
    GUARD_TOO_BIG,   /* It would take more than unpacked_size_max; 413. */
};

struct guard_report {
    uint64_t unpacked_size; /* An upper bound of what unpacking allocates. */
    uint64_t message_count; /* Messages, the root included. */
    uint64_t record_count;  /* Spans, log records and data points among them. */
    unsigned depth;         /* The deepest nesting; the root alone is 1. */
    size_t error_at;        /* Offset of the field that is wrong. */
    const char *reason;     /* In words; NULL after GUARD_OK. */
};

/* Check a body that claims to be this message.  The report is filled as far as the guard came. */
enum guard_answer guard_check(struct slice body, enum schema_id root,
                              const struct guard_limits *limits,
                              struct guard_report *report) THAW_CHECK;

#endif
