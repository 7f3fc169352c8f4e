/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/jaeger_json.h"

#include "api/api_call.h"
#include "base/hash.h"
#include "base/map.h"
#include "model/span_names.h"
#include "proto/names.h"
#include "traces/traces_limits.h"

#include <stdio.h>
#include <string.h>

#define NS_PER_US 1000

/* What a browser's numbers hold exactly. */
#define JAEGER_NUMBER_MAX ((INT64_C(1) << 53) - 1)

/* ---- Tags. ---- */

static void tag_begin(struct json_write *writer, struct slice key, struct slice type)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("key"), key);
    json_write_member_string(writer, SLICE("type"), type);
    json_write_key(writer, SLICE("value"));
}

static void tag_text(struct json_write *writer, struct slice key, struct slice text)
{
    if (text.size > 0) {
        tag_begin(writer, key, SLICE("string"));
        json_write_string(writer, text);
        json_write_object_end(writer);
    }
}

static void tag_true(struct json_write *writer, struct slice key)
{
    tag_begin(writer, key, SLICE("bool"));
    json_write_bool(writer, true);
    json_write_object_end(writer);
}

/* Lists and maps are their JSON as text. */
static void tag_nested(struct json_write *writer, const struct value *value)
{
    struct json_write inner;
    struct buf text;
    buf_init_growing(&text, buf_left(writer->out));
    json_write_init(&inner, &text);
    api_write_value(&inner, value);
    json_write_string(writer, buf_bytes(&text));
    buf_fini(&text);
}

static void tag_integer(struct json_write *writer, int64_t integer)
{
    if (integer > JAEGER_NUMBER_MAX || integer < -JAEGER_NUMBER_MAX) {
        json_write_i64_text(writer, integer);
    } else {
        json_write_i64(writer, integer);
    }
}

static void tag_attr(struct json_write *writer, const struct attr *attr)
{
    static const struct slice types[] = {
        [VALUE_EMPTY] = SLICE_INIT("string"),   [VALUE_STRING] = SLICE_INIT("string"),
        [VALUE_BOOL] = SLICE_INIT("bool"),      [VALUE_INT] = SLICE_INIT("int64"),
        [VALUE_DOUBLE] = SLICE_INIT("float64"), [VALUE_BYTES] = SLICE_INIT("binary"),
        [VALUE_ARRAY] = SLICE_INIT("string"),   [VALUE_MAP] = SLICE_INIT("string"),
    };
    const struct value *value = &attr->value;
    tag_begin(writer, attr->key, types[value->kind]);
    switch (value->kind) {
    case VALUE_EMPTY:
        json_write_string(writer, SLICE_EMPTY);
        break;
    case VALUE_STRING:
        json_write_string(writer, value->text);
        break;
    case VALUE_BOOL:
        json_write_bool(writer, value->boolean);
        break;
    case VALUE_INT:
        tag_integer(writer, value->integer);
        break;
    case VALUE_DOUBLE:
        json_write_double(writer, value->number, JSON_NONFINITE_TEXT);
        break;
    case VALUE_BYTES:
        json_write_base64(writer, value->text);
        break;
    case VALUE_ARRAY:
    case VALUE_MAP:
        tag_nested(writer, value);
        break;
    }
    json_write_object_end(writer);
}

static void tag_attrs(struct json_write *writer, struct attrs attrs)
{
    for (size_t i = 0; i < attrs.count; i++) {
        tag_attr(writer, &attrs.items[i]);
    }
}

static void tag_status(struct json_write *writer, const struct span *span)
{
    if (span->status == SPAN_STATUS_ERROR) {
        tag_text(writer, SLICE("otel.status_code"), SLICE("ERROR"));
        if (attrs_find(span->attrs, SLICE("error")) == NULL) {
            tag_true(writer, SLICE("error"));
        }
    } else if (span->status == SPAN_STATUS_OK) {
        tag_text(writer, SLICE("otel.status_code"), SLICE("OK"));
    }
    tag_text(writer, SLICE("otel.status_description"), span->status_message);
}

static void write_tags(struct json_write *writer, const struct transaction_span *row)
{
    const struct span *span = row->span;
    json_write_member_array(writer, SLICE("tags"));
    if (span->scope != NULL) {
        tag_text(writer, SLICE("otel.scope.name"), span->scope->name);
        tag_text(writer, SLICE("otel.scope.version"), span->scope->version);
    }
    tag_attrs(writer, span->attrs);
    if (attrs_find(span->attrs, SLICE("span.kind")) == NULL) {
        tag_text(writer, SLICE("span.kind"), span_name_of_kind(span->kind));
    }
    tag_status(writer, span);
    tag_text(writer, SLICE("w3c.tracestate"), span->trace_state);
    if (row->derived) {
        tag_true(writer, NAME_THAW_DERIVED);
    }
    json_write_array_end(writer);
}

