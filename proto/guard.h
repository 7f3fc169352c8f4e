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

/*
 * What protobuf-c allocates, in bytes, rounded up.  It keeps one struct per
 * message, a copy per byte string, an array per list, a struct and a copy per
 * unknown field, and, for messages of more fields than fit in its frame, slabs
 * to sort them, of which up to half is not used.
 */
enum guard_cost {
    GUARD_ALLOCATION_OVERHEAD = 32, /* malloc's header and rounding. */
    GUARD_LIST_POINTER_SIZE = 8,    /* Of an element that is a message. */
    GUARD_LIST_BYTES_SIZE = 16,     /* Of an element that is a byte string. */
    GUARD_LIST_SCALAR_SIZE = 8,
    GUARD_UNKNOWN_FIELD_SIZE = 24,
    GUARD_SLAB_FIELD_SIZE = 64,
    GUARD_SLAB_FREE_COUNT = 16,
};

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
