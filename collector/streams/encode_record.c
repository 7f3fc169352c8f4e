/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/encode_record.h"

#include "streams/encode_limits.h"
#include "streams/json_scan.h"

#include "base/hex.h"
#include "base/json_read.h"
#include "base/number.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "proto/names.h"

#include <string.h>

/* LogRecord, and ScopeLogs around it. */
enum {
    SCOPE_RECORDS = 2,
    LOG_TIME = 1,
    LOG_SEVERITY = 2,
    LOG_SEVERITY_TEXT = 3,
    LOG_BODY = 5,
    LOG_ATTRIBUTES = 6,
    LOG_TRACE_ID = 9,
    LOG_EVENT_NAME = 12,
    TEXT_STRING = 1,
};

/* Bytes of a record beside the texts in it, keys included. */
enum { RECORD_SIZE = 4096 };

static void text_known(struct pen *pen, struct slice key, struct slice text)
{
    if (text.size > 0) {
        pen_attribute_text(pen, LOG_ATTRIBUTES, key, text);
    }
}

static void int_known(struct pen *pen, struct slice key, int64_t value)
{
    if (log_event_known(value)) {
        pen_attribute_int(pen, LOG_ATTRIBUTES, key, value);
    }
}

static void write_request(struct pen *pen, const struct id16 *id)
{
    struct uuid uuid;
    char text[UUID_TEXT_SIZE + 1];
    memcpy(uuid.bytes, id->bytes, sizeof(uuid.bytes));
    uuid_format(&uuid, text);
    pen_attribute_text(pen, LOG_ATTRIBUTES, NAME_FAAS_INVOCATION_ID,
                       slice_of(text, UUID_TEXT_SIZE));
}

static struct slice word_text(enum word word)
{
    switch (word) {
    case WORD_SUCCESS:
        return SLICE("success");
    case WORD_ERROR:
        return SLICE("error");
    case WORD_FAILURE:
        return SLICE("failure");
    case WORD_TIMEOUT:
        return SLICE("timeout");
    case WORD_NONE:
        break;
    }
    return SLICE_EMPTY;
}

static void write_event(struct pen *pen, int64_t time_ns, struct slice name)
{
    if (log_event_known(time_ns) && time_ns > 0) {
        pen_fixed64(pen, LOG_TIME, (uint64_t)time_ns);
    }
    pen_text(pen, LOG_EVENT_NAME, name);
}

/* ---- Invocations. ---- */

static struct slice state_of(const struct stream_invocation *invocation)
{
    if (invocation->report_seen) {
        return SLICE("reported");
    }
    return invocation->end_seen || log_event_known(invocation->done_ns) ? SLICE("done")
                                                                        : SLICE("started");
}

/* The platform's word, else what goes wrong by the lines.  That nothing is said to have gone wrong
 * is left unsaid: another piece of the stream may know better. */
static struct slice status_of(const struct stream_invocation *invocation)
{
    struct slice word = word_text(invocation->status);
    if (word.size > 0) {
        return word;
    }
    switch (invocation->end) {
    case END_ERROR:
        return word_text(WORD_ERROR);
    case END_TIMEOUT:
        return word_text(WORD_TIMEOUT);
    case END_OK:
    case END_OPEN:
        break;
    }
    return SLICE_EMPTY;
}

static int64_t time_of(const struct stream_invocation *invocation)
{
    if (log_event_known(invocation->start_ns)) {
        return invocation->start_ns;
    }
    if (log_event_known(invocation->report_ns) && log_event_known(invocation->reported_ns)) {
        return invocation->report_ns - invocation->reported_ns;
    }
    return log_event_known(invocation->report_ns) ? invocation->report_ns : invocation->end_ns;
}

/* Some providers tell the parent of an invocation: the view reads it where AWS would have it. */
static void write_parent(struct pen *pen, const struct stream_invocation *invocation)
{
    char text[] = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000";
    char digits[32];
    if (!invocation->has_parent || !invocation->has_trace) {
        return;
    }
    hex_encode(slice_of(invocation->trace_id.bytes, sizeof(invocation->trace_id.bytes)), digits);
    memcpy(text + 7, digits, 8);
    memcpy(text + 16, digits + 8, 24);
    hex_encode(slice_of(invocation->parent_span_id.bytes, sizeof(invocation->parent_span_id.bytes)),
               text + 48);
    text_known(pen, NAME_THAW_XRAY_HEADER, slice_of(text, sizeof(text) - 1));
}

