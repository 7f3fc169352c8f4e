/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/events.h"

#include "base/base_limits.h"
#include "base/clock.h"
#include "base/ensure.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/timestamp.h"
#include "sandbox/telemetry.h"

/* The platform's times have milliseconds, its durations microseconds. */
#define TIME_DIGITS 3

static void write_time(struct json_write *writer, struct slice key, uint64_t wall_ns)
{
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format(wall_ns, TIME_DIGITS, text);
    json_write_member_string(writer, key, slice_of(text, size));
}

static void write_ms(struct json_write *writer, struct slice key, uint64_t duration_ns)
{
    json_write_key(writer, key);
    json_write_scaled(writer, (int64_t)(duration_ns / CLOCK_NS_PER_US), 3);
}

static void write_begin(struct json_write *writer, struct slice type, uint64_t wall_ns)
{
    json_write_object_begin(writer);
    write_time(writer, SLICE("time"), wall_ns);
    json_write_member_string(writer, SLICE("type"), type);
    json_write_member_object(writer, SLICE("record"));
}

static void write_end(struct json_write *writer)
{
    json_write_object_end(writer);
    json_write_object_end(writer);
    json_write_finish(writer);
}

static void write_text_member(struct json_write *writer, struct slice key, const char *text)
{
    json_write_member_string(writer, key, slice_from(text));
}

static void write_init(struct json_write *writer, const struct events_context *context,
                       const struct life_event *event)
{
    json_write_member_string(writer, SLICE("initializationType"), context->init_type);
    write_text_member(writer, SLICE("phase"), event->phase == LIFE_PHASE_INIT ? "init" : "invoke");
}

static void write_outcome(struct json_write *writer, const struct life_event *event)
{
    write_text_member(writer, SLICE("status"), life_outcome_name(event->outcome));
    if (event->error_type[0] != '\0') {
        write_text_member(writer, SLICE("errorType"), event->error_type);
    }
}

static void write_tracing(struct json_write *writer, const struct events_context *context)
{
    if (context->trace == NULL) {
        return;
    }
    json_write_member_object(writer, SLICE("tracing"));
    write_text_member(writer, SLICE("spanId"), context->trace->span_id);
    write_text_member(writer, SLICE("type"), "X-Amzn-Trace-Id");
    json_write_member_string(writer, SLICE("value"), context->tracing);
    json_write_object_end(writer);
}

static void write_span(struct json_write *writer, const char *name, uint64_t start_wall_ns,
                       uint64_t duration_ns)
{
    json_write_object_begin(writer);
    write_text_member(writer, SLICE("name"), name);
    write_time(writer, SLICE("start"), start_wall_ns);
    write_ms(writer, SLICE("durationMs"), duration_ns);
    json_write_object_end(writer);
}

static void write_init_start(struct json_write *writer, const struct events_context *context,
                             const struct life_event *event)
{
    write_init(writer, context, event);
    json_write_member_string(writer, SLICE("functionName"), context->function_name);
    json_write_member_string(writer, SLICE("functionVersion"), context->function_version);
    json_write_member_string(writer, SLICE("instanceId"), context->instance_id);
    /* Documented as megabytes; managed instances tell bytes. */
    json_write_member_u64(writer, SLICE("instanceMaxMemory"),
                          context->managed ? context->memory_mb << 20 : context->memory_mb);
    json_write_member_string(writer, SLICE("runtimeVersion"), context->runtime_version);
    json_write_member_string(writer, SLICE("runtimeVersionArn"), context->runtime_version_arn);
}

static void write_init_report(struct json_write *writer, const struct events_context *context,
                              const struct life_event *event)
{
    write_init(writer, context, event);
    write_outcome(writer, event);
    json_write_member_object(writer, SLICE("metrics"));
    write_ms(writer, SLICE("durationMs"), event->duration_ns);
    json_write_object_end(writer);
}

