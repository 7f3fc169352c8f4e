/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector's one internal form of telemetry.  Formats (OTLP protobuf, later CloudWatch lines)
 * are translated into a struct batch at the edge, once; everything behind the edge reads batches.
 *
 * A batch and all that it points to live in the arena that it was decoded into, or in the bytes
 * that were decoded; nothing in it is owned by itself.  A batch is read-only once made and may be
 * read by any thread as long as its memory lives.
 *
 * Text is as it was sent: it may hold any bytes.  Who shows it, sanitises it.
 */
#ifndef THAW_COLLECTOR_MODEL_RECORD_H
#define THAW_COLLECTOR_MODEL_RECORD_H

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum signal { SIGNAL_TRACES, SIGNAL_LOGS, SIGNAL_METRICS };

/* Trace id, or a request id: the 16 bytes that stand for a transaction or an invocation. */
struct id16 {
    unsigned char bytes[16];
};

struct id8 {
    unsigned char bytes[8];
};

enum value_kind {
    VALUE_EMPTY,
    VALUE_STRING,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_DOUBLE,
    VALUE_BYTES,
    VALUE_ARRAY,
    VALUE_MAP,
};

struct attr;

struct value {
    enum value_kind kind;
    union {
        struct slice text; /* STRING and BYTES. */
        bool boolean;
        int64_t integer;
        double number;
        struct {
            const struct value *items;
            size_t count;
        } array;
        struct {
            const struct attr *items;
            size_t count;
        } map;
    };
};

struct attr {
    struct slice key;
    struct value value;
};

struct attrs {
    const struct attr *items;
    size_t count;
    uint32_t dropped; /* What the sender says it left out. */
};

/* Stands for what a resource says (model/record_key.h); all zero: nothing does. */
struct record_key {
    uint64_t words[2];
};

/* Who sent a block of records.  Empty slices and 0 stand for "not said". */
struct resource {
    struct slice message; /* All of it as it came; empty where it is made of something else. */
    struct record_key key;
    struct attrs attrs;
    struct slice service;  /* service.name */
    struct slice account;  /* cloud.account.id */
    struct slice region;   /* cloud.region */
    struct slice function; /* faas.name */
    struct slice version;  /* faas.version */
    struct slice instance; /* faas.instance */
    uint64_t epoch;        /* thaw.epoch: 0 when the sender is no thaw agent. */
    uint64_t seq;          /* thaw.seq of a block passed on from an SDK, else 0. */
};

struct scope {
    struct slice name;
    struct slice version;
    bool agent;         /* Name is thaw.agent and the resource has an epoch. */
    bool logs;          /* Name is thaw.logs: made of log streams (docs/reference/wire.md). */
    struct attrs attrs; /* Of thaw.logs: whose its lines are; each of them is given it, too. */
};

struct span_event {
    uint64_t time_ns;
    struct slice name;
    struct attrs attrs;
};

struct span_link {
    struct id16 trace_id;
    struct id8 span_id;
    struct attrs attrs;
};

enum span_kind {
    SPAN_UNSPECIFIED,
    SPAN_INTERNAL,
    SPAN_SERVER,
    SPAN_CLIENT,
    SPAN_PRODUCER,
    SPAN_CONSUMER,
};

enum span_status { SPAN_STATUS_UNSET, SPAN_STATUS_OK, SPAN_STATUS_ERROR };

/* What its attributes say of a record, written down where they were read (model/record_gist.h). */
struct gist {
    bool read;      /* Else all of it is still to be read. */
    bool requested; /* faas.invocation_id is a request id, not all zero: */
    bool inferred;  /* thaw.inferred is true. */
    bool phased;    /* thaw.phase is there. */
    struct id16 request_id;
    uint64_t number; /* thaw.seq; 0: there is none, or it is absurd. */
};

struct span {
    const struct resource *resource;
    const struct scope *scope;
    struct id16 trace_id;
    struct id8 span_id;
    struct id8 parent_span_id; /* All zero for a root. */
    struct slice trace_state;
    struct slice name;
    enum span_kind kind;
    uint32_t flags;
    uint64_t start_ns;
    uint64_t end_ns;
    uint64_t seq; /* thaw.seq of the agent's own span, else 0. */
    struct gist gist;
    struct attrs attrs;
    const struct span_event *events;
    size_t event_count;
    const struct span_link *links;
    size_t link_count;
    enum span_status status;
    struct slice status_message;
};

struct log_line {
    const struct resource *resource;
    const struct scope *scope;
    uint64_t time_ns; /* 0: unknown, then observed_ns counts. */
    uint64_t observed_ns;
    uint32_t severity; /* 0..24 as OTLP numbers it. */
    struct slice severity_text;
    struct value body;
    struct slice event_name;
    bool has_trace;
    struct id16 trace_id;
    struct id8 span_id;
    uint64_t seq; /* thaw.seq, else 0. */
    struct gist gist;
    struct attrs attrs;
};

struct metric;

struct batch {
    enum signal signal;
    const struct resource *resources;
    size_t resource_count;
    const struct span *spans;
    size_t span_count;
    const struct log_line *logs;
    size_t log_count;
    const struct metric *metrics; /* model/metric.h; without those of a thaw agent. */
    size_t metric_count;
    size_t point_count; /* Of them. */
    size_t rejected;    /* Records refused for what they are (a span without ids, ...). */
    struct slice rejected_reason;
};

/* Whether there is nothing to keep: no record, and no number of an agent's, which would be missed.
 * What only an agent measures of itself has none. */
bool record_batch_empty(const struct batch *batch);

/* The value of an attribute, or NULL.  Where a key stands twice, the last one counts. */
const struct value *attrs_find(struct attrs attrs, struct slice key);
/* The same with a type: false leaves *out alone.  A number may stand as a numeric string. */
bool attrs_find_text(struct attrs attrs, struct slice key, struct slice *out);
bool attrs_find_int(struct attrs attrs, struct slice key, int64_t *out);
bool attrs_find_bool(struct attrs attrs, struct slice key, bool *out);

/* What a value is, if it is there (not NULL) and of this type: the same of one that was found. */
bool record_value_text(const struct value *value, struct slice *out);
bool record_value_int(const struct value *value, int64_t *out);
bool record_value_bool(const struct value *value, bool *out);

/* A number that the agent gave a record or a block of them; 0 when there is none (NULL) or it is
 * absurd. */
uint64_t record_value_number(const struct value *value);
uint64_t record_number(struct attrs attrs, struct slice key);

/* Fill in who sent a block, from its attributes. */
void record_name_sender(struct resource *resource);

/* The function that sent it, or, where it tells none, the service; empty: neither. */
static inline struct slice record_sender(const struct resource *resource)
{
    return resource->function.size > 0 ? resource->function : resource->service;
}

#endif
