/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_answer.h"

#include "base/json_write.h"
#include "proto/wire.h"

/* google.rpc.Code */
enum otlp_code {
    OTLP_CODE_INVALID_ARGUMENT = 3,
    OTLP_CODE_PERMISSION_DENIED = 7,
    OTLP_CODE_RESOURCE_EXHAUSTED = 8,
    OTLP_CODE_UNIMPLEMENTED = 12,
    OTLP_CODE_INTERNAL = 13,
    OTLP_CODE_UNAVAILABLE = 14,
    OTLP_CODE_UNAUTHENTICATED = 16,
};

enum otlp_encoding otlp_answer_encoding(struct slice content_type)
{
    struct slice type;
    struct slice parameters;
    (void)slice_cut(content_type, ';', &type, &parameters);
    type = slice_trim(type);
    if (slice_equal_nocase(type, SLICE("application/x-protobuf")) ||
        slice_equal_nocase(type, SLICE("application/protobuf"))) {
        return OTLP_PROTOBUF;
    }
    return slice_equal_nocase(type, SLICE("application/json")) ? OTLP_JSON : OTLP_UNKNOWN;
}

const char *otlp_answer_content_type(enum otlp_encoding encoding)
{
    return encoding == OTLP_PROTOBUF ? "application/x-protobuf" : "application/json";
}

static struct slice otlp_answer_rejected_key(enum signal signal)
{
    switch (signal) {
    case SIGNAL_TRACES:
        return SLICE("rejectedSpans");
    case SIGNAL_LOGS:
        return SLICE("rejectedLogRecords");
    case SIGNAL_METRICS:
        break;
    }
    return SLICE("rejectedDataPoints");
}

void otlp_answer_success(enum otlp_encoding encoding, enum signal signal, size_t rejected,
                         struct slice reason, struct buf *out)
{
    if (encoding == OTLP_PROTOBUF) {
        if (rejected > 0 || reason.size > 0) {
            size_t partial = wire_write_open(out, 1);
            if (rejected > 0) {
                wire_write_i64(out, 1, (int64_t)rejected);
            }
            wire_write_bytes(out, 2, reason);
            wire_write_close(out, partial);
        }
        return;
    }
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    if (rejected > 0 || reason.size > 0) {
        json_write_member_object(&writer, SLICE("partialSuccess"));
        json_write_member_u64_text(&writer, otlp_answer_rejected_key(signal), rejected);
        json_write_member_string(&writer, SLICE("errorMessage"), reason);
        json_write_object_end(&writer);
    }
    json_write_object_end(&writer);
}

static enum otlp_code otlp_answer_code(unsigned http_status)
{
    switch (http_status) {
    case 401:
        return OTLP_CODE_UNAUTHENTICATED;
    case 403:
        return OTLP_CODE_PERMISSION_DENIED;
    case 404:
    case 405:
        return OTLP_CODE_UNIMPLEMENTED;
    case 413:
    case 429:
        return OTLP_CODE_RESOURCE_EXHAUSTED;
    case 503:
        return OTLP_CODE_UNAVAILABLE;
    default:
        return http_status < 500 ? OTLP_CODE_INVALID_ARGUMENT : OTLP_CODE_INTERNAL;
    }
}

void otlp_answer_error(enum otlp_encoding encoding, unsigned http_status, struct slice message,
                       struct buf *out)
{
    enum otlp_code code = otlp_answer_code(http_status);
    if (encoding == OTLP_PROTOBUF) {
        wire_write_u64(out, 1, (uint64_t)code);
        wire_write_bytes(out, 2, message);
        return;
    }
    struct json_write writer;
    json_write_init(&writer, out);
    json_write_object_begin(&writer);
    json_write_member_u64(&writer, SLICE("code"), (uint64_t)code);
    json_write_member_string(&writer, SLICE("message"), message);
    json_write_object_end(&writer);
}
