/* SPDX-License-Identifier: Apache-2.0 */
#include "api/otlp_json.h"

#include "api/api_limits.h"
#include "base/ensure.h"
#include "proto/names.h"

#include <string.h>

/* ---- Values. ---- */

static void json_scalar(struct json_write *writer, const struct value *value)
{
    switch (value->kind) {
    case VALUE_EMPTY:
    case VALUE_ARRAY:
    case VALUE_MAP:
        break;
    case VALUE_STRING:
        json_write_member_string(writer, SLICE("stringValue"), value->text);
        break;
    case VALUE_BOOL:
        json_write_member_bool(writer, SLICE("boolValue"), value->boolean);
        break;
    case VALUE_INT:
        json_write_key(writer, SLICE("intValue"));
        json_write_i64_text(writer, value->integer);
        break;
    case VALUE_DOUBLE:
        json_write_key(writer, SLICE("doubleValue"));
        json_write_double(writer, value->number, JSON_NONFINITE_TEXT);
        break;
    case VALUE_BYTES:
        json_write_key(writer, SLICE("bytesValue"));
        json_write_base64(writer, value->text);
        break;
    }
}

/* A list or map that is being written, and how far. */
struct json_open {
    const struct value *value;
    size_t next;
};

static void json_open_list(struct json_write *writer, const struct value *value)
{
    json_write_member_object(writer, value->kind == VALUE_ARRAY ? SLICE("arrayValue")
                                                                : SLICE("kvlistValue"));
    json_write_member_array(writer, SLICE("values"));
}

/* Behind its last value: the list, what holds it, and the value that it is. */
static void json_close_list(struct json_write *writer)
{
    json_write_array_end(writer);
    json_write_object_end(writer);
}

/* The next value of the innermost list, with its key if that is a map's; NULL at its end. */
static const struct value *json_next(struct json_write *writer, struct json_open *top)
{
    if (top->value->kind == VALUE_ARRAY) {
        return top->next < top->value->array.count ? &top->value->array.items[top->next++] : NULL;
    }
    if (top->next == top->value->map.count) {
        return NULL;
    }
    const struct attr *attr = &top->value->map.items[top->next++];
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("key"), attr->key);
    json_write_key(writer, SLICE("value"));
    return &attr->value;
}

/* {"stringValue": ...}: lists inside of each other, without recursion. */
static void json_value(struct json_write *writer, const struct value *value)
{
    struct json_open stack[API_VALUE_DEPTH_MAX];
    unsigned depth = 0;
    for (const struct value *at = value; at != NULL;) {
        json_write_object_begin(writer);
        bool list = at->kind == VALUE_ARRAY || at->kind == VALUE_MAP;
        if (list && depth < API_VALUE_DEPTH_MAX) {
            json_open_list(writer, at);
            stack[depth++] = (struct json_open){at, 0};
        } else {
            json_scalar(writer, at);
            json_write_object_end(writer);
        }
        bool ended = !list || depth == 0;
        for (at = NULL; depth > 0 && at == NULL;) {
            struct json_open *top = &stack[depth - 1];
            if (ended && top->value->kind == VALUE_MAP) {
                json_write_object_end(writer); /* The pair whose value has ended. */
            }
            at = json_next(writer, top);
            if (at == NULL) {
                json_close_list(writer);
                json_write_object_end(writer);
                depth--;
                ended = true;
            }
        }
    }
}

void otlp_json_attr(struct json_write *writer, const struct attr *attr)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("key"), attr->key);
    json_write_key(writer, SLICE("value"));
    json_value(writer, &attr->value);
    json_write_object_end(writer);
}

static void json_attrs(struct json_write *writer, struct attrs attrs, struct slice without)
{
    if (attrs.count > 0) {
        json_write_member_array(writer, SLICE("attributes"));
        for (size_t i = 0; i < attrs.count; i++) {
            if (without.size == 0 || !slice_equal(attrs.items[i].key, without)) {
                otlp_json_attr(writer, &attrs.items[i]);
            }
        }
        json_write_array_end(writer);
    }
    if (attrs.dropped > 0) {
        json_write_member_u64(writer, SLICE("droppedAttributesCount"), attrs.dropped);
    }
}