static void write_times(struct pen *pen, const struct stream_invocation *invocation)
{
    if (invocation->start_seen) {
        int_known(pen, NAME_THAW_START_NS, invocation->start_ns);
    }
    if (invocation->end_seen) {
        int_known(pen, NAME_THAW_END_NS, invocation->end_ns);
    }
    if (log_event_known(invocation->start_ns) && log_event_known(invocation->timeout_ns)) {
        int_known(pen, NAME_THAW_DEADLINE_NS, invocation->start_ns + invocation->timeout_ns);
    }
    int_known(pen, NAME_THAW_DONE_NS, invocation->done_ns);
    int_known(pen, NAME_THAW_HANDLER_NS, invocation->handler_ns);
    int_known(pen, NAME_THAW_RESPONSE_LATENCY_NS, invocation->response_latency_ns);
    int_known(pen, NAME_THAW_RESPONSE_DURATION_NS, invocation->response_duration_ns);
    int_known(pen, NAME_THAW_RUNTIME_OVERHEAD_NS, invocation->runtime_overhead_ns);
    int_known(pen, NAME_THAW_POST_HANDLER_NS, invocation->post_handler_ns);
    int_known(pen, NAME_THAW_REPORTED_NS, invocation->reported_ns);
    int_known(pen, NAME_THAW_BILLED_MS, invocation->billed_ms);
    int_known(pen, NAME_THAW_MEMORY_SIZE_MB, invocation->memory_mb);
    int_known(pen, NAME_THAW_MAX_MEMORY_USED_MB, invocation->max_memory_mb);
    int_known(pen, NAME_THAW_INIT_NS, invocation->init_ns);
    int_known(pen, NAME_THAW_RESTORE_NS, invocation->restore_ns);
    int_known(pen, NAME_THAW_BILLED_RESTORE_MS, invocation->billed_restore_ms);
    int_known(pen, NAME_THAW_PRODUCED_BYTES, invocation->produced_bytes);
}

void encode_record_invocation(struct encode_body *body, const struct stream_invocation *invocation)
{
    struct slice error_type = encode_body_clean(body, invocation->error_type);
    struct slice trigger = encode_body_clean(body, invocation->trigger);
    struct pen pen = {encode_body_begin(body, invocation->source, NULL,
                                        RECORD_SIZE + error_type.size + trigger.size)};
    if (pen.at == NULL) {
        return;
    }
    unsigned char *record = pen_open(&pen, SCOPE_RECORDS);
    write_event(&pen, time_of(invocation), NAME_EVENT_INVOCATION);
    if (invocation->has_trace) {
        pen_text(&pen, LOG_TRACE_ID, slice_of(invocation->trace_id.bytes, 16));
    }
    write_request(&pen, &invocation->request_id);
    if (invocation->cold || (invocation->report_seen && !invocation->cold_unknown)) {
        pen_attribute_bool(&pen, LOG_ATTRIBUTES, NAME_FAAS_COLDSTART, invocation->cold);
    }
    text_known(&pen, NAME_THAW_INVOCATION_STATE, state_of(invocation));
    text_known(&pen, NAME_THAW_INVOCATION_STATUS, status_of(invocation));
    text_known(&pen, NAME_ERROR_TYPE,
               error_type.size == 0 && invocation->out_of_memory ? SLICE("Runtime.OutOfMemory")
                                                                 : error_type);
    if (slice_equal(invocation->init_phase, SLICE("invoke"))) {
        text_known(&pen, NAME_THAW_INIT_PHASE, invocation->init_phase);
    }
    write_times(&pen, invocation);
    write_parent(&pen, invocation);
    if (invocation->has_segment) {
        char text[16];
        hex_encode(slice_of(invocation->segment_id.bytes, 8), text);
        text_known(&pen, NAME_THAW_XRAY_SEGMENT_ID, slice_of(text, sizeof(text)));
    }
    text_known(&pen, NAME_THAW_TRIGGER, trigger);
    if (invocation->http_status > 0) {
        pen_attribute_int(&pen, LOG_ATTRIBUTES, NAME_HTTP_RESPONSE_STATUS_CODE,
                          invocation->http_status);
    }
    pen_close(&pen, record);
    encode_body_end(body, pen.at);
}

/* ---- Inits. ---- */

