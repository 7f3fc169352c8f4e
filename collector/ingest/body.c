/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/body.h"

#include "base/buf.h"
#include "base/ensure.h"
#include "ingest/inflate.h"
#include "ingest/ingest_limits.h"
#include "proto/guard.h"
#include "proto/transcode.h"

static enum schema_id body_root(enum signal signal)
{
    switch (signal) {
    case SIGNAL_TRACES:
        return SCHEMA_TRACES_REQUEST;
    case SIGNAL_LOGS:
        return SCHEMA_LOGS_REQUEST;
    case SIGNAL_METRICS:
        break;
    }
    return SCHEMA_METRICS_REQUEST;
}

static enum status body_refuse(struct body *body, unsigned status, enum counter counter,
                               struct slice message)
{
    body->status = status;
    body->counter = counter;
    body->message = message;
    return STATUS_BAD;
}

static enum status body_inflate(const struct body_request *request, struct arena *arena,
                                struct body *body, struct slice *bytes)
{
    struct slice encoding = slice_trim(request->content_encoding);
    *bytes = request->bytes;
    if (encoding.size == 0 || slice_equal_nocase(encoding, SLICE("identity"))) {
        return STATUS_OK;
    }
    if (!slice_equal_nocase(encoding, SLICE("gzip")) &&
        !slice_equal_nocase(encoding, SLICE("x-gzip"))) {
        return body_refuse(body, 415, COUNTER_REJECTED_ENCODING,
                           SLICE("Content-Encoding must be gzip or identity"));
    }
    switch (inflate_gzip(request->bytes, INGEST_BODY_SIZE_MAX, arena, bytes)) {
    case INFLATE_OK:
        return STATUS_OK;
    case INFLATE_BAD:
        return body_refuse(body, 400, COUNTER_REJECTED_MALFORMED,
                           SLICE("the body is not gzip, damaged or cut short"));
    case INFLATE_TOO_LARGE:
        return body_refuse(body, 413, COUNTER_REJECTED_TOO_LARGE,
                           SLICE("the body has more than 64 MiB once inflated"));
    case INFLATE_RATIO:
        return body_refuse(body, 413, COUNTER_REJECTED_RATIO,
                           SLICE("the body inflates to more than 250 times its size"));
    case INFLATE_NO_MEMORY:
        break;
    }
    return body_refuse(body, 503, COUNTER_REJECTED_BUSY, SLICE("out of memory; try again"));
}

/* JSON becomes protobuf in the arena. */
static enum status body_transcode(struct slice json, enum schema_id root, struct arena *arena,
                                  struct body *body)
{
    /* Address space only, of which what is needed is taken afterwards. */
    size_t mark = arena_mark(arena);
    unsigned char *memory = arena_alloc(arena, INGEST_BODY_SIZE_MAX);
    if (memory == NULL) {
        return body_refuse(body, 503, COUNTER_REJECTED_BUSY, SLICE("out of memory; try again"));
    }
    struct buf out;
    struct transcode_error error = {.at = 0, .reason = ""};
    buf_init_fixed(&out, memory, INGEST_BODY_SIZE_MAX);
    enum status status = transcode_from_json(json, root, &out, &error);
    arena_rewind(arena, mark);
    if (status == STATUS_FULL) {
        return body_refuse(body, 413, COUNTER_REJECTED_TOO_LARGE,
                           SLICE("the body has more than 64 MiB as protobuf"));
    }
    if (status != STATUS_OK) {
        return body_refuse(
            body, 400, COUNTER_REJECTED_MALFORMED,
            arena_printf(arena, "not OTLP JSON: %s at byte %zu", error.reason, error.at));
    }
    struct slice bytes = buf_bytes(&out);
    const unsigned char *kept = arena_alloc(arena, bytes.size > 0 ? bytes.size : 1);
    ENSURE(kept == memory);
    body->protobuf = bytes;
    return STATUS_OK;
}

enum status body_prepare(const struct body_request *request, struct arena *arena, struct body *body)
{
    *body = (struct body){.encoding = otlp_answer_encoding(request->content_type)};
    if (body->encoding == OTLP_UNKNOWN) {
        return body_refuse(
            body, 415, COUNTER_REJECTED_TYPE,
            SLICE("Content-Type must be application/x-protobuf or application/json"));
    }
    struct slice bytes;
    enum status status = body_inflate(request, arena, body, &bytes);
    if (status != STATUS_OK) {
        return status;
    }
    if (bytes.size > INGEST_BODY_SIZE_MAX) {
        return body_refuse(body, 413, COUNTER_REJECTED_TOO_LARGE,
                           SLICE("the body has more than 64 MiB"));
    }
    body->protobuf = bytes;
    return body->encoding == OTLP_JSON
               ? body_transcode(bytes, body_root(request->signal), arena, body)
               : STATUS_OK;
}

void body_undecoded(enum signal signal, bool full, struct arena *arena, struct body *body)
{
    const struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    switch (full ? GUARD_TOO_BIG
                 : guard_check(body->protobuf, body_root(signal), &limits, &report)) {
    case GUARD_MALFORMED:
        (void)body_refuse(body, 400, COUNTER_REJECTED_MALFORMED,
                          arena_printf(arena, "not OTLP protobuf: %s at byte %zu", report.reason,
                                       report.error_at));
        return;
    case GUARD_TOO_DEEP:
        (void)body_refuse(
            body, 400, COUNTER_REJECTED_TOO_DEEP,
            arena_printf(arena, "values nest deeper than %d levels", OTLP_VALUE_DEPTH_MAX));
        return;
    case GUARD_TOO_BIG:
        (void)body_refuse(
            body, 413, COUNTER_REJECTED_TOO_LARGE,
            SLICE("the body would take more than 256 MiB of memory; send less at once"));
        return;
    case GUARD_OK:
        break;
    }
    (void)body_refuse(body, 400, COUNTER_REJECTED_MALFORMED, SLICE("the body cannot be decoded"));
}
