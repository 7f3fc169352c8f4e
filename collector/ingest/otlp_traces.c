/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_traces.h"

#include "ingest/otlp_read.h"
#include "proto/names.h"

/* What says whether a span or a link counts, and its attributes, while it is read. */
struct traces_ids {
    struct otlp_read_attrs attrs;
    bool traced;
    bool named;
};

/* A span, while it is read: it is kept only if it has ids. */
struct traces_span {
    struct traces_ids ids;
    bool told; /* A status. */
    bool events;
    bool links;
};

/* --- Events and links. --- */

static bool traces_event(struct otlp_read *read, struct slice source, struct span_event *event)
{
    struct fields fields = fields_of(source);
    struct otlp_read_attrs attrs = {NULL, 0, 0, 0};
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        bool good = tag == TAG_FIXED64(1) ? fields_fixed64(&fields, &event->time_ns)
                    : tag == TAG_BYTES(2) ? fields_bytes(&fields, &event->name)
                    : tag == TAG_BYTES(3)
                        ? otlp_read_attrs(read, &fields, tag, &attrs, OTLP_DEPTH_EVENT)
                    : tag == TAG_VARINT(4) ? otlp_read_u32(&fields, &event->attrs.dropped)
                                           : otlp_fields_other(&fields, tag, FIELDS_TO(4));
        if (!good) {
            return false;
        }
    }
    event->attrs.items = attrs.items;
    event->attrs.count = attrs.count;
    return otlp_read_settle(read);
}

static bool traces_link_field(struct otlp_read *read, struct fields *fields, uint32_t tag,
                              struct span_link *link, struct traces_ids *ids)
{
    struct slice state;
    uint32_t flags;
    switch (tag) {
    case TAG_BYTES(1):
        return otlp_read_id16(fields, &link->trace_id, &ids->traced);
    case TAG_BYTES(2):
        return otlp_read_id8(fields, &link->span_id, &ids->named);
    case TAG_BYTES(3):
        return fields_bytes(fields, &state);
    case TAG_BYTES(4):
        return otlp_read_attrs(read, fields, tag, &ids->attrs, OTLP_DEPTH_EVENT);
    case TAG_VARINT(5):
        return otlp_read_u32(fields, &link->attrs.dropped);
    case TAG_FIXED32(6):
        return fields_fixed32(fields, &flags);
    default:
        return otlp_fields_other(fields, tag, FIELDS_TO(6));
    }
}

/* *good says whether the link has ids. */
static bool traces_link(struct otlp_read *read, struct slice source, struct span_link *link,
                        bool *good)
{
    struct fields fields = fields_of(source);
    struct traces_ids ids = {.traced = false};
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        if (!traces_link_field(read, &fields, tag, link, &ids)) {
            return false;
        }
    }
    link->attrs.items = ids.attrs.items;
    link->attrs.count = ids.attrs.count;
    *good = ids.traced && ids.named;
    return otlp_read_settle(read);
}

/* Few spans have events or links, so those that do are gone over once more. */
static bool traces_events(struct otlp_read *read, struct slice source, struct span *span)
{
    struct fields fields = fields_of(source);
    size_t count = otlp_fields_count(source, TAG_BYTES(11));
    struct span_event *events = arena_alloc_array(read->arena, count, sizeof(*events));
    struct slice event;
    if (events == NULL) {
        return false;
    }
    span->events = events;
    while (otlp_read_part(&fields, TAG_BYTES(11), &event)) {
        if (!traces_event(read, event, &events[span->event_count++])) {
            return false;
        }
    }
    return true;
}

static bool traces_links(struct otlp_read *read, struct slice source, struct span *span)
{
    struct fields fields = fields_of(source);
    size_t count = otlp_fields_count(source, TAG_BYTES(13));
    struct span_link *links = arena_alloc_array(read->arena, count, sizeof(*links));
    struct slice link;
    if (links == NULL) {
        return false;
    }
    span->links = links;
    while (otlp_read_part(&fields, TAG_BYTES(13), &link)) {
        struct span_link *target = &links[span->link_count];
        bool good = false;
        if (!traces_link(read, link, target, &good)) {
            return false;
        }
        if (good) {
            span->link_count++;
        } else {
            *target = (struct span_link){.attrs = {NULL, 0, 0}};
        }
    }
    return true;
}

/* --- Spans. --- */

