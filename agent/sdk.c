/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sdk.h"

#include "base/json_write.h"
#include "proto/guard.h"
#include "proto/transcode.h"
#include "proto/wire.h"
#include "redact/message.h"

/* Codes of google.rpc.Status. */
enum {
    RPC_INVALID_ARGUMENT = 3,
    RPC_NOT_FOUND = 5,
    RPC_RESOURCE_EXHAUSTED = 8,
    RPC_UNIMPLEMENTED = 12,
};

enum encoding {
    ENCODING_PROTOBUF,
    ENCODING_JSON,
    ENCODING_OTHER,
};

static struct slice media_type(const struct server_request *request)
{
    struct slice type;
    struct slice parameters;
    slice_cut(http_header(request->head, SLICE("content-type")), ';', &type, &parameters);
    return slice_trim(type);
}

static enum encoding encoding_of(const struct server_request *request)
{
    struct slice type = media_type(request);
    if (slice_equal_nocase(type, SLICE("application/x-protobuf"))) {
        return ENCODING_PROTOBUF;
    }
    return slice_equal_nocase(type, SLICE("application/json")) ? ENCODING_JSON : ENCODING_OTHER;
}

/* Refuse with a google.rpc.Status in the encoding of the request. */
static bool refuse(struct sdk *sdk, const struct server_request *request,
                   struct server_answer *answer, unsigned status, const char *message)
{
    struct buf body;
    uint64_t code = status == 404   ? RPC_NOT_FOUND
                    : status == 413 ? RPC_RESOURCE_EXHAUSTED
                    : status == 400 ? RPC_INVALID_ARGUMENT
                                    : RPC_UNIMPLEMENTED;
    buf_init_fixed(&body, sdk->answer, sizeof(sdk->answer));
    answer->status = status;
    if (encoding_of(request) == ENCODING_JSON) {
        struct json_write writer;
        json_write_init(&writer, &body);
        json_write_object_begin(&writer);
        json_write_member_u64(&writer, SLICE("code"), code);
        json_write_member_string(&writer, SLICE("message"), slice_from(message));
        json_write_object_end(&writer);
        answer->content_type = SLICE("application/json");
    } else {
        wire_write_u64(&body, 1, code);
        wire_write_bytes(&body, 2, slice_from(message));
        answer->content_type = SLICE("application/x-protobuf");
    }
    answer->body = buf_bytes(&body);
    return false;
}

void sdk_too_large(struct sdk *sdk, const struct server_request *request,
                   struct server_answer *answer)
{
    (void)refuse(sdk, request, answer, 413, "the body is larger than the agent's memory");
}

static bool signal_of(struct slice target, enum block_signal *signal)
{
    struct slice path;
    struct slice query;
    slice_cut(target, '?', &path, &query);
    if (slice_ends(path, SLICE("/")) && path.size > 1) {
        path.size--;
    }
    for (enum block_signal each = BLOCK_LOGS; each < BLOCK_SIGNALS; each++) {
        if (slice_equal(path, block_path(each))) {
            *signal = each;
            return true;
        }
    }
    return false;
}

static enum schema_id root_of(enum block_signal signal)
{
    static const enum schema_id roots[BLOCK_SIGNALS] = {
        [BLOCK_LOGS] = SCHEMA_LOGS_REQUEST,
        [BLOCK_TRACES] = SCHEMA_TRACES_REQUEST,
        [BLOCK_METRICS] = SCHEMA_METRICS_REQUEST,
    };
    return roots[signal];
}

/* Whether the body is compressed.  False in *known: in a way that we do not know. */
static bool is_gzip(const struct server_request *request, bool *known)
{
    struct slice encoding = http_header(request->head, SLICE("content-encoding"));
    bool gzip = slice_equal_nocase(encoding, SLICE("gzip")) ||
                slice_equal_nocase(encoding, SLICE("x-gzip"));
    *known = gzip || encoding.size == 0 || slice_equal_nocase(encoding, SLICE("identity"));
    return gzip;
}

/* Take gzip and JSON off, going back and forth between the two buffers. */
static bool to_protobuf(struct sdk *sdk, const struct server_request *request,
                        struct server_answer *answer, struct sdk_blocks *blocks)
{
    bool known;
    unsigned char *other = sdk->scratch;
    struct buf out;
    blocks->request = request->body;
    if (is_gzip(request, &known)) {
        buf_init_fixed(&out, other, sdk->body_max);
        enum status status = gzip_unpack(sdk->gzip, blocks->request, &out);
        if (status != STATUS_OK) {
            return status == STATUS_FULL
                       ? refuse(sdk, request, answer, 413, "the inflated body is too large")
                       : refuse(sdk, request, answer, 400, "the body is no gzip");
        }
        blocks->request = buf_bytes(&out);
        other = sdk->body;
    }
    if (!known) {
        return refuse(sdk, request, answer, 415, "the agent knows gzip and identity");
    }
    if (encoding_of(request) == ENCODING_JSON) {
        struct transcode_error error;
        buf_init_fixed(&out, other, sdk->body_max);
        enum status status =
            transcode_from_json(blocks->request, root_of(blocks->signal), &out, &error);
        if (status != STATUS_OK) {
            return status == STATUS_FULL
                       ? refuse(sdk, request, answer, 413, "the body is too large")
                       : refuse(sdk, request, answer, 400, error.reason);
        }
        blocks->request = buf_bytes(&out);
    }
    return true;
}

