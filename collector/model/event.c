/* SPDX-License-Identifier: Apache-2.0 */
#include "model/event.h"
#include "model/event_fields.h"
#include "model/ids.h"
#include "model/model_limits.h"

#include "base/hex.h"
#include "base/uuid.h"
#include "base/xray.h"
#include "proto/names.h"

#include <string.h>

enum event_kind event_kind_of(const struct log_line *line)
{
    if (line->event_name.size == 0 || line->scope == NULL ||
        (!line->scope->agent && !line->scope->logs)) {
        return EVENT_LINE;
    }
    if (slice_equal(line->event_name, NAME_EVENT_INVOCATION)) {
        return EVENT_INVOCATION;
    }
    if (slice_equal(line->event_name, NAME_EVENT_INSTANCE_START)) {
        return EVENT_INSTANCE_START;
    }
    if (slice_equal(line->event_name, NAME_EVENT_INSTANCE_STOP)) {
        return EVENT_INSTANCE_STOP;
    }
    return EVENT_LINE;
}

bool event_request_of(struct slice text, struct id16 *request_id)
{
    struct uuid uuid;
    if (!uuid_parse(text, &uuid)) {
        return false;
    }
    memcpy(request_id->bytes, uuid.bytes, sizeof(uuid.bytes));
    return ids_valid(*request_id);
}

bool event_key_of(struct attrs attrs, struct event_key *key)
{
    struct slice text;
    if (!attrs_find_text(attrs, NAME_FAAS_INVOCATION_ID, &text) ||
        !event_request_of(text, &key->request_id)) {
        return false;
    }
    int64_t attempt;
    key->attempt = 0;
    if (attrs_find_int(attrs, NAME_THAW_ATTEMPT, &attempt) && attempt >= 1 &&
        attempt <= ATTEMPT_MAX) {
        key->attempt = (uint32_t)attempt;
    }
    return true;
}

bool event_time_ok(const struct event_reader *reader, int64_t time_ns)
{
    return time_ns >= TIME_NS_MIN && time_ns <= reader->arrival_ns + TIME_AHEAD_NS_MAX;
}

static int64_t read_time(struct event_reader *reader, const struct value *value)
{
    int64_t time_ns;
    if (!record_value_int(value, &time_ns)) {
        return UNKNOWN_NS;
    }
    if (!event_time_ok(reader, time_ns)) {
        reader->refused++;
        return UNKNOWN_NS;
    }
    return time_ns;
}

static int64_t read_number(struct event_reader *reader, const struct value *value, int64_t most)
{
    int64_t number;
    if (!record_value_int(value, &number)) {
        return UNKNOWN_INT;
    }
    if (number < 0 || number > most) {
        reader->refused++;
        return UNKNOWN_INT;
    }
    return number;
}

static int64_t read_duration(struct event_reader *reader, const struct value *value)
{
    return read_number(reader, value, DURATION_NS_MAX);
}

static void read_text(const struct value *value, struct slice *text)
{
    if (!record_value_text(value, text)) {
        *text = SLICE_EMPTY;
    }
}

static enum invocation_status status_of(struct slice text)
{
    static const struct {
        struct slice text;
        enum invocation_status status;
    } words[] = {
        {SLICE_INIT("success"), ENDED_SUCCESS},
        {SLICE_INIT("error"), ENDED_ERROR},
        {SLICE_INIT("failure"), ENDED_FAILURE},
        {SLICE_INIT("timeout"), ENDED_TIMEOUT},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_equal(text, words[i].text)) {
            return words[i].status;
        }
    }
    return ENDED_UNTOLD;
}

static uint8_t state_of(const struct value *const values[])
{
    struct slice text;
    read_text(values[FIELD_THAW_INVOCATION_STATE], &text);
    if (slice_equal(text, SLICE("reported"))) {
        return STATE_REPORTED;
    }
    return slice_equal(text, SLICE("done")) ? STATE_DONE : STATE_STARTED;
}