/* ---- Spans. ---- */

static bool id8_given(struct id8 id)
{
    static const struct id8 zero;
    return memcmp(&id, &zero, sizeof(id)) != 0;
}

static void write_hex(struct json_write *writer, struct slice key, const void *bytes, size_t size)
{
    json_write_key(writer, key);
    json_write_hex(writer, slice_of(bytes, size));
}

static void write_reference(struct json_write *writer, struct slice type, struct id16 trace_id,
                            struct id8 span_id)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("refType"), type);
    write_hex(writer, SLICE("traceID"), trace_id.bytes, sizeof(trace_id.bytes));
    write_hex(writer, SLICE("spanID"), span_id.bytes, sizeof(span_id.bytes));
    json_write_object_end(writer);
}

static void write_references(struct json_write *writer, const struct span *span, struct id8 parent)
{
    json_write_member_array(writer, SLICE("references"));
    if (id8_given(parent)) {
        write_reference(writer, SLICE("CHILD_OF"), span->trace_id, parent);
    }
    for (size_t i = 0; i < span->link_count; i++) {
        const struct span_link *link = &span->links[i];
        struct slice type = SLICE_EMPTY;
        bool child = attrs_find_text(link->attrs, SLICE("opentracing.ref_type"), &type) &&
                     slice_equal(type, SLICE("child_of"));
        write_reference(writer, child ? SLICE("CHILD_OF") : SLICE("FOLLOWS_FROM"), link->trace_id,
                        link->span_id);
    }
    json_write_array_end(writer);
}