static bool count_blocks(struct sdk *sdk, const struct server_request *request,
                         struct server_answer *answer, struct sdk_blocks *blocks)
{
    struct block_read reader;
    struct slice block;
    enum block_answer got;
    blocks->count = 0;
    blocks->size = 0;
    block_read_init(&reader, blocks->request);
    while ((got = block_read_next(&reader, &block)) == BLOCK_GOT) {
        if (blocks->count == AGENT_SDK_BLOCKS_MAX) {
            return refuse(sdk, request, answer, 413, "the body has too many resources");
        }
        if (!block_valid(block)) {
            return refuse(sdk, request, answer, 400, "the body is malformed");
        }
        blocks->count++;
        blocks->size += block.size + sizeof(uint64_t) * 4;
    }
    if (got == BLOCK_BAD) {
        return refuse(sdk, request, answer, 400, "the body is malformed");
    }
    return true;
}

uint64_t sdk_records(enum block_signal signal, struct slice block)
{
    static const enum schema_id blocks[BLOCK_SIGNALS] = {
        [BLOCK_LOGS] = SCHEMA_RESOURCE_LOGS,
        [BLOCK_TRACES] = SCHEMA_RESOURCE_SPANS,
        [BLOCK_METRICS] = SCHEMA_RESOURCE_METRICS,
    };
    struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    return guard_check(block, blocks[signal], &limits, &report) == GUARD_OK ? report.record_count
                                                                            : 0;
}

void sdk_rejected(struct sdk *sdk, const struct server_request *request, enum block_signal signal,
                  uint64_t records, struct server_answer *answer)
{
    static const struct slice keys[BLOCK_SIGNALS] = {
        [BLOCK_LOGS] = SLICE_INIT("rejectedLogRecords"),
        [BLOCK_TRACES] = SLICE_INIT("rejectedSpans"),
        [BLOCK_METRICS] = SLICE_INIT("rejectedDataPoints"),
    };
    static const struct slice message = SLICE_INIT("the agent's memory is full");
    struct buf body;
    buf_init_fixed(&body, sdk->answer, sizeof(sdk->answer));
    if (encoding_of(request) == ENCODING_JSON) {
        struct json_write writer;
        json_write_init(&writer, &body);
        json_write_object_begin(&writer);
        json_write_member_object(&writer, SLICE("partialSuccess"));
        json_write_member_u64_text(&writer, keys[signal], records);
        json_write_member_string(&writer, SLICE("errorMessage"), message);
        json_write_object_end(&writer);
        json_write_object_end(&writer);
    } else {
        size_t partial = wire_write_open(&body, 1);
        wire_write_u64(&body, 1, records);
        wire_write_bytes(&body, 2, message);
        wire_write_close(&body, partial);
    }
    answer->body = buf_bytes(&body);
}

/* What must not leave is overwritten where it lies. */
static void redact_blocks(struct sdk *sdk, struct sdk_blocks *blocks, uint64_t records)
{
    struct slice request = blocks->request;
    if (sdk->core == NULL) {
        return;
    }
    if (sdk->core->config.withhold && blocks->signal == BLOCK_LOGS) {
        sdk->core->counters.withheld += records;
        blocks->request = SLICE_EMPTY;
        blocks->count = 0;
        blocks->size = 0;
        return;
    }
    if (sdk->core->config.redact == NULL || request.size == 0) {
        return;
    }
    bool in_body = request.base >= sdk->body && request.base < sdk->body + sdk->body_max;
    unsigned char *base = in_body ? sdk->body : sdk->scratch;
    message_redact(sdk->core->config.redact, root_of(blocks->signal), base + (request.base - base),
                   request.size, sdk->core->counters.redacted);
}

bool sdk_receive(struct sdk *sdk, const struct server_request *request,
                 struct server_answer *answer, struct sdk_blocks *blocks)
{
    struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    if (!signal_of(request->head->target, &blocks->signal)) {
        return refuse(sdk, request, answer, 404, "the paths are /v1/traces, /v1/logs, /v1/metrics");
    }
    if (!slice_equal(request->head->method, SLICE("POST"))) {
        answer->allow = SLICE("POST");
        return refuse(sdk, request, answer, 405, "the method is POST");
    }
    if (encoding_of(request) == ENCODING_OTHER) {
        return refuse(sdk, request, answer, 415,
                      "the types are application/x-protobuf and application/json");
    }
    if (request->too_large) {
        return refuse(sdk, request, answer, 413, "the body is too large");
    }
    if (!to_protobuf(sdk, request, answer, blocks)) {
        return false;
    }
    switch (guard_check(blocks->request, root_of(blocks->signal), &limits, &report)) {
    case GUARD_OK:
        break;
    case GUARD_MALFORMED:
    case GUARD_TOO_DEEP:
        return refuse(sdk, request, answer, 400, report.reason);
    case GUARD_TOO_BIG:
        return refuse(sdk, request, answer, 413, report.reason);
    }
    if (!count_blocks(sdk, request, answer, blocks)) {
        return false;
    }
    redact_blocks(sdk, blocks, report.record_count);
    answer->status = 200;
    if (encoding_of(request) == ENCODING_JSON) {
        answer->content_type = SLICE("application/json");
        answer->body = SLICE("{}");
    } else {
        answer->content_type = SLICE("application/x-protobuf");
    }
    return true;
}
