/* SPDX-License-Identifier: Apache-2.0 */
#include "tail/tail_event.h"

#include "api/api_call.h"
#include "model/record_ids.h"
#include "proto/names.h"
#include "streams/line.h"
#include "tail/tail_limits.h"

/* ---- What both kinds have. ---- */

static void write_request(struct json_write *writer, const struct log_line *record)
{
    struct id16 request_id;
    if (record_ids_request(record->attrs, &request_id)) {
        api_write_request_id(writer, SLICE("request_id"), request_id);
    } else {
        json_write_member_null(writer, SLICE("request_id"));
    }
    if (record->has_trace) {
        api_write_id16(writer, SLICE("trace_id"), record->trace_id);
    } else {
        json_write_member_null(writer, SLICE("trace_id"));
    }
}

static void write_place(struct json_write *writer, const struct tail_line *line)
{
    const struct log_line *record = line->record;
    uint64_t time_ns = record->time_ns != 0 ? record->time_ns : record->observed_ns;
    json_write_key(writer, SLICE("time"));
    json_write_u64_text(writer, time_ns);
    api_write_text(writer, SLICE("function"), record->resource->function);
    api_write_text(writer, SLICE("service"), record->resource->service);
    api_write_text(writer, SLICE("instance"), record->resource->instance);
    json_write_key(writer, SLICE("instance_no"));
    if (line->instance_no > 0) {
        json_write_u64(writer, line->instance_no);
    } else {
        json_write_null(writer);
    }
    write_request(writer, record);
}

static struct slice text_attr(const struct log_line *record, struct slice name)
{
    struct slice text = SLICE_EMPTY;
    return attrs_find_text(record->attrs, name, &text) ? text : SLICE_EMPTY;
}

static int64_t int_attr(const struct log_line *record, struct slice name)
{
    int64_t number = UNKNOWN_INT;
    return attrs_find_int(record->attrs, name, &number) ? number : UNKNOWN_INT;
}

/* ---- The end of an invocation. ---- */

static void write_end(struct json_write *writer, const struct log_line *record)
{
    bool cold = false;
    int64_t reported_ns = int_attr(record, NAME_THAW_REPORTED_NS);
    int64_t handler_ns = int_attr(record, NAME_THAW_HANDLER_NS);
    (void)attrs_find_bool(record->attrs, NAME_FAAS_COLDSTART, &cold);
    api_write_text(writer, SLICE("status"), text_attr(record, NAME_THAW_INVOCATION_STATUS));
    api_write_text(writer, SLICE("error_type"), text_attr(record, NAME_ERROR_TYPE));
    json_write_member_bool(writer, SLICE("cold"), cold);
    api_write_ms(writer, SLICE("init_ms"), int_attr(record, NAME_THAW_INIT_NS));
    api_write_ms(writer, SLICE("duration_ms"),
                 reported_ns != UNKNOWN_INT ? reported_ns : handler_ns);
    api_write_int(writer, SLICE("billed_ms"), int_attr(record, NAME_THAW_BILLED_MS));
    api_write_int(writer, SLICE("max_memory_mb"), int_attr(record, NAME_THAW_MAX_MEMORY_USED_MB));
}

/* ---- A line. ---- */

/* A text, or its front. */
static void write_text(struct json_write *writer, struct slice key, struct slice text)
{
    json_write_key(writer, key);
    json_write_string(writer, slice_take(text, TAIL_TEXT_MAX));
}

static struct slice source_of(const struct log_line *record)
{
    if (record->scope == NULL || (!record->scope->agent && !record->scope->logs)) {
        return SLICE("sdk");
    }
    return slice_equal(text_attr(record, NAME_THAW_SOURCE), SLICE("extension")) ? SLICE("extension")
                                                                                : SLICE("function");
}

/* What the text says of itself, where the record does not. */
static void write_line_text(struct json_write *writer, const struct log_line *record)
{
    struct slice text = record->body.text;
    struct slice message = text;
    struct slice level = record->severity_text;
    uint32_t severity = record->severity;
    struct line line;
    struct slice rest;
    line_read(text, &line, &rest);
    if (line.kind == LINE_APP && rest.size == 0) {
        severity = severity != 0 ? severity : line.severity;
        level = level.size > 0 ? level : line.level;
        message = line.text.size > 0 && !line.text_escaped ? line.text : text;
    }
    json_write_member_u64(writer, SLICE("severity"), severity);
    api_write_text(writer, SLICE("level"), slice_take(level, TAIL_PIECE_MAX));
    write_text(writer, SLICE("body"), text);
    write_text(writer, SLICE("message"), message);
    json_write_member_bool(writer, SLICE("cut"), text.size > TAIL_TEXT_MAX);
}

/* A body that is no text is shown as JSON, in a text as well. */
static void write_other_body(struct json_write *writer, const struct log_line *record)
{
    struct json_write inner;
    struct buf text;
    buf_init_growing(&text, TAIL_BATCH_SIZE_MAX);
    json_write_init(&inner, &text);
    api_write_value(&inner, &record->body);
    json_write_member_u64(writer, SLICE("severity"), record->severity);
    api_write_text(writer, SLICE("level"), slice_take(record->severity_text, TAIL_PIECE_MAX));
    write_text(writer, SLICE("body"), buf_bytes(&text));
    json_write_member_null(writer, SLICE("message"));
    json_write_member_bool(writer, SLICE("cut"),
                           text.size > TAIL_TEXT_MAX || buf_overflowed(&text));
    buf_fini(&text);
}

void tail_event_write(const struct tail_line *line, struct buf *out)
{
    struct json_write writer;
    buf_append_text(out, line->invocation ? "event: invocation\ndata: " : "event: line\ndata: ");
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    write_place(&writer, line);
    if (line->invocation) {
        write_end(&writer, line->record);
    } else {
        if (line->record->body.kind == VALUE_STRING) {
            write_line_text(&writer, line->record);
        } else {
            write_other_body(&writer, line->record);
        }
        json_write_member_string(&writer, SLICE("source"), source_of(line->record));
        api_write_text(&writer, SLICE("event_name"), line->record->event_name);
    }
    json_write_object_end(&writer);
    json_write_finish(&writer);
    buf_append_text(out, "\n\n");
}
