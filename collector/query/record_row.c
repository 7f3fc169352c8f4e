/* SPDX-License-Identifier: Apache-2.0 */
#include "query/records_private.h"

#include "model/moment.h"
#include "proto/names.h"
#include "streams/line.h"

#include <string.h>

static uint64_t hash_parts(const struct slice *parts, size_t count)
{
    /* Whoever makes two collide only makes himself a page that is out of order. */
    static const struct hash_key key;
    uint64_t hash = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned char before[sizeof(hash)];
        memcpy(before, &hash, sizeof(before));
        hash = hash_sip64(&key, parts[i]) ^ hash_sip64(&key, slice_of(before, sizeof(before)));
    }
    return hash;
}

static void name_span(struct record_row *row, const struct span *span)
{
    const struct slice parts[] = {
        slice_of(span->trace_id.bytes, sizeof(span->trace_id.bytes)),
        slice_of(span->span_id.bytes, sizeof(span->span_id.bytes)),
    };
    row->named = true;
    row->tie = hash_parts(parts, sizeof(parts) / sizeof(parts[0]));
}

/* An agent's by its number, a stream's by the id that CloudWatch gave it, else by what it says. */
static void name_line(struct record_row *row, const struct log_line *line)
{
    const struct resource *resource = line->resource;
    struct slice uid = SLICE_EMPTY;
    bool has_uid = attrs_find_text(line->attrs, NAME_LOG_RECORD_UID, &uid) && uid.size > 0;
    bool numbered = line->seq != 0 && resource->epoch != 0;
    const struct slice parts[] = {
        resource->function,
        resource->instance,
        numbered ? slice_of((const unsigned char *)&resource->epoch, sizeof(resource->epoch)) : uid,
        numbered ? slice_of((const unsigned char *)&line->seq, sizeof(line->seq)) : SLICE_EMPTY,
        numbered || has_uid || line->body.kind != VALUE_STRING ? SLICE_EMPTY : line->body.text,
        line->event_name,
        slice_of(line->trace_id.bytes, sizeof(line->trace_id.bytes)),
        slice_of(line->span_id.bytes, sizeof(line->span_id.bytes)),
    };
    row->named = numbered || has_uid;
    row->tie = hash_parts(parts, sizeof(parts) / sizeof(parts[0]));
}

int record_row_compare(const void *one, const void *other)
{
    const struct record_row *a = one;
    const struct record_row *b = other;
    if (a->rank != b->rank) {
        return a->rank > b->rank ? -1 : 1;
    }
    return (a->tie < b->tie) - (a->tie > b->tie);
}

void record_row_name(struct record_row *row)
{
    if (row->span != NULL) {
        row->time_ns = moment_of(row->span->start_ns);
        name_span(row, row->span);
    } else {
        row->time_ns = moment_of_line(row->line->time_ns, row->line->observed_ns);
        name_line(row, row->line);
    }
}

const struct resource *record_row_resource(const struct record_row *row)
{
    return row->span != NULL ? row->span->resource : row->line->resource;
}

void record_row_text(const struct log_line *line, struct record_text *text)
{
    struct line read;
    struct slice rest;
    *text = (struct record_text){.severity = line->severity, .level = line->severity_text};
    if (line->body.kind != VALUE_STRING || line->scope == NULL ||
        (!line->scope->agent && !line->scope->logs)) {
        return;
    }
    struct slice body = line->body.text;
    text->message = body;
    line_read(body, &read, &rest);
    if (read.kind != LINE_APP || rest.size > 0) {
        return;
    }
    text->severity = text->severity != 0 ? text->severity : read.severity;
    text->level = text->level.size > 0 ? text->level : read.level;
    if (read.text.size > 0 && !read.text_escaped && read.text.base >= body.base &&
        read.text.base + read.text.size <= body.base + body.size) {
        text->message = read.text;
    }
}