static void write_logs(struct json_write *writer, const struct span *span)
{
    json_write_member_array(writer, SLICE("logs"));
    for (size_t i = 0; i < span->event_count; i++) {
        const struct span_event *event = &span->events[i];
        json_write_object_begin(writer);
        json_write_member_u64(writer, SLICE("timestamp"), event->time_ns / NS_PER_US);
        json_write_member_array(writer, SLICE("fields"));
        if (attrs_find(event->attrs, SLICE("event")) == NULL) {
            tag_text(writer, SLICE("event"), event->name);
        }
        tag_attrs(writer, event->attrs);
        json_write_array_end(writer);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

static void write_warnings(struct json_write *writer, const struct transaction_span *row, bool raw)
{
    json_write_key(writer, SLICE("warnings"));
    if (raw || (row->skew_ns == 0 && !row->clamped)) {
        json_write_null(writer);
        return;
    }
    json_write_array_begin(writer);
    if (row->skew_ns != 0) {
        json_write_printf(writer, "clock skew: its times were moved by %.3f ms",
                          (double)row->skew_ns / 1e6);
    }
    if (row->clamped) {
        json_write_string(writer, SLICE("a time of it is absurd: its arrival stands for it"));
    }
    json_write_array_end(writer);
}

static void write_times(struct json_write *writer, const struct span *span)
{
    uint64_t start_us = span->start_ns / NS_PER_US;
    uint64_t end_us = span->end_ns / NS_PER_US;
    json_write_member_u64(writer, SLICE("startTime"), start_us);
    json_write_member_u64(writer, SLICE("duration"), end_us > start_us ? end_us - start_us : 0);
}

static void write_span(struct json_write *writer, const struct transaction_span *row, bool raw,
                       uint32_t process)
{
    struct span span = raw ? *row->span : trace_span(row);
    json_write_object_begin(writer);
    write_hex(writer, SLICE("traceID"), span.trace_id.bytes, sizeof(span.trace_id.bytes));
    write_hex(writer, SLICE("spanID"), span.span_id.bytes, sizeof(span.span_id.bytes));
    if ((span.flags & 0xff) != 0) {
        json_write_member_u64(writer, SLICE("flags"), span.flags & 0xff);
    }
    json_write_member_string(writer, SLICE("operationName"), span.name);
    write_references(writer, &span, span.parent_span_id);
    write_times(writer, &span);
    write_tags(writer, row);
    write_logs(writer, &span);
    json_write_key(writer, SLICE("processID"));
    json_write_printf(writer, "p%u", process);
    write_warnings(writer, row, raw);
    json_write_object_end(writer);
}

/* ---- Processes. ---- */

/* Senders that say the same are one process, however often they sent. */
struct processes {
    const struct hash_key *key;
    struct buf text; /* JSON of all of them, one behind the other. */
    struct process {
        size_t begin, size;
    } * rows; /* In the arena, one for each span at most. */
    uint32_t count;
    struct map map;
};

struct process_lookup {
    const struct processes *processes;
    struct slice text;
};

static struct slice process_text(const struct processes *processes, uint32_t row)
{
    const struct process *process = &processes->rows[row];
    return slice_of(processes->text.base + process->begin, process->size);
}

static bool process_is(const void *context, uint32_t row)
{
    const struct process_lookup *lookup = context;
    return slice_equal(process_text(lookup->processes, row), lookup->text);
}

/* What numbers the blocks of an agent is no fact about it. */
static bool process_tag(const struct attr *attr)
{
    return !slice_equal(attr->key, NAME_THAW_SEQ) && !slice_equal(attr->key, NAME_SERVICE_NAME);
}

static void write_process(struct processes *processes, const struct resource *resource)
{
    struct json_write writer;
    json_write_init(&writer, &processes->text);
    json_write_object_begin(&writer);
    json_write_member_string(&writer, SLICE("serviceName"), trace_service(resource));
    json_write_member_array(&writer, SLICE("tags"));
    for (size_t i = 0; i < resource->attrs.count; i++) {
        if (process_tag(&resource->attrs.items[i])) {
            tag_attr(&writer, &resource->attrs.items[i]);
        }
    }
    json_write_array_end(&writer);
    json_write_object_end(&writer);
}

/* The number of a sender, from 1; 0 without memory. */
static uint32_t process_of(struct processes *processes, const struct resource *resource)
{
    size_t begin = processes->text.size;
    write_process(processes, resource);
    if (buf_overflowed(&processes->text)) {
        return 0;
    }
    size_t size = processes->text.size - begin;
    struct process_lookup lookup = {processes, slice_of(processes->text.base + begin, size)};
    uint64_t hash = hash_sip64(processes->key, lookup.text);
    uint32_t row;
    if (map_find(&processes->map, hash, process_is, &lookup, &row)) {
        buf_rewind(&processes->text, begin);
        return row + 1;
    }
    if (map_insert(&processes->map, hash, processes->count) != STATUS_OK) {
        return 0;
    }
    processes->rows[processes->count] = (struct process){begin, size};
    return ++processes->count;
}

static void write_processes(struct json_write *writer, const struct processes *processes)
{
    json_write_member_object(writer, SLICE("processes"));
    for (uint32_t i = 0; i < processes->count; i++) {
        char name[16];
        int size = snprintf(name, sizeof(name), "p%u", i + 1);
        json_write_key(writer, slice_of(name, (size_t)size));
        json_write_raw(writer, process_text(processes, i));
    }
    json_write_object_end(writer);
}

static bool write_spans(struct json_write *writer, const struct trace *trace, bool raw,
                        struct processes *processes)
{
    const struct resource *latest = NULL;
    uint32_t process = 0;
    json_write_member_array(writer, SLICE("spans"));
    for (uint32_t i = 0; i < trace->span_count; i++) {
        const struct transaction_span *row = trace->spans[i];
        if (row->span->resource != latest) {
            latest = row->span->resource;
            process = process_of(processes, latest);
        }
        if (process == 0) {
            return false;
        }
        write_span(writer, row, raw, process);
    }
    json_write_array_end(writer);
    return true;
}

bool jaeger_json_trace(struct json_write *writer, const struct trace *trace, bool raw,
                       const struct hash_key *key, struct arena *arena)
{
    struct processes processes = {
        .key = key,
        .rows = arena_alloc_array(arena, (size_t)trace->span_count + 1, sizeof(struct process)),
    };
    if (processes.rows == NULL) {
        return false;
    }
    map_init_growing(&processes.map, TRACES_PROCESSES_MAX);
    buf_init_growing(&processes.text, buf_left(writer->out));
    json_write_object_begin(writer);
    write_hex(writer, SLICE("traceID"), trace->id.bytes, sizeof(trace->id.bytes));
    bool written = write_spans(writer, trace, raw, &processes);
    if (written) {
        write_processes(writer, &processes);
        json_write_member_null(writer, SLICE("warnings"));
        json_write_object_end(writer);
    }
    map_fini(&processes.map);
    buf_fini(&processes.text);
    return written;
}