static void write_done_spans(struct json_write *writer, const struct events_context *context,
                             const struct life_event *event)
{
    if (event->first_ns == 0) {
        return;
    }
    uint64_t offset = context->wall_offset_ns;
    json_write_member_array(writer, SLICE("spans"));
    write_span(writer, "responseLatency", event->sent_ns + offset,
               event->first_ns - event->sent_ns);
    write_span(writer, "responseDuration", event->first_ns + offset,
               event->last_ns - event->first_ns);
    write_span(writer, "runtimeOverhead", event->last_ns + offset, event->done_ns - event->last_ns);
    json_write_array_end(writer);
}

static void write_runtime_done(struct json_write *writer, const struct events_context *context,
                               const struct life_event *event)
{
    json_write_member_string(writer, SLICE("requestId"), context->request_id);
    write_outcome(writer, event);
    if (event->has_metrics) {
        json_write_member_object(writer, SLICE("metrics"));
        write_ms(writer, SLICE("durationMs"), event->duration_ns);
        if (event->first_ns != 0) {
            json_write_member_u64(writer, SLICE("producedBytes"), event->bytes);
        }
        json_write_object_end(writer);
        write_done_spans(writer, context, event);
    }
    write_tracing(writer, context);
}

static uint64_t billed_restore_ms(const struct life_event *event)
{
    return (event->restore_ns + CLOCK_NS_PER_MS - 1) / CLOCK_NS_PER_MS;
}

static uint64_t billed_ms(const struct events_context *context, const struct life_event *event)
{
    return billing_billed_ms(context->era,
                             event->duration_ns + billed_restore_ms(event) * CLOCK_NS_PER_MS,
                             event->init_ns);
}

/* All that a managed instance reports. */
static void write_report_managed(struct json_write *writer, const struct events_context *context,
                                 const struct life_event *event)
{
    uint64_t offset = context->wall_offset_ns;
    json_write_member_string(writer, SLICE("requestId"), context->request_id);
    write_outcome(writer, event);
    json_write_member_object(writer, SLICE("metrics"));
    write_ms(writer, SLICE("durationMs"), event->duration_ns);
    json_write_object_end(writer);
    if (event->first_ns != 0) {
        json_write_member_array(writer, SLICE("spans"));
        write_span(writer, "responseLatency", event->sent_ns + offset,
                   event->first_ns - event->sent_ns);
        write_span(writer, "responseDuration", event->first_ns + offset,
                   event->last_ns - event->first_ns);
        json_write_array_end(writer);
    }
    write_tracing(writer, context);
}

static void write_restore_start(struct json_write *writer, const struct events_context *context)
{
    json_write_member_string(writer, SLICE("functionName"), context->function_name);
    json_write_member_string(writer, SLICE("functionVersion"), context->function_version);
    json_write_member_string(writer, SLICE("instanceId"), context->instance_id);
    json_write_member_u64(writer, SLICE("instanceMaxMemory"), context->memory_mb);
    json_write_member_string(writer, SLICE("runtimeVersion"), context->runtime_version);
    json_write_member_string(writer, SLICE("runtimeVersionArn"), context->runtime_version_arn);
}

static void write_restore_report(struct json_write *writer, const struct life_event *event)
{
    write_outcome(writer, event);
    json_write_member_object(writer, SLICE("metrics"));
    write_ms(writer, SLICE("durationMs"), event->duration_ns);
    json_write_object_end(writer);
}

static void write_report(struct json_write *writer, const struct events_context *context,
                         const struct life_event *event)
{
    json_write_member_string(writer, SLICE("requestId"), context->request_id);
    write_outcome(writer, event);
    json_write_member_object(writer, SLICE("metrics"));
    write_ms(writer, SLICE("durationMs"), event->duration_ns);
    json_write_member_u64(writer, SLICE("billedDurationMs"), billed_ms(context, event));
    json_write_member_u64(writer, SLICE("memorySizeMB"), context->memory_mb);
    json_write_member_u64(writer, SLICE("maxMemoryUsedMB"), context->memory_used_mb);
    if (event->init_ns != 0) {
        write_ms(writer, SLICE("initDurationMs"), event->init_ns);
    }
    if (event->restore_ns != 0) {
        write_ms(writer, SLICE("restoreDurationMs"), event->restore_ns);
        json_write_member_u64(writer, SLICE("billedRestoreDurationMs"), billed_restore_ms(event));
    }
    json_write_object_end(writer);
    if (context->has_extensions && event->done_ns != 0) {
        json_write_member_array(writer, SLICE("spans"));
        write_span(writer, "extensionOverhead", event->done_ns + context->wall_offset_ns,
                   event->end_ns - event->done_ns);
        json_write_array_end(writer);
    }
    write_tracing(writer, context);
}