/* Root, Parent and the segment's id, from the header where the record itself does not say. */
static void read_context(struct told *told, const struct value *const values[])
{
    read_text(values[FIELD_THAW_XRAY_HEADER], &told->xray_header);
    struct xray header;
    if (told->xray_header.size > 0 && xray_parse(told->xray_header, &header)) {
        if (header.has_root && !told->has_trace) {
            memcpy(told->trace_id.bytes, header.root, sizeof(header.root));
            told->has_trace = ids_valid(told->trace_id);
        }
        /* Where the caller's own context counts, the header's is another name of the same. */
        bool same = memcmp(told->trace_id.bytes, header.root, sizeof(header.root)) == 0;
        if (header.has_parent && same) {
            memcpy(told->parent_span_id.bytes, header.parent, sizeof(header.parent));
        }
        if (header.has_root && !same) {
            memcpy(told->roots[0].bytes, header.root, sizeof(header.root));
        }
    }
    struct slice segment;
    read_text(values[FIELD_THAW_XRAY_SEGMENT_ID], &segment);
    if (!hex_decode(segment, told->segment_id.bytes, sizeof(told->segment_id.bytes))) {
        memset(&told->segment_id, 0, sizeof(told->segment_id));
    }
}

static int64_t read_flag(const struct value *value)
{
    bool flag;
    return record_value_bool(value, &flag) ? (flag ? 1 : 0) : UNKNOWN_INT;
}

/* What invoked it, which the event and the SERVER span tell alike. */
static void read_trigger(struct event_reader *reader, struct told *told,
                         const struct value *const values[])
{
    struct slice header;
    struct xray xray;
    read_text(values[FIELD_THAW_TRIGGER], &told->trigger);
    read_text(values[FIELD_THAW_TRIGGER_SOURCE], &told->trigger_source);
    read_text(values[FIELD_THAW_TRIGGER_ORIGIN], &told->trigger_origin);
    read_text(values[FIELD_HTTP_REQUEST_METHOD], &told->method);
    read_text(values[FIELD_HTTP_ROUTE], &told->route);
    told->trigger_time_ns = read_time(reader, values[FIELD_THAW_TRIGGER_TIME_NS]);
    told->trigger_messages =
        read_number(reader, values[FIELD_MESSAGING_BATCH_MESSAGE_COUNT], MEMBER_LINK_COUNT_MAX);
    told->caller_waits = read_flag(values[FIELD_THAW_TRIGGER_CALLER_WAITS]);
    told->status_code = read_number(reader, values[FIELD_HTTP_RESPONSE_STATUS_CODE], 999);
    read_text(values[FIELD_THAW_TRIGGER_XRAY_HEADER], &header);
    if (header.size > 0 && xray_parse(header, &xray) && xray.has_root) {
        memcpy(told->roots[1].bytes, xray.root, sizeof(xray.root));
    }
}

static int8_t read_cold(const struct value *const values[])
{
    bool cold;
    if (!record_value_bool(values[FIELD_FAAS_COLDSTART], &cold)) {
        return -1;
    }
    return cold ? 1 : 0;
}

