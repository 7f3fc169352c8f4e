/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_logs.h"

#include "ingest/otlp_read.h"
#include "proto/names.h"

#include <string.h>

/* What says whose a line is. */
enum logs_name { SEQ, SOURCE, INVOCATION, ATTEMPT, PHASE, COUNT };

static enum logs_name logs_line_name(struct slice key)
{
    switch (key.size) {
    case NAME_SIZE_THAW_SEQ:
        return slice_equal(key, NAME_THAW_SEQ) ? SEQ : COUNT;
    case NAME_SIZE_THAW_SOURCE:
        return slice_equal(key, NAME_THAW_SOURCE) ? SOURCE : COUNT;
    case NAME_SIZE_FAAS_INVOCATION_ID:
        return slice_equal(key, NAME_FAAS_INVOCATION_ID) ? INVOCATION : COUNT;
    case NAME_SIZE_THAW_ATTEMPT:
        return slice_equal(key, NAME_THAW_ATTEMPT) ? ATTEMPT : COUNT;
    case NAME_SIZE_THAW_PHASE:
        return slice_equal(key, NAME_THAW_PHASE) ? PHASE : COUNT;
    default:
        return COUNT;
    }
}

/*
 * The attributes of a line of the agent that say whose it is.  The agent writes them before the
 * members of a function's JSON line; early agents copied members of the same names, too.  So the
 * first of each is the agent's, and the others are taken out.  A line is of an invocation or of a
 * phase: of these two names the first one is the agent's as well.
 */
static size_t logs_line_identity(struct attr *attrs, size_t count)
{
    bool taken[COUNT] = {false};
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        enum logs_name name = logs_line_name(attrs[i].key);
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
        if (kept < i) {
            attrs[kept] = attrs[i];
        }
        kept++;
    }
    return kept;
}

static bool logs_line_severity(struct fields *fields, struct log_line *line)
{
    uint32_t severity = 0;
    bool good = otlp_read_u32(fields, &severity);
    line->severity = severity <= 24 ? severity : 0;
    return good;
}

static bool logs_line_body(struct otlp_read *read, struct fields *fields, struct log_line *line)
{
    struct slice body;
    return fields_bytes(fields, &body) &&
           otlp_read_value(read, body, &line->body, OTLP_DEPTH_RESOURCE);
}

/* A line while it is read. */
struct logs_one {
    struct otlp_read_attrs attrs;
    bool told; /* A body. */
};

static bool logs_line_field(struct otlp_read *read, struct fields *fields, uint32_t tag,
                            struct log_line *line, struct logs_one *one)
{
    bool again = one->told;
    bool good;
    uint32_t flags;
    switch (tag) {
    case TAG_FIXED64(1):
        return fields_fixed64(fields, &line->time_ns);
    case TAG_VARINT(2):
        return logs_line_severity(fields, line);
    case TAG_BYTES(3):
        return fields_bytes(fields, &line->severity_text);
    case TAG_BYTES(5):
        one->told = true;
        return !again && logs_line_body(read, fields, line);
    case TAG_BYTES(6):
        return otlp_read_attrs(read, fields, tag, &one->attrs, OTLP_DEPTH_RECORD);
    case TAG_VARINT(7):
        return otlp_read_u32(fields, &line->attrs.dropped);
    case TAG_FIXED32(8):
        return fields_fixed32(fields, &flags);
    case TAG_BYTES(9):
        return otlp_read_id16(fields, &line->trace_id, &line->has_trace);
    case TAG_BYTES(10):
        return otlp_read_id8(fields, &line->span_id, &good);
    case TAG_FIXED64(11):
        return fields_fixed64(fields, &line->observed_ns);
    case TAG_BYTES(12):
        return fields_bytes(fields, &line->event_name);
    default:
        return otlp_fields_other(fields, tag, FIELDS_TO(12) & ~(UINT32_C(1) << 4));
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
    struct logs_one one = {.told = false};
    uint32_t tag;
    *line = (struct log_line){.resource = read->resource, .scope = read->scope};
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        if (!logs_line_field(read, &fields, tag, line, &one)) {
            return false;
        }
    }
    if (!otlp_read_settle(read)) {
        return false;
    }
    read->attrs_expected = one.attrs.count;
    if (line->scope->agent && line->event_name.size == 0) {
        one.attrs.count = logs_line_identity(one.attrs.items, one.attrs.count);
    }
    line->attrs.items = one.attrs.items;
    line->attrs.count = one.attrs.count;
    if (line->scope->attrs.count > 0 && line->event_name.size == 0 &&
        !logs_line_inherit(read, line)) {
        return false;
    }
    line->gist = record_gist_read(line->attrs, &read->gist);
    line->seq = line->scope->agent ? line->gist.number : 0;
    return true;
}

bool otlp_logs_decode(struct slice body, struct arena *arena, struct batch *batch)
{
    struct otlp_read read = {.arena = arena, .batch = batch, .record = logs_line};
    size_t count = otlp_read_count(body) + 1;
    struct log_line *lines =
        count <= SIZE_MAX / sizeof(*lines) ? arena_alloc(arena, count * sizeof(*lines)) : NULL;
    if (lines == NULL) {
        return false;
    }
    read.records = lines;
    batch->logs = lines;
    return otlp_read_body(&read, body);
}
