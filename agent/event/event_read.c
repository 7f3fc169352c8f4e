/* SPDX-License-Identifier: Apache-2.0 */
#include "event/event_read.h"

#include "agent_limits.h"

#include "base/ensure.h"
#include "base/number.h"
#include "base/timestamp.h"

/* Digits between milliseconds and nanoseconds. */
#define MS_DIGITS 6

static const struct {
    struct slice name;
    enum event_type type;
} event_types[] = {
    {SLICE_INIT("platform.initStart"), EVENT_INIT_START},
    {SLICE_INIT("platform.initRuntimeDone"), EVENT_INIT_RUNTIME_DONE},
    {SLICE_INIT("platform.initReport"), EVENT_INIT_REPORT},
    {SLICE_INIT("platform.start"), EVENT_START},
    {SLICE_INIT("platform.runtimeDone"), EVENT_RUNTIME_DONE},
    {SLICE_INIT("platform.report"), EVENT_REPORT},
    {SLICE_INIT("platform.restoreStart"), EVENT_RESTORE_START},
    {SLICE_INIT("platform.restoreRuntimeDone"), EVENT_RESTORE_RUNTIME_DONE},
    {SLICE_INIT("platform.restoreReport"), EVENT_RESTORE_REPORT},
    {SLICE_INIT("platform.extension"), EVENT_EXTENSION},
    {SLICE_INIT("platform.telemetrySubscription"), EVENT_SUBSCRIPTION},
    {SLICE_INIT("platform.logsSubscription"), EVENT_SUBSCRIPTION},
    {SLICE_INIT("platform.logsDropped"), EVENT_LOGS_DROPPED},
    {SLICE_INIT("function"), EVENT_LINE_FUNCTION},
    {SLICE_INIT("extension"), EVENT_LINE_EXTENSION},
};

struct event event_read_blank(enum event_type type)
{
    return (struct event){
        .type = type,
        .duration_ns = EVENT_NONE,
        .produced_bytes = EVENT_NONE,
        .billed_ms = EVENT_NONE,
        .memory_size_mb = EVENT_NONE,
        .max_memory_used_mb = EVENT_NONE,
        .init_ns = EVENT_NONE,
        .restore_ns = EVENT_NONE,
        .billed_restore_ms = EVENT_NONE,
        .response_latency_ns = EVENT_NONE,
        .response_duration_ns = EVENT_NONE,
        .runtime_overhead_ns = EVENT_NONE,
        .extension_overhead_ns = EVENT_NONE,
        .dropped_records = EVENT_NONE,
        .dropped_bytes = EVENT_NONE,
    };
}

/* A value of another type than expected is as if it were not there. */
static void read_text(struct json_read *json, struct arena *arena, struct slice *text)
{
    struct json_string string;
    if (json_read_string(json, &string) == JSON_GOT) {
        *text = json_string_text(string, arena);
    }
}

/* Durations and counts are never negative; the platform's whole numbers may have a fraction. */
static void read_scaled(struct json_read *json, unsigned digits, int64_t *value)
{
    int64_t number = 0;
    if (json_read_scaled(json, digits, &number) == JSON_GOT && number >= 0) {
        *value = number;
    }
}

static void read_metrics(struct json_read *json, struct event *event)
{
    const struct {
        struct slice name;
        unsigned digits;
        int64_t *value;
    } members[] = {
        {SLICE("durationMs"), MS_DIGITS, &event->duration_ns},
        {SLICE("producedBytes"), 0, &event->produced_bytes},
        {SLICE("billedDurationMs"), 0, &event->billed_ms},
        {SLICE("memorySizeMB"), 0, &event->memory_size_mb},
        {SLICE("maxMemoryUsedMB"), 0, &event->max_memory_used_mb},
        {SLICE("initDurationMs"), MS_DIGITS, &event->init_ns},
        {SLICE("restoreDurationMs"), MS_DIGITS, &event->restore_ns},
        {SLICE("billedRestoreDurationMs"), 0, &event->billed_restore_ms},
    };
    struct json_string key;
    if (json_read_object(json) != JSON_GOT) {
        return;
    }
    while (json_read_member(json, &key)) {
        size_t i = 0;
        while (i < sizeof(members) / sizeof(members[0]) &&
               !json_string_equal(key, members[i].name)) {
            i++;
        }
        if (i < sizeof(members) / sizeof(members[0])) {
            read_scaled(json, members[i].digits, members[i].value);
        } else {
            json_read_skip(json);
        }
    }
}

/* One element of spans: {name, start, durationMs}. */
static void read_span(struct json_read *json, struct event *event)
{
    struct json_string key;
    struct json_string name = {.raw = SLICE_EMPTY, .escaped = false};
    int64_t duration_ns = EVENT_NONE;
    if (json_read_object(json) != JSON_GOT) {
        return;
    }
    while (json_read_member(json, &key)) {
        if (json_string_equal(key, SLICE("name"))) {
            struct json_string value;
            if (json_read_string(json, &value) == JSON_GOT) {
                name = value;
            }
        } else if (json_string_equal(key, SLICE("durationMs"))) {
            read_scaled(json, MS_DIGITS, &duration_ns);
        } else {
            json_read_skip(json);
        }
    }
    if (json_string_equal(name, SLICE("responseLatency"))) {
        event->response_latency_ns = duration_ns;
    } else if (json_string_equal(name, SLICE("responseDuration"))) {
        event->response_duration_ns = duration_ns;
    } else if (json_string_equal(name, SLICE("runtimeOverhead"))) {
        event->runtime_overhead_ns = duration_ns;
    } else if (json_string_equal(name, SLICE("extensionOverhead"))) {
        event->extension_overhead_ns = duration_ns;
    }
}