void event_read_invocation(struct event_reader *reader, const struct log_line *line,
                           struct told *told)
{
    const struct value *values[EVENT_FIELD_COUNT];
    struct slice status;
    event_fields_find(line->attrs, values);
    invocations_untold(told);
    told->logs = line->scope->logs;
    told->state = state_of(values);
    if (!told->logs) {
        told->stamp = (struct stamp){line->resource->epoch, line->seq, told->state};
    }
    read_text(values[FIELD_THAW_INVOCATION_STATUS], &status);
    told->status = status_of(status);
    read_text(values[FIELD_ERROR_TYPE], &told->error_type);
    read_trigger(reader, told, values);
    read_text(values[FIELD_AWS_LAMBDA_INVOKED_ARN], &told->invoked_arn);
    read_text(values[FIELD_THAW_INIT_PHASE], &told->init_phase);
    told->cold = read_cold(values);
    if (line->has_trace && ids_valid(line->trace_id)) {
        told->has_trace = true;
        told->trace_id = line->trace_id;
        told->span_id = line->span_id;
    }
    read_context(told, values);
    if (event_time_ok(reader, (int64_t)line->time_ns)) {
        told->time_ns = (int64_t)line->time_ns;
    }
    told->start_ns = read_time(reader, values[FIELD_THAW_START_NS]);
    told->deadline_ns = read_time(reader, values[FIELD_THAW_DEADLINE_NS]);
    told->done_ns = read_time(reader, values[FIELD_THAW_DONE_NS]);
    told->end_ns = read_time(reader, values[FIELD_THAW_END_NS]);
    told->handler_ns = read_duration(reader, values[FIELD_THAW_HANDLER_NS]);
    told->response_latency_ns = read_duration(reader, values[FIELD_THAW_RESPONSE_LATENCY_NS]);
    told->response_duration_ns = read_duration(reader, values[FIELD_THAW_RESPONSE_DURATION_NS]);
    told->post_handler_ns = read_duration(reader, values[FIELD_THAW_POST_HANDLER_NS]);
    told->reported_ns = read_duration(reader, values[FIELD_THAW_REPORTED_NS]);
    told->billed_ms = read_number(reader, values[FIELD_THAW_BILLED_MS], DURATION_NS_MAX / 1000000);
    told->memory_mb = read_number(reader, values[FIELD_THAW_MEMORY_SIZE_MB], MEMORY_MB_MAX);
    told->max_memory_mb = read_number(reader, values[FIELD_THAW_MAX_MEMORY_USED_MB], MEMORY_MB_MAX);
    told->init_ns = read_duration(reader, values[FIELD_THAW_INIT_NS]);
    told->restore_ns = read_duration(reader, values[FIELD_THAW_RESTORE_NS]);
    told->billed_restore_ms =
        read_number(reader, values[FIELD_THAW_BILLED_RESTORE_MS], DURATION_NS_MAX / 1000000);
    told->produced_bytes =
        read_number(reader, values[FIELD_THAW_PRODUCED_BYTES], PRODUCED_BYTES_MAX);
    told->agent_held_ns = read_duration(reader, values[FIELD_THAW_AGENT_HELD_NS]);
    told->agent_cpu_ns = read_duration(reader, values[FIELD_THAW_AGENT_CPU_NS]);
    told->agent_wire_bytes =
        read_number(reader, values[FIELD_THAW_AGENT_WIRE_BYTES], AGENT_BYTES_MAX);
    told->lines_held_back = read_number(reader, values[FIELD_THAW_LINES_HELD_BACK], LINES_MAX);
    told->lines_over_budget = read_number(reader, values[FIELD_THAW_LINES_OVER_BUDGET], LINES_MAX);
    told->lines_redacted = read_number(reader, values[FIELD_THAW_LINES_REDACTED], LINES_MAX);
}

void event_read_agent(struct event_reader *reader, const struct log_line *line,
                      struct agent_told *told)
{
    const struct value *values[EVENT_FIELD_COUNT];
    event_fields_find(line->attrs, values);
    int64_t records = read_number(reader, values[FIELD_THAW_AGENT_WAITING_RECORDS], UINT32_MAX);
    int64_t since_ns = read_time(reader, values[FIELD_THAW_AGENT_WAITING_SINCE_NS]);
    *told = (struct agent_told){
        .memory_bytes = read_number(reader, values[FIELD_THAW_AGENT_MEMORY_BYTES], AGENT_BYTES_MAX),
        .epoch = line->resource->epoch,
        .seq = records != UNKNOWN_INT ? line->seq : 0,
        .waiting_records = records != UNKNOWN_INT ? (uint32_t)records : 0,
        .waiting_since_ns = since_ns != UNKNOWN_NS ? since_ns : (int64_t)line->time_ns,
        .heard_ns = reader->arrival_ns,
    };
}

