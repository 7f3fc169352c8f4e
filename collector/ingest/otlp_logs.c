/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_logs.h"

#include "ingest/otlp_fields.h"
#include "ingest/otlp_read.h"
#include "proto/names.h"

#include <string.h>

/*
 * The attributes of a line of the agent that say whose it is.  The agent writes them before the
 * members of a function's JSON line; early agents copied members of the same names, too.  So the
 * first of each is the agent's, and the others are taken out.  A line is of an invocation or of a
 * phase: of these two names the first one is the agent's as well.
 */
static size_t logs_line_identity(struct attr *attrs, size_t count)
{
    enum { SEQ, SOURCE, INVOCATION, ATTEMPT, PHASE, COUNT };
    const struct slice names[COUNT] = {
        [SEQ] = NAME_THAW_SEQ,
        [SOURCE] = NAME_THAW_SOURCE,
        [INVOCATION] = NAME_FAAS_INVOCATION_ID,
        [ATTEMPT] = NAME_THAW_ATTEMPT,
        [PHASE] = NAME_THAW_PHASE,
    };
    bool taken[COUNT] = {false};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned name = 0;
        while (name < COUNT && !slice_equal(attrs[i].key, names[name])) {
            name++;
        }
        if (name < COUNT) {
            if (taken[name]) {
                continue;
            }
            taken[name] = true;
            if (name == PHASE) {
                taken[INVOCATION] = taken[ATTEMPT] = true;
            } else if (name == INVOCATION) {
                taken[PHASE] = true;
            }
        }
        attrs[kept++] = attrs[i];
    }
    return kept;
}

/* Take the field of a record that is text or an id. */
static void logs_line_bytes(const struct wire_field *field, struct log_line *line)
{
    switch (field->number) {
    case 3:
        line->severity_text = field->bytes;
        break;
    case 9:
        line->has_trace =
            otlp_read_id(field->bytes, line->trace_id.bytes, sizeof(line->trace_id.bytes));
        break;
    case 10:
        (void)otlp_read_id(field->bytes, line->span_id.bytes, sizeof(line->span_id.bytes));
        break;
    case 12:
        line->event_name = field->bytes;
        break;
    default:
        break;
    }
}

static bool logs_line_field(struct otlp_read *read, struct fields *fields,
                            const struct wire_field *field, struct log_line *line,
                            struct otlp_read_attrs *attrs)
{
    switch (field->number) {
    case 1:
    case 11:
        if (fields_type(fields, field, WIRE_FIXED64)) {
            *(field->number == 1 ? &line->time_ns : &line->observed_ns) = field->value;
        }
        return true;
    case 2:
        if (fields_type(fields, field, WIRE_VARINT)) {
            uint32_t severity = (uint32_t)field->value;
            line->severity = severity <= 24 ? severity : 0;
        }
        return true;
    case 3:
    case 9:
    case 10:
    case 12:
        if (fields_type(fields, field, WIRE_BYTES)) {
            logs_line_bytes(field, line);
        }
        return true;
    case 5:
        return !fields_type(fields, field, WIRE_BYTES) ||
               otlp_read_value(read, field->bytes, &line->body);
    case 6:
        return !fields_type(fields, field, WIRE_BYTES) || otlp_read_attr(read, field->bytes, attrs);
    case 7:
        if (fields_type(fields, field, WIRE_VARINT)) {
            line->attrs.dropped = (uint32_t)field->value;
        }
        return true;
    default:
        return true;
    }
}

/* Give a line what its scope says, in front of what it says itself, which counts more. */
static bool logs_line_inherit(struct otlp_read *read, struct log_line *line)
{
    const struct attrs *scope = &line->scope->attrs;
    if (line->attrs.count == 0) {
        line->attrs.items = scope->items;
        line->attrs.count = scope->count;
        return true;
    }
    size_t count = 0;
    struct attr *all = arena_alloc(read->arena, (scope->count + line->attrs.count) * sizeof(*all));
    if (all == NULL) {
        return false;
    }
    for (size_t i = 0; i < scope->count; i++) {
        if (attrs_find(line->attrs, scope->items[i].key) == NULL) {
            all[count++] = scope->items[i];
        }
    }
    memcpy(all + count, line->attrs.items, line->attrs.count * sizeof(*all));
    line->attrs.items = all;
    line->attrs.count += count;
    return true;
}

static bool logs_line(struct otlp_read *read, struct slice source)
{
    struct log_line *lines = read->records;
    struct log_line *line = &lines[read->batch->log_count++];
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct otlp_read_attrs attrs = {NULL, 0, 0};
    line->resource = read->resource;
    line->scope = read->scope;
    while (fields_next(&fields, &field)) {
        if (!logs_line_field(read, &fields, &field, line, &attrs)) {
            return false;
        }
    }
    if (fields.bad || !otlp_read_settle(read)) {
        return false;
    }
    read->attrs_expected = attrs.count;
    if (line->scope->agent && line->event_name.size == 0) {
        attrs.count = logs_line_identity(attrs.items, attrs.count);
    }
    line->attrs.items = attrs.items;
    line->attrs.count = attrs.count;
    if (line->scope->agent) {
        line->seq = record_number(line->attrs, NAME_THAW_SEQ);
    }
    if (line->scope->attrs.count > 0 && line->event_name.size == 0) {
        return logs_line_inherit(read, line);
    }
    return true;
}

bool otlp_logs_decode(struct slice body, struct arena *arena, struct batch *batch)
{
    struct otlp_read read = {.arena = arena, .batch = batch, .record = logs_line};
    struct log_line *lines = arena_alloc_array(arena, otlp_read_count(body) + 1, sizeof(*lines));
    if (lines == NULL) {
        return false;
    }
    read.records = lines;
    batch->logs = lines;
    return otlp_read_body(&read, body);
}
