/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_EVENTS_H
#define THAW_SANDBOX_EVENTS_H

#include "base/buf.h"
#include "base/slice.h"
#include "sandbox/billing.h"
#include "sandbox/life.h"
#include "sandbox/trace.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes platform events: as the Telemetry API's JSON objects and as the text
 * lines of a log stream.  Pure.  Monotonic times of the life become wall time
 * by adding wall_offset_ns.
 */
struct events_context {
    /* Of the function and the environment. */
    struct slice function_name;
    struct slice function_version;
    struct slice runtime_version; /* "nodejs:20.v1". */
    struct slice runtime_version_arn;
    struct slice instance_id; /* The log stream's name. */
    struct slice init_type;   /* "on-demand", "provisioned-concurrency". */
    struct slice function_arn;
    bool managed; /* A managed instance says other things. */
    uint64_t memory_mb;
    uint64_t timeout_ns;
    enum billing_era era;
    uint64_t wall_offset_ns;
    /* Of the moment. */
    uint64_t memory_used_mb;
    bool has_extensions;
    struct slice extension_name;
    unsigned extension_events;
    /* Of the invocation; empty outside of one. */
    struct slice request_id;
    struct slice tracing; /* The header. */
    const struct trace *trace;
};

/* {"time":...,"type":"platform...","record":{...}} */
void events_write_json(const struct events_context *context, const struct life_event *event,
                       struct buf *out);

/* The messages of a log stream for one platform event: each is one event there. */
#define EVENTS_MESSAGE_COUNT_MAX 3

struct events_text {
    struct buf *out;                       /* All, one behind the other. */
    size_t ends[EVENTS_MESSAGE_COUNT_MAX]; /* Of each, in out. */
    unsigned count;
};

/* What stands in a log stream for this event; no message for events that stand in no log.  END and
 * REPORT are two; the trace of a sampled request is the second line of its REPORT; a timeout has a
 * message of its own behind it.  text->out must be empty. */
void events_write_text(const struct events_context *context, const struct life_event *event,
                       struct events_text *text);

/* Whether the event stands in a log of the JSON format at the default level INFO. */
bool events_logged_as_json(const struct events_context *context, const struct life_event *event);

/* platform.telemetrySubscription, and its line.  types is a set of TELEMETRY_*. */
void events_write_subscription(struct slice name, unsigned types, uint64_t wall_ns,
                               struct buf *json, struct buf *text);

/* A function's or extension's line.  If the line is a JSON object and objects is true, json gets
 * it as an object and plain gets it as a string; else json gets the string and plain nothing. */
void events_write_line(bool extension, bool objects, struct slice line, uint64_t wall_ns,
                       struct buf *json, struct buf *plain);

#endif
