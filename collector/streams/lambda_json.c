/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/lambda_json.h"

#include "streams/json_scan.h"
#include "streams/lambda_number.h"
#include "streams/lambda_text.h"
#include "streams/line_ids.h"
#include "streams/line_limits.h"

static const struct {
    struct slice type;
    enum line_kind kind;
} types[] = {
    {SLICE_INIT("start"), LINE_START},
    {SLICE_INIT("report"), LINE_REPORT},
    {SLICE_INIT("runtimeDone"), LINE_RUNTIME_DONE},
    {SLICE_INIT("initStart"), LINE_INIT_START},
    {SLICE_INIT("initReport"), LINE_INIT_REPORT},
    {SLICE_INIT("initRuntimeDone"), LINE_INIT_RUNTIME_DONE},
    {SLICE_INIT("restoreStart"), LINE_RESTORE_START},
    {SLICE_INIT("restoreReport"), LINE_RESTORE_REPORT},
    {SLICE_INIT("extension"), LINE_EXTENSION},
    {SLICE_INIT("telemetrySubscription"), LINE_EXTENSION},
    {SLICE_INIT("logsSubscription"), LINE_EXTENSION},
    {SLICE_INIT("logsDropped"), LINE_LOGS_DROPPED},
    {SLICE_INIT("end"), LINE_END},
};

#define LAMBDA_TYPE_PREFIX "platform."

static enum line_kind json_kind(struct slice type)
{
    struct slice name = slice_skip(type, sizeof(LAMBDA_TYPE_PREFIX) - 1);

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (slice_equal(types[i].type, name)) {
            return types[i].kind;
        }
    }
    return LINE_PLATFORM;
}

bool lambda_json_type(struct slice type)
{
    return slice_starts(type, SLICE(LAMBDA_TYPE_PREFIX));
}

/* ---- Numbers. ---- */

/* Where a number of a line is kept. */
enum place {
    PLACE_DURATION,
    PLACE_BILLED,
    PLACE_MEMORY,
    PLACE_MAX_MEMORY,
    PLACE_INIT,
    PLACE_RESTORE,
    PLACE_BILLED_RESTORE,
    PLACE_PRODUCED,
    PLACE_RESPONSE_LATENCY,
    PLACE_RESPONSE_DURATION,
    PLACE_RUNTIME_OVERHEAD,
    PLACE_EXTENSION_OVERHEAD,
    PLACE_DROPPED_RECORDS,
    PLACE_DROPPED_BYTES,
};

static int64_t *json_place(struct line *line, enum place place)
{
    switch (place) {
    case PLACE_DURATION:
        return &line->duration_ns;
    case PLACE_BILLED:
        return &line->billed_ms;
    case PLACE_MEMORY:
        return &line->memory_mb;
    case PLACE_MAX_MEMORY:
        return &line->max_memory_mb;
    case PLACE_INIT:
        return &line->init_ns;
    case PLACE_RESTORE:
        return &line->restore_ns;
    case PLACE_BILLED_RESTORE:
        return &line->billed_restore_ms;
    case PLACE_PRODUCED:
        return &line->produced_bytes;
    case PLACE_RESPONSE_LATENCY:
        return &line->response_latency_ns;
    case PLACE_RESPONSE_DURATION:
        return &line->response_duration_ns;
    case PLACE_RUNTIME_OVERHEAD:
        return &line->runtime_overhead_ns;
    case PLACE_EXTENSION_OVERHEAD:
        return &line->post_handler_ns;
    case PLACE_DROPPED_RECORDS:
        return &line->dropped_records;
    case PLACE_DROPPED_BYTES:
        return &line->dropped_bytes;
    }
    return NULL;
}

struct json_number {
    struct slice name;
    enum place place;
    struct lambda_quantity quantity;
};

static const struct json_number metrics[] = {
    {SLICE_INIT("durationMs"), PLACE_DURATION, LAMBDA_QUANTITY(LAMBDA_DURATION, "durationMs")},
    {SLICE_INIT("billedDurationMs"), PLACE_BILLED,
     LAMBDA_QUANTITY(LAMBDA_WHOLE_MS, "billedDurationMs")},
    {SLICE_INIT("memorySizeMB"), PLACE_MEMORY, LAMBDA_QUANTITY(LAMBDA_MEGABYTES, "memorySizeMB")},
    {SLICE_INIT("maxMemoryUsedMB"), PLACE_MAX_MEMORY,
     LAMBDA_QUANTITY(LAMBDA_USED_MB, "maxMemoryUsedMB")},
    {SLICE_INIT("initDurationMs"), PLACE_INIT, LAMBDA_QUANTITY(LAMBDA_DURATION, "initDurationMs")},
    {SLICE_INIT("restoreDurationMs"), PLACE_RESTORE,
     LAMBDA_QUANTITY(LAMBDA_DURATION, "restoreDurationMs")},
    {SLICE_INIT("billedRestoreDurationMs"), PLACE_BILLED_RESTORE,
     LAMBDA_QUANTITY(LAMBDA_WHOLE_MS, "billedRestoreDurationMs")},
    {SLICE_INIT("producedBytes"), PLACE_PRODUCED, LAMBDA_QUANTITY(LAMBDA_COUNT, "producedBytes")},
    {SLICE_EMPTY, PLACE_DURATION, {LAMBDA_COUNT, {NULL}}},
};

