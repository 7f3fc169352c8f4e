/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/record.h"

#include "base/ensure.h"
#include "otlp/attribute.h"
#include "proto/names.h"
#include "proto/wire.h"

enum {
    LOG_TIME = 1,
    LOG_SEVERITY = 2,
    LOG_SEVERITY_TEXT = 3,
    LOG_BODY = 5,
    LOG_FLAGS = 8,
    LOG_TRACE_ID = 9,
    LOG_SPAN_ID = 10,
    LOG_OBSERVED_TIME = 11,
    LOG_EVENT_NAME = 12,
    SPAN_TRACE_ID = 1,
    SPAN_SPAN_ID = 2,
    SPAN_TRACE_STATE = 3,
    SPAN_PARENT_ID = 4,
    SPAN_NAME = 5,
    SPAN_KIND = 6,
    SPAN_START = 7,
    SPAN_END = 8,
    SPAN_LINK = 13,
    SPAN_LINKS_DROPPED = 14,
    SPAN_STATUS = 15,
    SPAN_FLAGS = 16,
    LINK_TRACE_ID = 1,
    LINK_SPAN_ID = 2,
    LINK_ATTRIBUTE = 4,
    LINK_FLAGS = 6,
    STATUS_MESSAGE = 2,
    STATUS_CODE = 3,
    STATUS_CODE_ERROR = 2,
    VALUE_STRING = 1,
    FLAG_SAMPLED = 0x001,
    FLAG_REMOTE_KNOWN = 0x100,
    FLAG_REMOTE = 0x200,
};

void record_log_write(const struct record_log *log, struct buf *out)
{
    ENSURE(log->seq > 0);
    if (log->time_ns > 0) {
        wire_write_fixed64(out, LOG_TIME, log->time_ns);
    }
    if (log->severity > 0) {
        wire_write_u64(out, LOG_SEVERITY, log->severity);
    }
    if (log->severity_text.size > 0) {
        attribute_string_field(out, LOG_SEVERITY_TEXT, log->severity_text);
    }
    if (log->context.known) {
        if (log->context.sampled) {
            wire_write_fixed32(out, LOG_FLAGS, FLAG_SAMPLED);
        }
        wire_write_bytes(out, LOG_TRACE_ID, slice_of(log->context.trace_id, 16));
        wire_write_bytes(out, LOG_SPAN_ID, slice_of(log->context.span_id, 8));
    }
    wire_write_fixed64(out, LOG_OBSERVED_TIME, log->observed_ns);
    if (log->event_name.size > 0) {
        wire_write_bytes(out, LOG_EVENT_NAME, log->event_name);
    }
    attribute_int(out, ATTRIBUTE_OF_LOG, NAME_THAW_SEQ, (int64_t)log->seq);
}

void record_log_body(struct buf *out, struct slice text)
{
    size_t any = wire_write_open(out, LOG_BODY);
    attribute_string_field(out, VALUE_STRING, text);
    wire_write_close(out, any);
}

struct record_body record_log_body_open(struct buf *out)
{
    struct record_body body;
    body.outer = wire_write_open(out, LOG_BODY);
    body.inner = wire_write_open(out, VALUE_STRING);
    return body;
}

void record_log_body_close(struct buf *out, struct record_body body)
{
    wire_write_close(out, body.inner);
    wire_write_close(out, body.outer);
}

void record_span_write(const struct record_span *span, struct buf *out)
{
    ENSURE(span->context.known && span->seq > 0);
    uint32_t flags = span->context.sampled ? FLAG_SAMPLED : 0;
    wire_write_bytes(out, SPAN_TRACE_ID, slice_of(span->context.trace_id, 16));
    wire_write_bytes(out, SPAN_SPAN_ID, slice_of(span->context.span_id, 8));
    if (span->trace_state.size > 0) {
        wire_write_bytes(out, SPAN_TRACE_STATE, span->trace_state);
    }
    if (span->has_parent) {
        wire_write_bytes(out, SPAN_PARENT_ID, slice_of(span->parent_id, 8));
        flags |= FLAG_REMOTE_KNOWN | (span->parent_remote ? (uint32_t)FLAG_REMOTE : 0);
    }
    attribute_string_field(out, SPAN_NAME, span->name);
    wire_write_u64(out, SPAN_KIND, (uint64_t)span->kind);
    wire_write_fixed64(out, SPAN_START, span->start_ns);
    wire_write_fixed64(out, SPAN_END, span->end_ns);
    attribute_int(out, ATTRIBUTE_OF_SPAN, NAME_THAW_SEQ, (int64_t)span->seq);
    if (span->error) {
        size_t status = wire_write_open(out, SPAN_STATUS);
        if (span->error_message.size > 0) {
            attribute_string_field(out, STATUS_MESSAGE, span->error_message);
        }
        wire_write_u64(out, STATUS_CODE, STATUS_CODE_ERROR);
        wire_write_close(out, status);
    }
    if (span->links_dropped > 0) {
        uint64_t count = span->links_dropped < UINT32_MAX ? span->links_dropped : UINT32_MAX;
        wire_write_u64(out, SPAN_LINKS_DROPPED, count);
    }
    if (flags != 0) {
        wire_write_fixed32(out, SPAN_FLAGS, flags);
    }
}

void record_span_link(const struct record_context *context, struct slice message_id,
                      struct buf *out)
{
    ENSURE(context->known);
    size_t link = wire_write_open(out, SPAN_LINK);
    wire_write_bytes(out, LINK_TRACE_ID, slice_of(context->trace_id, 16));
    wire_write_bytes(out, LINK_SPAN_ID, slice_of(context->span_id, 8));
    attribute_text_known(out, LINK_ATTRIBUTE, NAME_MESSAGING_MESSAGE_ID, message_id);
    wire_write_fixed32(out, LINK_FLAGS,
                       FLAG_REMOTE_KNOWN | FLAG_REMOTE |
                           (context->sampled ? (uint32_t)FLAG_SAMPLED : 0));
    wire_write_close(out, link);
}