static void write_extension(struct json_write *writer, const struct events_context *context)
{
    json_write_member_string(writer, SLICE("name"), context->extension_name);
    write_text_member(writer, SLICE("state"), "Ready");
    json_write_member_array(writer, SLICE("events"));
    if ((context->extension_events & LIFE_EVENT_INVOKE) != 0) {
        json_write_string(writer, SLICE("INVOKE"));
    }
    if ((context->extension_events & LIFE_EVENT_SHUTDOWN) != 0) {
        json_write_string(writer, SLICE("SHUTDOWN"));
    }
    json_write_array_end(writer);
}

static struct slice type_name(enum life_event_kind kind)
{
    static const char *const names[] = {"platform.initStart",          "platform.initRuntimeDone",
                                        "platform.initReport",         "platform.start",
                                        "platform.runtimeDone",        "platform.report",
                                        "platform.extension",          "platform.restoreStart",
                                        "platform.restoreRuntimeDone", "platform.restoreReport"};
    return slice_from(names[kind]);
}

void events_write_json(const struct events_context *context, const struct life_event *event,
                       struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    write_begin(&writer, type_name(event->kind), event->time_ns + context->wall_offset_ns);
    switch (event->kind) {
    case LIFE_EVENT_INIT_START:
        write_init_start(&writer, context, event);
        break;
    case LIFE_EVENT_INIT_RUNTIME_DONE:
        write_init(&writer, context, event);
        write_outcome(&writer, event);
        break;
    case LIFE_EVENT_INIT_REPORT:
        write_init_report(&writer, context, event);
        break;
    case LIFE_EVENT_START:
        json_write_member_string(&writer, SLICE("requestId"), context->request_id);
        json_write_member_string(&writer, SLICE("version"), context->function_version);
        if (context->managed) {
            json_write_member_string(&writer, SLICE("functionArn"), context->function_arn);
        }
        write_tracing(&writer, context);
        break;
    case LIFE_EVENT_RUNTIME_DONE:
        write_runtime_done(&writer, context, event);
        break;
    case LIFE_EVENT_REPORT:
        if (context->managed) {
            write_report_managed(&writer, context, event);
        } else {
            write_report(&writer, context, event);
        }
        break;
    case LIFE_EVENT_EXTENSION:
        write_extension(&writer, context);
        break;
    case LIFE_EVENT_RESTORE_START:
        write_restore_start(&writer, context);
        break;
    case LIFE_EVENT_RESTORE_RUNTIME_DONE:
        write_outcome(&writer, event);
        break;
    case LIFE_EVENT_RESTORE_REPORT:
        write_restore_report(&writer, event);
        break;
    }
    write_end(&writer);
}

/* Milliseconds with two digits behind the point, rounded as printf rounds. */
static double shown_ms(uint64_t duration_ns)
{
    return (double)duration_ns / (double)CLOCK_NS_PER_MS;
}

static void text_outcome(const struct life_event *event, struct buf *out)
{
    if (event->outcome == LIFE_SUCCESS) {
        return;
    }
    buf_printf(out, "\tStatus: %s", life_outcome_name(event->outcome));
    if (event->error_type[0] != '\0' && event->outcome != LIFE_TIMEOUT) {
        buf_printf(out, "\tError Type: %s", event->error_type);
    }
}

/* A function that answered an error of its own has a plain REPORT line; only what the platform
 * saw go wrong stands there. */
static bool outcome_of_platform(const struct life_event *event)
{
    struct slice type = slice_from(event->error_type);
    return event->outcome == LIFE_TIMEOUT || slice_starts(type, SLICE("Runtime.Exit")) ||
           slice_equal(type, SLICE("Runtime.OutOfMemory")) ||
           slice_starts(type, SLICE("Extension.")) || slice_starts(type, SLICE("Sandbox."));
}