/* ---- Fields that are left out where they say nothing. ---- */

static void json_text(struct json_write *writer, struct slice key, struct slice text)
{
    if (text.size > 0) {
        json_write_member_string(writer, key, text);
    }
}

static void json_number(struct json_write *writer, struct slice key, uint64_t number)
{
    if (number != 0) {
        json_write_member_u64(writer, key, number);
    }
}

static void json_time(struct json_write *writer, struct slice key, uint64_t time_ns)
{
    if (time_ns != 0) {
        json_write_member_u64_text(writer, key, time_ns);
    }
}

static void json_id(struct json_write *writer, struct slice key, const unsigned char *bytes,
                    size_t size)
{
    static const unsigned char zero[16];
    ENSURE(size <= sizeof(zero));
    if (memcmp(bytes, zero, size) != 0) {
        json_write_key(writer, key);
        json_write_hex(writer, slice_of(bytes, size));
    }
}

/* ---- Resources and scopes. ---- */

static void json_close_scope(struct otlp_json *json)
{
    json_write_array_end(&json->writer);
    json_write_object_end(&json->writer);
}

static void json_resource(struct json_write *writer, const struct resource *resource,
                          struct slice without)
{
    json_write_object_begin(writer);
    json_write_member_object(writer, SLICE("resource"));
    json_attrs(writer, resource->attrs, without);
    json_write_object_end(writer);
}

/* A block that an agent numbered: its number, without records. */
static void json_numbered(struct otlp_json *json, const struct resource *resource)
{
    if (resource->epoch != 0 && resource->seq != 0) {
        json_resource(&json->writer, resource, SLICE_EMPTY);
        json_write_object_end(&json->writer);
    }
}

static void json_close_resource(struct otlp_json *json)
{
    json_close_scope(json);
    json_write_array_end(&json->writer);
    json_write_object_end(&json->writer);
    if (!json->plain) {
        json_numbered(json, json->resource);
    }
}

static void json_open_scope(struct otlp_json *json, const struct scope *scope)
{
    struct json_write *writer = &json->writer;
    json_write_object_begin(writer);
    if (scope != NULL) {
        json_write_member_object(writer, SLICE("scope"));
        json_text(writer, SLICE("name"), scope->name);
        json_text(writer, SLICE("version"), scope->version);
        json_attrs(writer, scope->attrs, SLICE_EMPTY);
        json_write_object_end(writer);
    }
    json_write_member_array(writer,
                            json->signal == SIGNAL_TRACES ? SLICE("spans") : SLICE("logRecords"));
    json->scope = scope;
}

static void json_open_resource(struct otlp_json *json, const struct resource *resource,
                               const struct scope *scope)
{
    struct json_write *writer = &json->writer;
    bool numbered = resource->epoch != 0 && resource->seq != 0;
    json_resource(writer, resource, numbered ? NAME_THAW_SEQ : SLICE_EMPTY);
    json_write_member_array(writer, json->signal == SIGNAL_TRACES ? SLICE("scopeSpans")
                                                                  : SLICE("scopeLogs"));
    json->resource = resource;
    json_open_scope(json, scope);
}

/* Open what a record is written into. */
static void json_place(struct otlp_json *json, const struct resource *resource,
                       const struct scope *scope)
{
    bool apart = json->apart;
    json->apart = false;
    if (json->records++ == 0) {
        json_write_init(&json->writer, json->out);
        json_write_object_begin(&json->writer);
        json_write_member_array(&json->writer, json->signal == SIGNAL_TRACES
                                                   ? SLICE("resourceSpans")
                                                   : SLICE("resourceLogs"));
        json_open_resource(json, resource, scope);
    } else if (resource != json->resource || apart) {
        json_close_resource(json);
        json_open_resource(json, resource, scope);
    } else if (scope != json->scope) {
        json_close_scope(json);
        json_open_scope(json, scope);
    }
}

/* ---- Records. ---- */

void otlp_json_begin(struct otlp_json *json, struct buf *out, enum signal signal)
{
    *json = (struct otlp_json){.out = out, .signal = signal};
}