static const struct json_number spans[] = {
    {SLICE_INIT("responseLatency"), PLACE_RESPONSE_LATENCY,
     LAMBDA_QUANTITY(LAMBDA_DURATION, "responseLatency")},
    {SLICE_INIT("responseDuration"), PLACE_RESPONSE_DURATION,
     LAMBDA_QUANTITY(LAMBDA_DURATION, "responseDuration")},
    {SLICE_INIT("runtimeOverhead"), PLACE_RUNTIME_OVERHEAD,
     LAMBDA_QUANTITY(LAMBDA_DURATION, "runtimeOverhead")},
    {SLICE_INIT("extensionOverhead"), PLACE_EXTENSION_OVERHEAD,
     LAMBDA_QUANTITY(LAMBDA_DURATION, "extensionOverhead")},
    {SLICE_EMPTY, PLACE_DURATION, {LAMBDA_COUNT, {NULL}}},
};

static const struct json_number dropped[] = {
    {SLICE_INIT("droppedRecords"), PLACE_DROPPED_RECORDS,
     LAMBDA_QUANTITY(LAMBDA_COUNT, "droppedRecords")},
    {SLICE_INIT("droppedBytes"), PLACE_DROPPED_BYTES,
     LAMBDA_QUANTITY(LAMBDA_COUNT, "droppedBytes")},
    {SLICE_EMPTY, PLACE_DURATION, {LAMBDA_COUNT, {NULL}}},
};

/* Take a number whose name is in the list (which ends with an empty name); null says nothing. */
static void json_number(const struct json_number *list, struct slice name,
                        const struct json_member *member, struct line *line)
{
    const struct json_number *number = list;

    while (number->name.size > 0 && !slice_equal(number->name, name)) {
        number++;
    }
    if (number->name.size == 0 ||
        (member->kind == JSON_KIND_SCALAR && slice_equal(member->value, SLICE("null")))) {
        return;
    }
    const char *reason = number->quantity.reasons[LAMBDA_NO_NUMBER];
    if (member->kind == JSON_KIND_SCALAR) {
        reason =
            lambda_number_json(&number->quantity, member->value, json_place(line, number->place));
    }
    if (reason != NULL && line->reason == NULL) {
        line->reason = reason;
    }
}

static void json_metrics(struct slice object, struct line *line)
{
    struct json_scan scan;
    struct json_member member;

    if (!json_scan_begin(&scan, object) || scan.array) {
        return;
    }
    while (json_scan_next(&scan, &member)) {
        json_number(metrics, member.key, &member, line);
    }
}

/* {"name": "responseLatency", "start": ..., "durationMs": 3.1} */
static void json_span(struct slice object, struct line *line)
{
    struct json_scan scan;
    struct json_member member;
    struct json_member duration = {.kind = JSON_KIND_SCALAR, .value = SLICE("null")};
    struct slice name = SLICE_EMPTY;

    if (!json_scan_begin(&scan, object) || scan.array) {
        return;
    }
    while (json_scan_next(&scan, &member)) {
        if (slice_equal(member.key, SLICE("name"))) {
            name = member.value;
        } else if (slice_equal(member.key, SLICE("durationMs"))) {
            duration = member;
        }
    }
    json_number(spans, name, &duration, line);
}

static void json_spans(struct slice array, struct line *line)
{
    struct json_scan scan;
    struct json_member span;

    if (!json_scan_begin(&scan, array) || !scan.array) {
        return;
    }
    while (json_scan_next(&scan, &span)) {
        json_span(span.value, line);
    }
}

/* {"spanId": ..., "type": "X-Amzn-Trace-Id", "value": "Root=1-...;Parent=...;Sampled=1"} */
static void json_tracing(struct slice object, struct line *line)
{
    struct json_scan scan;
    struct json_member member;

    if (!json_scan_begin(&scan, object) || scan.array) {
        return;
    }
    while (json_scan_next(&scan, &member)) {
        if (slice_equal(member.key, SLICE("value"))) {
            (void)line_ids_trace(line, member.value);
        } else if (slice_equal(member.key, SLICE("spanId"))) {
            line_ids_segment(line, member.value);
        }
    }
}

/* ---- Records. ---- */