static void message_end(struct events_text *text)
{
    ENSURE(text->count < EVENTS_MESSAGE_COUNT_MAX);
    text->ends[text->count++] = text->out->size;
}

/* "<time> <request> Task timed out after 3.00 seconds" and an empty line. */
static void text_timeout(const struct events_context *context, const struct life_event *event,
                         struct buf *out)
{
    char time[TIMESTAMP_TEXT_SIZE];
    timestamp_format(event->time_ns + context->wall_offset_ns, TIME_DIGITS, time);
    buf_printf(out, "%s " SLICE_FMT " Task timed out after %.2f seconds\n\n", time,
               SLICE_ARG(context->request_id),
               (double)context->timeout_ns / (double)CLOCK_NS_PER_S);
}

static void text_report(const struct events_context *context, const struct life_event *event,
                        struct events_text *text)
{
    struct buf *out = text->out;
    buf_printf(out, "END RequestId: " SLICE_FMT "\n", SLICE_ARG(context->request_id));
    message_end(text);
    buf_printf(out,
               "REPORT RequestId: " SLICE_FMT "\tDuration: %.2f ms\tBilled Duration: %llu ms"
               "\tMemory Size: %llu MB\tMax Memory Used: %llu MB\t",
               SLICE_ARG(context->request_id), shown_ms(event->duration_ns),
               (unsigned long long)billed_ms(context, event),
               (unsigned long long)context->memory_mb, (unsigned long long)context->memory_used_mb);
    if (event->init_ns != 0) {
        buf_printf(out, "Init Duration: %.2f ms\t", shown_ms(event->init_ns));
    }
    if (event->restore_ns != 0) {
        buf_printf(out, "Restore Duration: %.2f ms\tBilled Restore Duration: %llu ms\t",
                   shown_ms(event->restore_ns), (unsigned long long)billed_restore_ms(event));
    }
    if (outcome_of_platform(event)) {
        buf_rewind(out, out->size - 1);
        text_outcome(event, out);
    }
    buf_append_byte(out, '\n');
    if (context->trace != NULL && context->trace->sampled) {
        buf_printf(out, "XRAY TraceId: %s\tSegmentId: %s\tSampled: true\t\n", context->trace->root,
                   context->trace->span_id);
    }
    if (event->outcome == LIFE_TIMEOUT) {
        message_end(text);
        text_timeout(context, event, out);
    }
}

static void text_extension(const struct events_context *context, struct buf *out)
{
    static const char *const sets[] = {"", "INVOKE", "SHUTDOWN", "INVOKE, SHUTDOWN"};
    buf_printf(out, "EXTENSION\tName: " SLICE_FMT "\tState: Ready\tEvents: [%s]\n",
               SLICE_ARG(context->extension_name), sets[context->extension_events & 3]);
}

static void text_init_start(const struct events_context *context, const char *word, struct buf *out)
{
    buf_printf(out, "%s Runtime Version: " SLICE_FMT "\tRuntime Version ARN: " SLICE_FMT "\n", word,
               SLICE_ARG(context->runtime_version), SLICE_ARG(context->runtime_version_arn));
}

static void text_init_report(const struct life_event *event, struct buf *out)
{
    buf_printf(out, "INIT_REPORT Init Duration: %.2f ms\tPhase: %s", shown_ms(event->duration_ns),
               event->phase == LIFE_PHASE_INIT ? "init" : "invoke");
    text_outcome(event, out);
    buf_append_byte(out, '\n');
}

