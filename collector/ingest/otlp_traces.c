/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_traces.h"

#include "ingest/otlp_fields.h"
#include "ingest/otlp_read.h"
#include "proto/names.h"

/* A span, while it is read: it is kept only if it has ids. */
struct traces_span {
    struct span *span;
    struct otlp_read_attrs attrs;
    bool traced;
    bool named;
    size_t events;
    size_t links;
};

/* --- Events and links. --- */

static bool traces_event(struct otlp_read *read, struct slice source, struct span_event *event)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct otlp_read_attrs attrs = {NULL, 0, 0};
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && fields_type(&fields, &field, WIRE_FIXED64)) {
            event->time_ns = field.value;
        } else if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES)) {
            event->name = field.bytes;
        } else if (field.number == 3 && fields_type(&fields, &field, WIRE_BYTES)) {
            if (!otlp_read_attr(read, field.bytes, &attrs)) {
                return false;
            }
        } else if (field.number == 4 && fields_type(&fields, &field, WIRE_VARINT)) {
            event->attrs.dropped = (uint32_t)field.value;
        }
    }
    event->attrs.items = attrs.items;
    event->attrs.count = attrs.count;
    return !fields.bad && otlp_read_settle(read);
}

/* *good says whether the link has ids. */
static bool traces_link(struct otlp_read *read, struct slice source, struct span_link *link,
                        bool *good)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct otlp_read_attrs attrs = {NULL, 0, 0};
    bool traced = false;
    bool named = false;
    while (fields_next(&fields, &field)) {
        if (field.number == 1 && fields_type(&fields, &field, WIRE_BYTES)) {
            traced = otlp_read_id(field.bytes, link->trace_id.bytes, sizeof(link->trace_id.bytes));
        } else if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES)) {
            named = otlp_read_id(field.bytes, link->span_id.bytes, sizeof(link->span_id.bytes));
        } else if (field.number == 4 && fields_type(&fields, &field, WIRE_BYTES)) {
            if (!otlp_read_attr(read, field.bytes, &attrs)) {
                return false;
            }
        } else if (field.number == 5 && fields_type(&fields, &field, WIRE_VARINT)) {
            link->attrs.dropped = (uint32_t)field.value;
        }
    }
    link->attrs.items = attrs.items;
    link->attrs.count = attrs.count;
    *good = traced && named;
    return !fields.bad && otlp_read_settle(read);
}

/* Few spans have events or links, so those that do are gone over once more. */
static bool traces_events(struct otlp_read *read, struct slice source, struct traces_span *one)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct span_event *events = arena_alloc_array(read->arena, one->events, sizeof(*events));
    if (events == NULL) {
        return false;
    }
    one->span->events = events;
    while (fields_next(&fields, &field)) {
        if (field.number == 11 &&
            !traces_event(read, field.bytes, &events[one->span->event_count++])) {
            return false;
        }
    }
    return true;
}

static bool traces_links(struct otlp_read *read, struct slice source, struct traces_span *one)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct span_link *links = arena_alloc_array(read->arena, one->links, sizeof(*links));
    if (links == NULL) {
        return false;
    }
    one->span->links = links;
    while (fields_next(&fields, &field)) {
        bool good = false;
        if (field.number != 13) {
            continue;
        }
        struct span_link *link = &links[one->span->link_count];
        if (!traces_link(read, field.bytes, link, &good)) {
            return false;
        }
        if (good) {
            one->span->link_count++;
        } else {
            *link = (struct span_link){.attrs = {NULL, 0, 0}};
        }
    }
    return true;
}

/* --- Spans. --- */

static void traces_status(struct fields *outer, struct slice source, struct span *span)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    while (fields_next(&fields, &field)) {
        if (field.number == 2 && fields_type(&fields, &field, WIRE_BYTES)) {
            span->status_message = field.bytes;
        } else if (field.number == 3 && fields_type(&fields, &field, WIRE_VARINT)) {
            uint32_t code = (uint32_t)field.value;
            span->status = code <= SPAN_STATUS_ERROR ? (enum span_status)code : SPAN_STATUS_UNSET;
        }
    }
    outer->bad = outer->bad || fields.bad;
}

static void traces_bytes(struct fields *fields, const struct wire_field *field,
                         struct traces_span *one)
{
    struct span *span = one->span;
    switch (field->number) {
    case 1:
        one->traced =
            otlp_read_id(field->bytes, span->trace_id.bytes, sizeof(span->trace_id.bytes));
        break;
    case 2:
        one->named = otlp_read_id(field->bytes, span->span_id.bytes, sizeof(span->span_id.bytes));
        break;
    case 3:
        span->trace_state = field->bytes;
        break;
    case 4:
        (void)otlp_read_id(field->bytes, span->parent_span_id.bytes,
                           sizeof(span->parent_span_id.bytes));
        break;
    case 5:
        span->name = field->bytes;
        break;
    case 11:
        one->events++;
        break;
    case 13:
        one->links++;
        break;
    case 15:
        traces_status(fields, field->bytes, span);
        break;
    default:
        break;
    }
}

static void traces_number(const struct wire_field *field, struct span *span)
{
    uint32_t value = (uint32_t)field->value;
    if (field->number == 6) {
        span->kind = value <= SPAN_CONSUMER ? (enum span_kind)value : SPAN_INTERNAL;
    } else {
        span->attrs.dropped = value;
    }
}

static bool traces_field(struct otlp_read *read, struct fields *fields,
                         const struct wire_field *field, struct traces_span *one)
{
    switch (field->number) {
    case 9:
        return !fields_type(fields, field, WIRE_BYTES) ||
               otlp_read_attr(read, field->bytes, &one->attrs);
    case 7:
    case 8:
        if (fields_type(fields, field, WIRE_FIXED64)) {
            *(field->number == 7 ? &one->span->start_ns : &one->span->end_ns) = field->value;
        }
        return true;
    case 6:
    case 10:
        if (fields_type(fields, field, WIRE_VARINT)) {
            traces_number(field, one->span);
        }
        return true;
    case 16:
        if (fields_type(fields, field, WIRE_FIXED32)) {
            one->span->flags = (uint32_t)field->value;
        }
        return true;
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
    case 11:
    case 13:
    case 15:
        if (fields_type(fields, field, WIRE_BYTES)) {
            traces_bytes(fields, field, one);
        }
        return true;
    default:
        return true;
    }
}

static bool traces_span_read(struct otlp_read *read, struct slice source, struct traces_span *one)
{
    struct fields fields = fields_of(source);
    struct wire_field field;
    struct span *span = one->span;
    while (fields_next(&fields, &field)) {
        if (!traces_field(read, &fields, &field, one)) {
            return false;
        }
    }
    if (fields.bad || !otlp_read_settle(read)) {
        return false;
    }
    read->attrs_expected = one->attrs.count;
    span->attrs.items = one->attrs.items;
    span->attrs.count = one->attrs.count;
    if (span->scope->agent) {
        span->seq = record_number(span->attrs, NAME_THAW_SEQ);
    }
    return (one->events == 0 || traces_events(read, source, one)) &&
           (one->links == 0 || traces_links(read, source, one));
}

static bool traces_record(struct otlp_read *read, struct slice source)
{
    struct span *spans = read->records;
    struct traces_span one = {.span = &spans[read->batch->span_count]};
    *one.span = (struct span){.resource = read->resource, .scope = read->scope};
    if (!traces_span_read(read, source, &one)) {
        return false;
    }
    if (one.traced && one.named) {
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
