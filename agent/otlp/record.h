/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RECORD_H
#define THAW_AGENT_RECORD_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Encodes the agent's own records: the fields of a LogRecord or of a Span.
 * The caller appends the attributes between _begin and _end (in whatever order;
 * fields of protobuf have none).  Pure.
 */

/* Where a record belongs in a trace. */
struct record_context {
    unsigned char trace_id[16];
    unsigned char span_id[8];
    bool known; /* Else neither id is written. */
    bool sampled;
};

struct record_log {
    uint64_t time_ns; /* 0: not known, and left out. */
    uint64_t observed_ns;
    unsigned severity; /* 0: not known. */
    struct slice severity_text;
    struct slice event_name;
    struct record_context context;
    uint64_t seq;
};

/* Everything of a LogRecord but its body and its other attributes. */
void record_log_write(const struct record_log *log, struct buf *out);

/* Append the body as a text that is already UTF-8, or open it to be written and closed. */
void record_log_body(struct buf *out, struct slice text);
struct record_body {
    size_t outer;
    size_t inner;
};
struct record_body record_log_body_open(struct buf *out);
void record_log_body_close(struct buf *out, struct record_body body);

enum record_span_kind {
    RECORD_SPAN_INTERNAL = 1,
    RECORD_SPAN_SERVER = 2,
    RECORD_SPAN_CONSUMER = 5,
};

struct record_span {
    struct record_context context;
    unsigned char parent_id[8];
    bool has_parent;
    bool parent_remote; /* The parent is of another process. */
    struct slice name;
    enum record_span_kind kind;
    struct slice trace_state;
    uint64_t start_ns;
    uint64_t end_ns;
    uint64_t links_dropped; /* Links that are not written. */
    bool error;
    struct slice error_message;
    uint64_t seq;
};

/* Everything of a Span but its other attributes. */
void record_span_write(const struct record_span *span, struct buf *out);

/* A link of it to another span; message_id may be empty. */
void record_span_link(const struct record_context *context, struct slice message_id,
                      struct buf *out);

#endif