void otlp_json_begin_plain(struct otlp_json *json, struct buf *out)
{
    *json = (struct otlp_json){.out = out, .signal = SIGNAL_TRACES, .plain = true};
}

void otlp_json_apart(struct otlp_json *json)
{
    json->apart = true;
}

static void json_events(struct json_write *writer, const struct span *span)
{
    if (span->event_count == 0) {
        return;
    }
    json_write_member_array(writer, SLICE("events"));
    for (size_t i = 0; i < span->event_count; i++) {
        const struct span_event *event = &span->events[i];
        json_write_object_begin(writer);
        json_time(writer, SLICE("timeUnixNano"), event->time_ns);
        json_text(writer, SLICE("name"), event->name);
        json_attrs(writer, event->attrs, SLICE_EMPTY);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void json_links(struct json_write *writer, const struct span *span)
{
    if (span->link_count == 0) {
        return;
    }
    json_write_member_array(writer, SLICE("links"));
    for (size_t i = 0; i < span->link_count; i++) {
        const struct span_link *link = &span->links[i];
        json_write_object_begin(writer);
        json_id(writer, SLICE("traceId"), link->trace_id.bytes, sizeof(link->trace_id.bytes));
        json_id(writer, SLICE("spanId"), link->span_id.bytes, sizeof(link->span_id.bytes));
        json_attrs(writer, link->attrs, SLICE_EMPTY);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

void otlp_json_span(struct otlp_json *json, const struct span *span)
{
    struct json_write *writer = &json->writer;
    json_place(json, span->resource, span->scope);
    json_write_object_begin(writer);
    json_id(writer, SLICE("traceId"), span->trace_id.bytes, sizeof(span->trace_id.bytes));
    json_id(writer, SLICE("spanId"), span->span_id.bytes, sizeof(span->span_id.bytes));
    json_id(writer, SLICE("parentSpanId"), span->parent_span_id.bytes,
            sizeof(span->parent_span_id.bytes));
    json_text(writer, SLICE("traceState"), span->trace_state);
    json_number(writer, SLICE("flags"), span->flags);
    json_text(writer, SLICE("name"), span->name);
    json_number(writer, SLICE("kind"), span->kind);
    json_time(writer, SLICE("startTimeUnixNano"), span->start_ns);
    json_time(writer, SLICE("endTimeUnixNano"), span->end_ns);
    json_attrs(writer, span->attrs, SLICE_EMPTY);
    json_events(writer, span);
    json_links(writer, span);
    if (span->status != SPAN_STATUS_UNSET || span->status_message.size > 0) {
        json_write_member_object(writer, SLICE("status"));
        json_text(writer, SLICE("message"), span->status_message);
        json_number(writer, SLICE("code"), span->status);
        json_write_object_end(writer);
    }
    json_write_object_end(writer);
}

void otlp_json_line(struct otlp_json *json, const struct log_line *line)
{
    struct json_write *writer = &json->writer;
    json_place(json, line->resource, line->scope);
    json_write_object_begin(writer);
    json_time(writer, SLICE("timeUnixNano"), line->time_ns);
    json_time(writer, SLICE("observedTimeUnixNano"), line->observed_ns);
    json_number(writer, SLICE("severityNumber"), line->severity);
    json_text(writer, SLICE("severityText"), line->severity_text);
    if (line->body.kind != VALUE_EMPTY) {
        json_write_key(writer, SLICE("body"));
        json_value(writer, &line->body);
    }
    json_attrs(writer, line->attrs, SLICE_EMPTY);
    json_id(writer, SLICE("traceId"), line->trace_id.bytes, sizeof(line->trace_id.bytes));
    json_id(writer, SLICE("spanId"), line->span_id.bytes, sizeof(line->span_id.bytes));
    json_text(writer, SLICE("eventName"), line->event_name);
    json_write_object_end(writer);
}

void otlp_json_end(struct otlp_json *json)
{
    if (json->records == 0) {
        return;
    }
    json_close_resource(json);
    json_write_array_end(&json->writer);
    json_write_object_end(&json->writer);
    json_write_finish(&json->writer);
    buf_append_byte(json->out, '\n');
}