void event_read_span(struct event_reader *reader, const struct span *span, struct told *told)
{
    const struct value *values[EVENT_FIELD_COUNT];
    event_fields_find(span->attrs, values);
    invocations_untold(told);
    told->stamp = (struct stamp){span->resource->epoch, span->seq, STATE_NONE};
    if (span->status == SPAN_STATUS_ERROR) {
        read_text(values[FIELD_ERROR_TYPE], &told->error_type);
    }
    read_trigger(reader, told, values);
    read_text(values[FIELD_AWS_LAMBDA_INVOKED_ARN], &told->invoked_arn);
    told->cold = read_cold(values);
    told->has_trace = true;
    told->trace_id = span->trace_id;
    told->span_id = span->span_id;
    told->parent_span_id = span->parent_span_id;
    if (event_time_ok(reader, (int64_t)span->start_ns)) {
        told->span_start_ns = (int64_t)span->start_ns;
    }
    if (event_time_ok(reader, (int64_t)span->end_ns)) {
        told->span_end_ns = (int64_t)span->end_ns;
    }
}

bool event_read_init(struct event_reader *reader, const struct log_line *line, struct init *init)
{
    struct attrs attrs = line->attrs;
    struct slice phase, type, status, error_type;
    read_text(attrs_find(attrs, NAME_THAW_INIT_PHASE), &phase);
    read_text(attrs_find(attrs, NAME_THAW_INITIALIZATION_TYPE), &type);
    if (type.size == 0) {
        read_text(attrs_find(line->resource->attrs, NAME_THAW_INITIALIZATION_TYPE), &type);
    }
    read_text(attrs_find(attrs, NAME_THAW_INIT_STATUS), &status);
    read_text(attrs_find(attrs, NAME_ERROR_TYPE), &error_type);
    *init = (struct init){
        .start_ns = read_time(reader, attrs_find(attrs, NAME_THAW_INIT_START_NS)),
        .end_ns = read_time(reader, attrs_find(attrs, NAME_THAW_INIT_END_NS)),
        .duration_ns = read_duration(reader, attrs_find(attrs, NAME_THAW_INIT_NS)),
        .phase = text_intern(reader->texts, phase),
        .type = text_intern(reader->texts, type),
        .status = text_intern(reader->texts, status),
        .error_type = text_intern(reader->texts, error_type),
        .invocation = ROW_NONE,
        .sources = line->scope->logs ? SOURCE_LOGS : SOURCE_AGENT,
        .suppressed = slice_equal(phase, SLICE("invoke")),
    };
    if (line->scope->logs) {
        init->of_logs = INIT_OF_LOGS;
    }
    return init->start_ns != UNKNOWN_NS;
}

bool event_read_stop(struct event_reader *reader, const struct log_line *line, struct stop *stop)
{
    struct slice reason;
    read_text(attrs_find(line->attrs, NAME_THAW_STOP_REASON), &reason);
    *stop = (struct stop){
        .epoch = line->resource->epoch,
        .time_ns = read_time(reader, attrs_find(line->attrs, NAME_THAW_STOP_NS)),
        .reason = text_intern(reader->texts, reason),
    };
    if (stop->time_ns == UNKNOWN_NS && event_time_ok(reader, (int64_t)line->time_ns)) {
        stop->time_ns = (int64_t)line->time_ns;
    }
    for (size_t i = 0; i < line->attrs.count; i++) {
        const struct attr *attr = &line->attrs.items[i];
        if (attr->value.kind == VALUE_INT) {
            unsent_take(&stop->unsent, attr->key, attr->value.integer);
        }
    }
    return stop->epoch != 0;
}