static bool traces_status(struct fields *outer, struct span *span)
{
    struct slice source;
    uint32_t tag;
    if (!fields_bytes(outer, &source)) {
        return false;
    }
    struct fields fields = fields_of(source);
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        uint32_t code = SPAN_STATUS_UNSET;
        bool good = tag == TAG_BYTES(2) ? fields_bytes(&fields, &span->status_message)
                    : tag == TAG_VARINT(3)
                        ? otlp_read_u32(&fields, &code)
                        : otlp_fields_other(&fields, tag, FIELDS_TO(3) & ~FIELDS_TO(1));
        if (!good) {
            return false;
        }
        if (tag == TAG_VARINT(3)) {
            span->status = code <= SPAN_STATUS_ERROR ? (enum span_status)code : SPAN_STATUS_UNSET;
        }
    }
    return true;
}

static bool traces_kind(struct fields *fields, struct span *span)
{
    uint32_t kind = 0;
    bool good = otlp_read_u32(fields, &kind);
    span->kind = kind <= SPAN_CONSUMER ? (enum span_kind)kind : SPAN_INTERNAL;
    return good;
}

/* What few spans have. */
static bool traces_rare(struct fields *fields, uint32_t tag, struct span *span,
                        struct traces_span *one)
{
    struct slice bytes;
    uint32_t dropped;
    bool again = one->told;
    switch (tag) {
    case TAG_BYTES(3):
        return fields_bytes(fields, &span->trace_state);
    case TAG_VARINT(10):
        return otlp_read_u32(fields, &span->attrs.dropped);
    case TAG_BYTES(11):
        one->events = true;
        return fields_bytes(fields, &bytes);
    case TAG_VARINT(12):
    case TAG_VARINT(14):
        return otlp_read_u32(fields, &dropped);
    case TAG_BYTES(13):
        one->links = true;
        return fields_bytes(fields, &bytes);
    case TAG_BYTES(15):
        one->told = true;
        return !again && traces_status(fields, span);
    case TAG_FIXED32(16):
        return fields_fixed32(fields, &span->flags);
    default:
        return otlp_fields_other(fields, tag, FIELDS_TO(16));
    }
}

static bool traces_field(struct otlp_read *read, struct fields *fields, uint32_t tag,
                         struct span *span, struct traces_span *one)
{
    bool good;
    switch (tag) {
    case TAG_BYTES(1):
        return otlp_read_id16(fields, &span->trace_id, &one->ids.traced);
    case TAG_BYTES(2):
        return otlp_read_id8(fields, &span->span_id, &one->ids.named);
    case TAG_BYTES(4):
        return otlp_read_id8(fields, &span->parent_span_id, &good);
    case TAG_BYTES(5):
        return fields_bytes(fields, &span->name);
    case TAG_VARINT(6):
        return traces_kind(fields, span);
    case TAG_FIXED64(7):
        return fields_fixed64(fields, &span->start_ns);
    case TAG_FIXED64(8):
        return fields_fixed64(fields, &span->end_ns);
    case TAG_BYTES(9):
        return otlp_read_attrs(read, fields, tag, &one->ids.attrs, OTLP_DEPTH_RECORD);
    default:
        return traces_rare(fields, tag, span, one);
    }
}

static bool traces_span_read(struct otlp_read *read, struct slice source, struct span *span,
                             struct traces_span *one)
{
    struct fields fields = fields_of(source);
    uint32_t tag;
    while ((tag = fields_tag(&fields)) != FIELDS_END) {
        if (!traces_field(read, &fields, tag, span, one)) {
            return false;
        }
    }
    if (!otlp_read_settle(read)) {
        return false;
    }
    read->attrs_expected = one->ids.attrs.count;
    span->attrs.items = one->ids.attrs.items;
    span->attrs.count = one->ids.attrs.count;
    span->gist = record_gist_read(span->attrs, &read->gist);
    span->seq = span->scope->agent ? span->gist.number : 0;
    return (!one->events || traces_events(read, source, span)) &&
           (!one->links || traces_links(read, source, span));
}

static bool traces_record(struct otlp_read *read, struct slice source)
{
    struct span *spans = read->records;
    struct span *span = &spans[read->batch->span_count];
    struct traces_span one = {.told = false};
    *span = (struct span){.resource = read->resource, .scope = read->scope};
    if (!traces_span_read(read, source, span, &one)) {
        return false;
    }
    if (one.ids.traced && one.ids.named) {
        read->batch->span_count++;
    } else {
        read->batch->rejected++;
        read->batch->rejected_reason = SLICE("spans without a valid trace id and span id");
    }
    return true;
}

bool otlp_traces_decode(struct slice body, struct arena *arena, struct batch *batch)
{
    struct otlp_read read = {.arena = arena, .batch = batch, .record = traces_record};
    size_t count = otlp_read_count(body) + 1;
    struct span *spans =
        count <= SIZE_MAX / sizeof(*spans) ? arena_alloc(arena, count * sizeof(*spans)) : NULL;
    if (spans == NULL) {
        return false;
    }
    read.records = spans;
    batch->spans = spans;
    return otlp_read_body(&read, body);
}
