/* SPDX-License-Identifier: Apache-2.0 */
#include "span.h"

#include "base/json_write.h"
#include "base/xray.h"

/* Of OTLP's enumerations. */
#define SPAN_KIND_INTERNAL 1
#define STATUS_CODE_ERROR  2

static void write_text_attribute(struct json_write *writer, struct slice key, struct slice value)
{
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("key"), key);
    json_write_member_object(writer, SLICE("value"));
    json_write_member_string(writer, SLICE("stringValue"), value);
    json_write_object_end(writer);
    json_write_object_end(writer);
}

static void write_resource(struct json_write *writer, const struct span *span)
{
    json_write_member_object(writer, SLICE("resource"));
    json_write_member_array(writer, SLICE("attributes"));
    write_text_attribute(writer, SLICE("service.name"), span->service);
    json_write_array_end(writer);
    json_write_object_end(writer);
}

static void write_status(struct json_write *writer, const struct span *span)
{
    json_write_member_object(writer, SLICE("status"));
    if (span->failed) {
        json_write_member_u64(writer, SLICE("code"), STATUS_CODE_ERROR);
        json_write_member_string(writer, SLICE("message"), span->message);
    }
    json_write_object_end(writer);
}

static void write_span(struct json_write *writer, const struct span *span,
                       const struct xray *context)
{
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("traceId"));
    json_write_hex(writer, slice_of(context->root, sizeof(context->root)));
    json_write_key(writer, SLICE("spanId"));
    json_write_hex(writer, slice_of(span->id, sizeof(span->id)));
    if (context->has_parent) {
        json_write_key(writer, SLICE("parentSpanId"));
        json_write_hex(writer, slice_of(context->parent, sizeof(context->parent)));
    }
    json_write_member_string(writer, SLICE("name"), SLICE("quote"));
    json_write_member_u64(writer, SLICE("kind"), SPAN_KIND_INTERNAL);
    json_write_member_u64_text(writer, SLICE("startTimeUnixNano"), span->start_ns);
    json_write_member_u64_text(writer, SLICE("endTimeUnixNano"), span->end_ns);
    json_write_member_array(writer, SLICE("attributes"));
    write_text_attribute(writer, SLICE("faas.invocation_id"), span->request_id);
    json_write_array_end(writer);
    write_status(writer, span);
    json_write_object_end(writer);
}

bool span_write(const struct span *span, struct buf *out)
{
    struct xray context;
    if (!xray_parse(span->trace_header, &context) || !context.has_root) {
        return false;
    }
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_array(&writer, SLICE("resourceSpans"));
    json_write_object_begin(&writer);
    write_resource(&writer, span);
    json_write_member_array(&writer, SLICE("scopeSpans"));
    json_write_object_begin(&writer);
    json_write_member_object(&writer, SLICE("scope"));
    json_write_member_string(&writer, SLICE("name"), SLICE("shop"));
    json_write_object_end(&writer);
    json_write_member_array(&writer, SLICE("spans"));
    write_span(&writer, span, &context);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_array_end(&writer);
    json_write_object_end(&writer);
    json_write_finish(&writer);
    return true;
}