void encode_record_init(struct encode_body *body, const struct stream_init *init)
{
    if (!log_event_known(init->start_ns)) {
        return; /* Its start is its name. */
    }
    struct slice error_type = encode_body_clean(body, init->error_type);
    struct slice phase = encode_body_clean(body, init->phase);
    struct slice type = encode_body_clean(body, init->type);
    struct pen pen = {encode_body_begin(body, init->source, NULL,
                                        RECORD_SIZE + error_type.size + phase.size + type.size)};
    if (pen.at == NULL) {
        return;
    }
    unsigned char *record = pen_open(&pen, SCOPE_RECORDS);
    write_event(&pen, init->start_ns, NAME_EVENT_INSTANCE_START);
    text_known(&pen, NAME_THAW_INIT_PHASE, phase);
    int_known(&pen, NAME_THAW_INIT_START_NS, init->start_ns);
    int_known(&pen, NAME_THAW_INIT_END_NS, init->end_ns);
    int_known(&pen, NAME_THAW_INIT_NS, init->duration_ns);
    text_known(&pen, NAME_THAW_INIT_STATUS, word_text(init->status));
    text_known(&pen, NAME_ERROR_TYPE, error_type);
    text_known(&pen, NAME_THAW_INITIALIZATION_TYPE, type);
    pen_close(&pen, record);
    encode_body_end(body, pen.at);
}

/* ---- Lines. ---- */

/* What a line says: its text, or, of a JSON object that is all of the message, its message. */
struct said {
    struct slice text;
    bool escaped;
    bool object; /* Its other members become attributes. */
    size_t left_out;
};

/* A front of at most size_max bytes that cuts no escape in two. */
static struct slice cut_escaped(struct slice raw, size_t size_max)
{
    size_t size = 0;
    while (size < size_max && size < raw.size) {
        size_t step = 1;
        if (raw.base[size] == '\\') {
            step = size + 1 < raw.size && raw.base[size + 1] == 'u' ? 6 : 2;
        }
        if (step > size_max - size || step > raw.size - size) {
            break;
        }
        size += step;
    }
    return slice_take(raw, size);
}

static struct said said_by(const struct stream_line *line, size_t size_max)
{
    const struct line *parsed = line->line;
    struct slice message = line->event->message;
    struct said said = {.text = message};
    bool object =
        parsed->json && parsed->object.size > 0 && slice_trim(message).base == parsed->object.base;
    if (object && parsed->object.size <= size_max) {
        said.object = true;
        said.text = parsed->text.size > 0 ? parsed->text : parsed->object;
        said.escaped = parsed->text.size > 0 && parsed->text_escaped;
    }
    if (said.text.size > size_max) {
        struct slice cut =
            said.escaped ? cut_escaped(said.text, size_max) : utf8_truncate(said.text, size_max);
        said.left_out = said.text.size - cut.size;
        said.text = cut;
    }
    return said;
}

/* The text, decoded, without a line feed at its end. */
static struct slice body_text(struct encode_body *body, const struct said *said)
{
    struct slice text = said->text;
    if (said->escaped) {
        size_t begin = body->scratch.size;
        json_string_decode((struct json_string){.raw = text, .escaped = true}, &body->scratch);
        text = slice_skip(buf_bytes(&body->scratch), begin);
    } else {
        text = encode_body_clean(body, text);
    }
    if (text.size > 0 && text.base[text.size - 1] == '\n') {
        text.size--;
    }
    if (said->left_out > 0) {
        size_t begin = body->scratch.size;
        buf_append(&body->scratch, text);
        buf_printf(&body->scratch, "... (%zu bytes cut)", said->left_out);
        text = slice_skip(buf_bytes(&body->scratch), begin);
    }
    return text;
}

static void write_body(struct pen *pen, struct slice text)
{
    pen_tag(pen, LOG_BODY, 2);
    pen_varint(pen, 1 + pen_varint_size(text.size) + text.size);
    pen_text(pen, TEXT_STRING, text);
}

static void write_scalar(struct pen *pen, struct slice key, struct slice text)
{
    int64_t integer;
    double number;
    if (slice_equal(text, SLICE("true")) || slice_equal(text, SLICE("false"))) {
        pen_attribute_bool(pen, LOG_ATTRIBUTES, key, text.base[0] == 't');
    } else if (number_parse_i64(text, &integer) == NUMBER_OK) {
        pen_attribute_int(pen, LOG_ATTRIBUTES, key, integer);
    } else if (number_parse_double(text, &number) != NUMBER_BAD) {
        pen_attribute_double(pen, LOG_ATTRIBUTES, key, number);
    }
}