void events_write_text(const struct events_context *context, const struct life_event *event,
                       struct events_text *text)
{
    struct buf *out = text->out;
    text->count = 0;
    switch (event->kind) {
    case LIFE_EVENT_INIT_START:
        if (event->phase == LIFE_PHASE_INIT) {
            text_init_start(context, "INIT_START", out);
        }
        break;
    case LIFE_EVENT_INIT_RUNTIME_DONE:
    case LIFE_EVENT_RUNTIME_DONE:
    case LIFE_EVENT_RESTORE_RUNTIME_DONE:
        break;
    case LIFE_EVENT_RESTORE_START:
        text_init_start(context, "RESTORE_START", out);
        break;
    case LIFE_EVENT_RESTORE_REPORT:
        buf_printf(out, "RESTORE_REPORT Restore Duration: %.2f ms", shown_ms(event->duration_ns));
        text_outcome(event, out);
        buf_append_byte(out, '\n');
        break;
    case LIFE_EVENT_INIT_REPORT:
        if (event->outcome != LIFE_SUCCESS ||
            slice_equal(context->init_type, SLICE("snap-start"))) {
            text_init_report(event, out);
        }
        break;
    case LIFE_EVENT_START:
        buf_printf(out, "START RequestId: " SLICE_FMT " Version: " SLICE_FMT "\n",
                   SLICE_ARG(context->request_id), SLICE_ARG(context->function_version));
        break;
    case LIFE_EVENT_REPORT:
        text_report(context, event, text);
        break;
    case LIFE_EVENT_EXTENSION:
        text_extension(context, out);
        break;
    }
    if (out->size > 0) {
        message_end(text);
    }
}

bool events_logged_as_json(const struct events_context *context, const struct life_event *event)
{
    switch (event->kind) {
    case LIFE_EVENT_INIT_RUNTIME_DONE:
    case LIFE_EVENT_RUNTIME_DONE:
    case LIFE_EVENT_RESTORE_RUNTIME_DONE:
        return event->outcome != LIFE_SUCCESS;
    case LIFE_EVENT_INIT_REPORT:
        return event->outcome != LIFE_SUCCESS ||
               !slice_equal(context->init_type, SLICE("on-demand"));
    case LIFE_EVENT_INIT_START:
    case LIFE_EVENT_START:
    case LIFE_EVENT_REPORT:
    case LIFE_EVENT_EXTENSION:
    case LIFE_EVENT_RESTORE_START:
    case LIFE_EVENT_RESTORE_REPORT:
        break;
    }
    return true;
}

void events_write_subscription(struct slice name, unsigned types, uint64_t wall_ns,
                               struct buf *json, struct buf *text)
{
    static const char *const wire_names[] = {"platform", "function", "extension"};
    static const char *const text_names[] = {"Platform", "Function", "Extension"};
    struct json_write writer;
    json_write_init(&writer, json);
    write_begin(&writer, SLICE("platform.telemetrySubscription"), wall_ns);
    json_write_member_string(&writer, SLICE("name"), name);
    write_text_member(&writer, SLICE("state"), "Subscribed");
    json_write_member_array(&writer, SLICE("types"));
    buf_printf(text, "TELEMETRY\tName: " SLICE_FMT "\tState: Subscribed\tTypes: [",
               SLICE_ARG(name));
    bool first = true;
    for (unsigned i = 0; i < 3; i++) {
        if ((types & (1u << i)) != 0) {
            json_write_string(&writer, slice_from(wire_names[i]));
            buf_printf(text, "%s%s", first ? "" : ", ", text_names[i]);
            first = false;
        }
    }
    buf_append_text(text, "]\n");
    json_write_array_end(&writer);
    write_end(&writer);
}

static bool is_object(struct slice line)
{
    struct json_read reader;
    json_read_init(&reader, line, JSON_DEPTH_MAX / 2);
    if (json_read_peek(&reader) != JSON_OBJECT_BEGIN) {
        return false;
    }
    json_read_skip(&reader);
    return json_read_finish(&reader);
}

static void write_line(bool extension, bool object, struct slice line, uint64_t wall_ns,
                       struct buf *out)
{
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    write_time(&writer, SLICE("time"), wall_ns);
    write_text_member(&writer, SLICE("type"), extension ? "extension" : "function");
    json_write_key(&writer, SLICE("record"));
    if (object) {
        json_write_raw(&writer, slice_trim(line));
    } else {
        json_write_string(&writer, line);
    }
    json_write_object_end(&writer);
    json_write_finish(&writer);
}

void events_write_line(bool extension, bool objects, struct slice line, uint64_t wall_ns,
                       struct buf *json, struct buf *plain)
{
    bool object = objects && is_object(line);
    write_line(extension, object, line, wall_ns, json);
    if (object) {
        write_line(extension, false, line, wall_ns, plain);
    }
}
