/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Live deliveries of log streams.  The first byte chooses what the rest is: common attributes, a
 * body of Firehose, or a payload as it is forwarded.  Whatever comes in, the bodies that come out
 * are OTLP that the guard accepts, without labels and with them.
 */
#include "base/ensure.h"
#include "ingest/firehose_body.h"
#include "ingest/known.h"
#include "ingest/labels.h"
#include "intake/intake.h"
#include "proto/guard.h"
#include "streams/encode.h"
#include "streams/merge.h"

#include <stddef.h>
#include <stdint.h>

#define ARENA_SIZE (UINT64_C(16) << 20)
#define TEXT_MAX   (UINT64_C(4) << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(16) unsigned char memory[ARENA_SIZE];

struct pipe {
    struct merge *merge;
    struct encode *encode;
    struct labels labels;
};

static void accepted(enum signal signal, struct slice body)
{
    const struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    enum schema_id root = signal == SIGNAL_LOGS ? SCHEMA_LOGS_REQUEST : SCHEMA_METRICS_REQUEST;
    ENSURE(guard_check(body, root, &limits, &report) == GUARD_OK);
    ENSURE(known_kind(body));
}

static void on_body(void *context, enum signal signal, struct slice bytes, uint64_t records)
{
    const struct pipe *pipe = context;
    struct buf out;
    (void)records;
    if (bytes.size == 0) {
        return;
    }
    accepted(signal, bytes);
    buf_init_growing(&out, TEXT_MAX);
    labels_write(&pipe->labels, bytes, &out);
    if (!buf_overflowed(&out)) {
        ENSURE(buf_bytes(&out).size >= bytes.size / 2);
        accepted(signal, buf_bytes(&out));
    }
    buf_fini(&out);
}

static void on_refused(void *context, const struct stream_refusal *refusal)
{
    (void)context;
    ENSURE(refusal->why != NULL);
}

static void on_event(void *context, const struct log_event *event)
{
    const struct pipe *pipe = context;
    merge_event(pipe->merge, event);
}

static void on_other_cloud(void *context, struct slice json)
{
    (void)context;
    (void)json;
}

static bool take(void *context, struct slice bytes)
{
    const struct intake_options options = {
        .event = on_event,
        .gcp = on_other_cloud,
        .azure = on_other_cloud,
        .refused = on_refused,
        .context = context,
        .inflated_size_max = TEXT_MAX,
    };
    struct intake *intake = intake_create(&options);
    ENSURE(intake != NULL);
    if (intake_push(intake, bytes) == STATUS_OK) {
        (void)!intake_finish(intake);
    }
    intake_free(intake);
    return true;
}

static void refuse(void *context, const char *why, struct slice sample)
{
    (void)context;
    ENSURE(why != NULL && sample.size <= TEXT_MAX);
}

static void take_firehose(struct pipe *pipe, struct slice body, struct arena *arena)
{
    const struct firehose_body_sink sink = {take, refuse, pipe};
    uint64_t usable;
    if (firehose_body_wrong(body, SLICE("1")) == NULL) {
        (void)!firehose_body_read(body, arena, &sink, &usable);
    }
}

static void run(struct pipe *pipe, bool firehose, struct slice body, struct arena *arena)
{
    const struct encode_options encoding = {
        .body_size_max = 1u << 16,
        .body = on_body,
        .refused = on_refused,
        .context = pipe,
    };
    const struct merge_options merging = {.piece = true};
    pipe->encode = encode_create(&encoding);
    ENSURE(pipe->encode != NULL);
    pipe->merge = merge_create(&merging, encode_sink(pipe->encode));
    ENSURE(pipe->merge != NULL);
    if (firehose) {
        take_firehose(pipe, body, arena);
    } else {
        (void)take(pipe, body);
    }
    merge_finish(pipe->merge);
    encode_finish(pipe->encode);
    merge_free(pipe->merge);
    encode_free(pipe->encode);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct slice attributes =
        SLICE_INIT("{\"commonAttributes\":{\"env\":\"a\",\"team\":\"\"}}");
    struct arena arena;
    struct pipe pipe = {.labels = {.count = 0}};
    if (size == 0) {
        return 0;
    }
    struct slice body = slice_of(data + 1, size - 1);
    arena_init(&arena, memory, sizeof(memory));
    if (data[0] % 3 == 0) {
        if (labels_read(body, &arena, &pipe.labels) == STATUS_OK) {
            run(&pipe, false,
                SLICE("{\"messageType\":\"DATA_MESSAGE\",\"owner\":\"1\",\"logGroup\":"
                      "\"/aws/lambda/f\",\"logStream\":\"s\",\"subscriptionFilters\":[\"x\"],"
                      "\"logEvents\":[{\"id\":\"1\",\"timestamp\":1790000000000,\"message\":"
                      "\"a line\"}]}"),
                &arena);
        }
        return 0;
    }
    ENSURE(labels_read(attributes, &arena, &pipe.labels) == STATUS_OK);
    run(&pipe, data[0] % 3 == 1, body, &arena);
    return 0;
}