/* 256 is megabytes, 268435456 is bytes: both are seen. */
static void json_instance_memory(const struct json_member *member, struct line *line)
{
    static const struct lambda_quantity megabytes =
        LAMBDA_QUANTITY(LAMBDA_MEGABYTES, "instanceMaxMemory");
    static const struct lambda_quantity bytes = LAMBDA_QUANTITY(LAMBDA_COUNT, "instanceMaxMemory");
    bool large = member->kind == JSON_KIND_SCALAR && member->value.size >= 7;
    int64_t value = STREAMS_UNKNOWN;

    if (member->kind == JSON_KIND_SCALAR && slice_equal(member->value, SLICE("null"))) {
        return;
    }
    const char *reason = lambda_number_json(large ? &bytes : &megabytes, member->value, &value);
    if (reason != NULL) {
        line->reason = line->reason == NULL ? reason : line->reason;
    } else {
        line->memory_mb = large ? value / (1024 * 1024) : value;
    }
}

/* The members that are text; false if it is another. */
static bool json_record_text(const struct json_member *member, struct line *line)
{
    static const struct {
        struct slice name;
        size_t offset;
    } texts[] = {
        {SLICE_INIT("version"), offsetof(struct line, version)},
        {SLICE_INIT("functionVersion"), offsetof(struct line, version)},
        {SLICE_INIT("functionName"), offsetof(struct line, function)},
        {SLICE_INIT("instanceId"), offsetof(struct line, instance)},
        {SLICE_INIT("initializationType"), offsetof(struct line, init_type)},
        {SLICE_INIT("phase"), offsetof(struct line, phase)},
        {SLICE_INIT("runtimeVersion"), offsetof(struct line, runtime)},
        {SLICE_INIT("errorType"), offsetof(struct line, error_type)},
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (slice_equal(texts[i].name, member->key)) {
            struct slice *target =
                (struct slice *)(void *)((unsigned char *)line + texts[i].offset);
            *target = member->kind == JSON_KIND_STRING ? member->value : *target;
            return true;
        }
    }
    return false;
}

/* arn:aws:lambda:<region>:... */
static void json_region(struct slice arn, struct line *line)
{
    struct slice part = SLICE_EMPTY;

    for (unsigned i = 0; i < 4; i++) {
        if (!slice_cut(arn, ':', &part, &arn)) {
            return;
        }
    }
    line->region = part;
}

static void json_record(struct slice object, struct line *line)
{
    struct json_scan scan;
    struct json_member member;

    if (!json_scan_begin(&scan, object) || scan.array) {
        return;
    }
    while (json_scan_next(&scan, &member)) {
        bool text = member.kind == JSON_KIND_STRING;
        if (slice_equal(member.key, SLICE("requestId"))) {
            line_ids_request(line, text ? member.value : SLICE_EMPTY);
        } else if (slice_equal(member.key, SLICE("metrics"))) {
            json_metrics(member.value, line);
        } else if (slice_equal(member.key, SLICE("spans"))) {
            json_spans(member.value, line);
        } else if (slice_equal(member.key, SLICE("tracing"))) {
            json_tracing(member.value, line);
        } else if (slice_equal(member.key, SLICE("status"))) {
            line->status = lambda_text_word(member.value);
        } else if (slice_equal(member.key, SLICE("instanceMaxMemory"))) {
            json_instance_memory(&member, line);
        } else if (slice_equal(member.key, SLICE("runtimeVersionArn")) ||
                   slice_equal(member.key, SLICE("runtimeArn")) ||
                   slice_equal(member.key, SLICE("functionArn"))) {
            json_region(member.value, line);
        } else if (!json_record_text(&member, line) && line->kind == LINE_LOGS_DROPPED) {
            json_number(dropped, member.key, &member, line);
        }
    }
}

static bool json_needs_request(enum line_kind kind)
{
    return kind == LINE_START || kind == LINE_END || kind == LINE_REPORT ||
           kind == LINE_RUNTIME_DONE;
}

void lambda_json_read(struct slice type, struct slice record, struct line *line)
{
    line->kind = json_kind(type);
    if (record.size > 0 && record.base[0] == '{') {
        json_record(record, line);
    } else if (record.size > 0) {
        /* platform.fault and .end of the time before records were objects: a line of text. */
        struct slice rest;
        struct slice text = line->text;
        if (lambda_text_read(record, line, &rest)) {
            line->text = text;
        }
    }
    line->out_of_memory = slice_equal(line->error_type, SLICE("Runtime.OutOfMemory"));
    if (json_needs_request(line->kind) && line->request_text.size == 0 && line->reason == NULL) {
        line->reason = "a platform event has no requestId";
    }
    if (line->reason == NULL) {
        line->reason = lambda_number_judge_memory(line->memory_mb, line->max_memory_mb);
    }
    if (line->reason != NULL) {
        line->kind = LINE_REFUSED;
    }
}