/* What a line's own members must not say: it decides where the line belongs, and is ours. */
static bool is_reserved(struct slice key)
{
    return slice_starts(key, SLICE("thaw.")) || slice_equal(key, NAME_FAAS_INVOCATION_ID) ||
           slice_equal(key, NAME_LOG_RECORD_UID);
}

/* Bytes that the members of an object may take as attributes: a byte that is no UTF-8 becomes
 * three. */
static size_t members_size(struct slice object)
{
    return 3 * object.size + (size_t)ENCODE_MEMBERS_MAX * PEN_ATTRIBUTE_SIZE;
}

/* The other scalar members of a JSON line, as the agent sends them. */
static void write_members(struct encode_body *body, struct pen *pen, struct slice object)
{
    struct json_scan scan;
    struct json_member member;
    unsigned count = 0;
    if (!json_scan_begin(&scan, object)) {
        return;
    }
    while (count < ENCODE_MEMBERS_MAX && json_scan_next(&scan, &member)) {
        bool scalar = member.kind == JSON_KIND_STRING || member.kind == JSON_KIND_SCALAR;
        if (!scalar || slice_equal(member.key, SLICE("message")) ||
            slice_equal(member.key, SLICE("level")) || is_reserved(member.key) ||
            slice_find_byte(member.key, '\\') != SLICE_NONE || !utf8_valid(member.key)) {
            continue;
        }
        count++;
        if (member.kind == JSON_KIND_SCALAR) {
            write_scalar(pen, member.key, member.value);
            continue;
        }
        struct said said = {.text = member.value, .escaped = member.escaped};
        struct slice text = member.value;
        if (member.escaped) {
            size_t begin = body->scratch.size;
            json_string_decode((struct json_string){said.text, true}, &body->scratch);
            text = slice_skip(buf_bytes(&body->scratch), begin);
        } else {
            text = encode_body_clean(body, text);
        }
        pen_attribute_text(pen, LOG_ATTRIBUTES, member.key, text);
    }
}

/* A failure of whom nothing here tells: the view, which sees the other pieces, may know. */
static bool is_failure(const struct stream_line *line)
{
    return !line->has_request && line->phase.size == 0 && line->line->unhandled;
}

void encode_record_line(struct encode_body *body, const struct stream_line *line)
{
    const struct line *parsed = line->line;
    size_t size_max = body->options->body_size_max / 4 < ENCODE_TEXT_SIZE_MAX
                          ? body->options->body_size_max / 4
                          : ENCODE_TEXT_SIZE_MAX;
    struct said said = said_by(line, size_max);
    struct slice text = body_text(body, &said);
    struct slice level = encode_body_clean(
        body, slice_take(parsed->level, parsed->level.size < 64 ? parsed->level.size : 64));
    struct slice id = encode_body_clean(body, line->event->id);
    struct slice error_type =
        encode_body_clean(body, slice_take(parsed->error_type, ENCODE_ERROR_TYPE_SIZE_MAX));
    size_t size = RECORD_SIZE + text.size + level.size + id.size + error_type.size +
                  (said.object ? members_size(parsed->object) : 0);
    const struct encode_owner owner = {
        .has_request = line->has_request,
        .request_id = line->request_id,
        .phase = line->has_request ? SLICE_EMPTY : line->phase,
    };
    struct pen pen = {encode_body_begin(body, line->source, &owner, size)};
    if (pen.at == NULL) {
        return;
    }
    unsigned char *record = pen_open(&pen, SCOPE_RECORDS);
    if (log_event_known(line->event->time_ns) && line->event->time_ns > 0) {
        pen_fixed64(&pen, LOG_TIME, (uint64_t)line->event->time_ns);
    }
    if (parsed->severity > 0) {
        pen_number(&pen, LOG_SEVERITY, parsed->severity);
    }
    if (level.size > 0) {
        pen_text(&pen, LOG_SEVERITY_TEXT, level);
    }
    write_body(&pen, text);
    if (line->has_trace) {
        pen_text(&pen, LOG_TRACE_ID, slice_of(line->trace_id.bytes, 16));
    }
    text_known(&pen, NAME_LOG_RECORD_UID, id);
    if (is_failure(line)) {
        pen_attribute_bool(&pen, LOG_ATTRIBUTES, NAME_THAW_UNHANDLED, true);
        text_known(&pen, NAME_ERROR_TYPE, error_type);
    }
    if (said.object) {
        write_members(body, &pen, parsed->object);
    }
    pen_close(&pen, record);
    encode_body_end(body, pen.at);
}
