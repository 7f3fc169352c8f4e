/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_record.h"

#include "model/record_ids.h"
#include "model/span_names.h"
#include "proto/names.h"

struct slice api_record_source(const struct log_line *line)
{
    struct slice source;
    if (line->scope != NULL && (line->scope->agent || line->scope->logs)) {
        return attrs_find_text(line->attrs, NAME_THAW_SOURCE, &source) &&
                       slice_equal(source, SLICE("extension"))
                   ? SLICE("extension")
                   : SLICE("function");
    }
    return SLICE("sdk");
}

void api_record_write_events(struct json_write *writer, const struct span *span, int64_t skew_ns)
{
    json_write_member_array(writer, SLICE("events"));
    for (size_t i = 0; i < span->event_count; i++) {
        const struct span_event *event = &span->events[i];
        json_write_object_begin(writer);
        api_write_time(writer, SLICE("time"), (int64_t)event->time_ns + skew_ns);
        json_write_member_string(writer, SLICE("name"), event->name);
        api_write_attrs(writer, SLICE("attributes"), event->attrs);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_member_array(writer, SLICE("links"));
    for (size_t i = 0; i < span->link_count; i++) {
        const struct span_link *link = &span->links[i];
        json_write_object_begin(writer);
        api_write_id16(writer, SLICE("trace_id"), link->trace_id);
        api_write_id8(writer, SLICE("span_id"), link->span_id);
        api_write_attrs(writer, SLICE("attributes"), link->attrs);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

void api_record_write_line_ids(struct json_write *writer, const struct log_line *line)
{
    json_write_key(writer, SLICE("seq"));
    if (line->seq != 0) {
        json_write_u64(writer, line->seq);
    } else {
        json_write_null(writer);
    }
    json_write_key(writer, SLICE("epoch"));
    if (line->resource->epoch != 0) {
        json_write_u64_text(writer, line->resource->epoch);
    } else {
        json_write_null(writer);
    }
    if (line->has_trace) {
        api_write_id16(writer, SLICE("trace_id"), line->trace_id);
        api_write_id8(writer, SLICE("span_id"), line->span_id);
    } else {
        json_write_member_null(writer, SLICE("trace_id"));
        json_write_member_null(writer, SLICE("span_id"));
    }
}

/* ---- Rows of lists. ---- */

/* Which of the instances of its function it is, in order of appearance in the list. */
static uint64_t instance_number(const struct record_row *rows, uint32_t at)
{
    const struct resource *own = record_row_resource(&rows[at]);
    uint64_t number = 1;
    for (uint32_t i = 0; i < at; i++) {
        const struct resource *other = record_row_resource(&rows[i]);
        if (!slice_equal(other->function, own->function) || other->instance.size == 0) {
            continue;
        }
        bool first = true; /* Of its instance. */
        for (uint32_t k = 0; first && k < i; k++) {
            const struct resource *before = record_row_resource(&rows[k]);
            first = !slice_equal(before->function, own->function) ||
                    !slice_equal(before->instance, other->instance);
        }
        if (slice_equal(other->instance, own->instance)) {
            break;
        }
        number += first;
    }
    return number;
}

static void write_place(struct json_write *writer, const struct record_row *rows, uint32_t at)
{
    const struct record_row *row = &rows[at];
    const struct resource *resource = record_row_resource(row);
    struct attrs attrs = row->span != NULL ? row->span->attrs : row->line->attrs;
    struct id16 request;
    int64_t attempt;
    api_write_text(writer, SLICE("service"), resource->service);
    api_write_text(writer, SLICE("function"), resource->function);
    api_write_text(writer, SLICE("instance"), resource->instance);
    json_write_key(writer, SLICE("instance_no"));
    if (resource->instance.size > 0) {
        json_write_u64(writer, instance_number(rows, at));
    } else {
        json_write_null(writer);
    }
    if (record_ids_request(attrs, &request)) {
        api_write_request_id(writer, SLICE("request_id"), request);
    } else {
        json_write_member_null(writer, SLICE("request_id"));
    }
    if (!attrs_find_int(attrs, NAME_THAW_ATTEMPT, &attempt)) {
        attempt = UNKNOWN_INT;
    }
    api_write_int(writer, SLICE("attempt"), attempt);
    if (row->has_transaction) {
        api_write_id16(writer, SLICE("transaction"), row->transaction);
    } else {
        json_write_member_null(writer, SLICE("transaction"));
    }
}

static void write_line(struct json_write *writer, const struct record_row *rows, uint32_t at)
{
    const struct log_line *line = rows[at].line;
    struct record_text text;
    struct slice phase;
    record_row_text(line, &text);
    api_write_time(writer, SLICE("time"), (int64_t)rows[at].time_ns);
    api_write_time(writer, SLICE("observed"),
                   line->observed_ns != 0 ? (int64_t)line->observed_ns : UNKNOWN_NS);
    json_write_member_u64(writer, SLICE("severity"), text.severity);
    api_write_text(writer, SLICE("level"), text.level);
    json_write_key(writer, SLICE("body"));
    api_write_value(writer, &line->body);
    api_write_text(writer, SLICE("message"), text.message);
    json_write_member_u64(writer, SLICE("parts"), 1);
    json_write_member_bool(writer, SLICE("streamed"), line->scope != NULL && line->scope->logs);
    json_write_member_string(writer, SLICE("source"), api_record_source(line));
    if (!attrs_find_text(line->attrs, NAME_THAW_PHASE, &phase)) {
        phase = SLICE_EMPTY;
    }
    api_write_text(writer, SLICE("phase"), phase);
    api_record_write_line_ids(writer, line);
    api_write_attrs(writer, SLICE("attributes"), line->attrs);
    api_write_text(writer, SLICE("event_name"), line->event_name);
}

static void write_span(struct json_write *writer, const struct span *span)
{
    int64_t took_ns = (int64_t)(span->end_ns - span->start_ns);
    bool agent = span->scope != NULL && span->scope->agent;
    bool logs = span->scope != NULL && span->scope->logs;
    api_write_id16(writer, SLICE("trace_id"), span->trace_id);
    api_write_id8(writer, SLICE("span_id"), span->span_id);
    api_write_id8(writer, SLICE("parent_span_id"), span->parent_span_id);
    json_write_member_string(writer, SLICE("name"), span->name);
    json_write_member_string(writer, SLICE("kind"), span_name_of_kind(span->kind));
    api_write_time(writer, SLICE("start"), (int64_t)span->start_ns);
    api_write_time(writer, SLICE("end"), (int64_t)span->end_ns);
    api_write_ms(writer, SLICE("duration_ms"), took_ns >= 0 ? took_ns : UNKNOWN_NS);
    json_write_member_string(writer, SLICE("status"), span_name_of_status(span->status));
    api_write_text(writer, SLICE("status_message"), span->status_message);
    json_write_member_string(writer, SLICE("source"),
                             agent  ? SLICE("agent")
                             : logs ? SLICE("logs")
                                    : SLICE("sdk"));
    api_write_text(writer, SLICE("scope"), span->scope != NULL ? span->scope->name : SLICE_EMPTY);
    api_write_attrs(writer, SLICE("attributes"), span->attrs);
    api_write_attrs(writer, SLICE("resource"), span->resource->attrs);
    api_record_write_events(writer, span, 0);
}

void api_record_write_all(struct json_write *writer, struct slice key,
                          const struct record_row *rows, uint32_t count)
{
    json_write_member_array(writer, key);
    for (uint32_t i = 0; i < count; i++) {
        json_write_object_begin(writer);
        if (rows[i].span != NULL) {
            write_span(writer, rows[i].span);
        } else {
            write_line(writer, rows, i);
        }
        write_place(writer, rows, i);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}