static void read_spans(struct json_read *json, struct event *event)
{
    if (json_read_array(json) != JSON_GOT) {
        return;
    }
    while (json_read_element(json)) {
        read_span(json, event);
    }
}

static void read_tracing(struct json_read *json, struct arena *arena, struct event *event)
{
    struct json_string key;
    if (json_read_object(json) != JSON_GOT) {
        return;
    }
    while (json_read_member(json, &key)) {
        if (json_string_equal(key, SLICE("value"))) {
            read_text(json, arena, &event->tracing_value);
        } else if (json_string_equal(key, SLICE("spanId"))) {
            read_text(json, arena, &event->tracing_span_id);
        } else {
            json_read_skip(json);
        }
    }
}

static bool read_record_text(struct json_read *json, struct arena *arena, struct json_string key,
                             struct event *event)
{
    const struct {
        struct slice name;
        struct slice *value;
    } members[] = {
        {SLICE("requestId"), &event->request_id},
        {SLICE("status"), &event->status},
        {SLICE("errorType"), &event->error_type},
        {SLICE("initializationType"), &event->initialization_type},
        {SLICE("phase"), &event->phase},
        {SLICE("instanceId"), &event->instance_id},
        {SLICE("runtimeVersion"), &event->runtime_version},
        {SLICE("functionVersion"), &event->function_version},
        {SLICE("reason"), &event->reason},
    };
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (json_string_equal(key, members[i].name)) {
            read_text(json, arena, members[i].value);
            return true;
        }
    }
    return false;
}

/* A record that is no object (platform.fault is a text) leaves everything unknown. */
static void read_record(struct slice record, struct arena *arena, struct event *event)
{
    struct json_read json;
    struct json_string key;
    json_read_init(&json, record, AGENT_EVENT_DEPTH_MAX);
    if (json_read_object(&json) != JSON_GOT) {
        return;
    }
    while (json_read_member(&json, &key)) {
        if (json_string_equal(key, SLICE("metrics"))) {
            read_metrics(&json, event);
        } else if (json_string_equal(key, SLICE("spans"))) {
            read_spans(&json, event);
        } else if (json_string_equal(key, SLICE("tracing"))) {
            read_tracing(&json, arena, event);
        } else if (json_string_equal(key, SLICE("droppedRecords"))) {
            read_scaled(&json, 0, &event->dropped_records);
        } else if (json_string_equal(key, SLICE("droppedBytes"))) {
            read_scaled(&json, 0, &event->dropped_bytes);
        } else if (!read_record_text(&json, arena, key, event)) {
            json_read_skip(&json);
        }
    }
}

static void read_line(struct slice record, struct event *event)
{
    struct json_read json;
    json_read_init(&json, record, AGENT_EVENT_DEPTH_MAX);
    if (json_read_peek(&json) == JSON_STRING) {
        if (json_read_string(&json, &event->text) == JSON_GOT) {
            return;
        }
    }
    event->object = record;
}

static enum event_type type_of(struct slice name)
{
    for (size_t i = 0; i < sizeof(event_types) / sizeof(event_types[0]); i++) {
        if (slice_equal(name, event_types[i].name)) {
            return event_types[i].type;
        }
    }
    return EVENT_UNKNOWN;
}

/* The members of an element come in any order, so the record is read when the type is known. */
static bool read_element(struct event_read *reader, struct event *event)
{
    struct json_read *json = &reader->json;
    struct json_string key;
    struct slice record = SLICE_EMPTY;
    struct slice time = SLICE_EMPTY;
    if (json_read_object(json) != JSON_GOT) {
        return false;
    }
    while (json_read_member(json, &key)) {
        if (json_string_equal(key, SLICE("type"))) {
            read_text(json, reader->arena, &event->type_name);
        } else if (json_string_equal(key, SLICE("time"))) {
            read_text(json, reader->arena, &time);
        } else if (json_string_equal(key, SLICE("record"))) {
            if (json_read_raw(json, &record) != JSON_GOT) {
                record = SLICE_EMPTY;
            }
        } else {
            json_read_skip(json);
        }
    }
    if (json_read_failed(json) || event->type_name.size == 0) {
        return false;
    }
    if (!timestamp_parse(time, &event->time_ns)) {
        event->time_ns = 0;
    }
    event->type = type_of(event->type_name);
    if (event->type == EVENT_LINE_FUNCTION || event->type == EVENT_LINE_EXTENSION) {
        read_line(record, event);
    } else if (event->type != EVENT_UNKNOWN) {
        read_record(record, reader->arena, event);
    }
    return true;
}

void event_read_init(struct event_read *reader, struct slice delivery, struct arena *arena)
{
    ENSURE(arena != NULL);
    json_read_init(&reader->json, delivery, AGENT_EVENT_DEPTH_MAX);
    reader->arena = arena;
    reader->begun = false;
    reader->ended = false;
    reader->skipped = 0;
}

enum event_answer event_read_next(struct event_read *reader, struct event *event)
{
    struct json_read *json = &reader->json;
    if (!reader->begun) {
        reader->begun = true;
        if (json_read_array(json) != JSON_GOT && !json_read_failed(json)) {
            json_read_fail(json, "a delivery is an array");
        }
    }
    while (!reader->ended && !json_read_failed(json) && json_read_element(json)) {
        arena_reset(reader->arena);
        *event = event_read_blank(EVENT_UNKNOWN);
        if (read_element(reader, event)) {
            return EVENT_GOT;
        }
        reader->skipped++;
    }
    reader->ended = true;
    /* After the array nothing but white space may follow. */
    return json_read_finish(json) ? EVENT_END : EVENT_BAD;
}
