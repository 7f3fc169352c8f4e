/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_EVENT_H
#define THAW_AGENT_EVENT_H

#include "base/json_read.h"
#include "base/slice.h"

#include <stdint.h>

/*
 * An event is one element of a Telemetry API delivery: what the platform says
 * about the life of the instance, or a line that the function or an extension
 * wrote.  Its slices point into the delivery or into the reader's arena, so it
 * is valid until the next event is read.
 */
enum event_type {
    EVENT_UNKNOWN, /* A type that we do not know, or one that says nothing we keep. */
    EVENT_INIT_START,
    EVENT_INIT_RUNTIME_DONE,
    EVENT_INIT_REPORT,
    EVENT_START,
    EVENT_RUNTIME_DONE,
    EVENT_REPORT,
    EVENT_RESTORE_START,
    EVENT_RESTORE_RUNTIME_DONE,
    EVENT_RESTORE_REPORT,
    EVENT_EXTENSION,
    EVENT_SUBSCRIPTION,
    EVENT_LOGS_DROPPED,
    EVENT_LINE_FUNCTION,
    EVENT_LINE_EXTENSION,
};

/* A number that the platform did not give. */
#define EVENT_NONE INT64_MIN

struct event {
    enum event_type type;
    uint64_t time_ns; /* 0 if it was missing or malformed. */

    /* Texts; empty where there was none. */
    struct slice type_name;
    struct slice request_id;
    struct slice status;
    struct slice error_type;
    struct slice initialization_type;
    struct slice phase;
    struct slice instance_id;
    struct slice runtime_version;
    struct slice function_version;
    struct slice tracing_value;
    struct slice tracing_span_id;
    struct slice reason; /* Of EVENT_LOGS_DROPPED. */

    /* Numbers; EVENT_NONE where there was none. */
    int64_t duration_ns; /* metrics.durationMs of whatever event. */
    int64_t produced_bytes;
    int64_t billed_ms;
    int64_t memory_size_mb;
    int64_t max_memory_used_mb;
    int64_t init_ns;
    int64_t restore_ns;
    int64_t billed_restore_ms;
    int64_t response_latency_ns;
    int64_t response_duration_ns;
    int64_t runtime_overhead_ns;
    int64_t extension_overhead_ns;
    int64_t dropped_records;
    int64_t dropped_bytes;

    /* A line: text, or, in the JSON log format, an object.  One of them is there. */
    struct json_string text;
    struct slice object; /* Its JSON; empty for a text. */
};

#endif
