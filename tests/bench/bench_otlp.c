/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What it costs the agent to pass on what the function's SDK exports: a body of 500 spans, each
 * with eight attributes, and every fourth one with an event.  Each figure as "name value unit".
 *
 *   otlp_receive      the body is checked against the schema
 *   otlp_pass_through and kept, and put into a batch with its resource completed
 *   otlp_packed       and compressed
 *   otlp_inflated     the same for a body that came compressed
 *
 * Processor time per body, without sockets.
 */
#include "agent/sdk.h"

#include "base/clock.h"
#include "base/ensure.h"
#include "core/core.h"
#include "proto/wire.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SPANS  500u
#define ROUNDS 400u

static _Alignas(16) unsigned char queue_memory[AGENT_QUEUE_SIZE];
static unsigned char batch_memory[AGENT_BODY_SIZE];
static unsigned char record_memory[AGENT_RECORD_MAX];
static unsigned char body_memory[AGENT_SDK_BODY_MAX];
static unsigned char scratch_memory[AGENT_SDK_BODY_MAX];
static unsigned char send_memory[AGENT_SEND_SIZE];
static _Alignas(16) unsigned char gzip_memory[GZIP_MEMORY_SIZE];
static unsigned char plain_memory[AGENT_SDK_BODY_MAX];
static unsigned char packed_memory[AGENT_SDK_BODY_MAX];
static struct core core;
static struct gzip gzip;
static struct sdk sdk;

/* ---- The body. ---- */

static void put_text(struct buf *out, uint32_t field, const char *key, const char *value)
{
    size_t pair = wire_write_open(out, field);
    wire_write_bytes(out, 1, slice_from(key));
    size_t any = wire_write_open(out, 2);
    wire_write_bytes(out, 1, slice_from(value));
    wire_write_close(out, any);
    wire_write_close(out, pair);
}

static void put_int(struct buf *out, uint32_t field, const char *key, uint64_t value)
{
    size_t pair = wire_write_open(out, field);
    wire_write_bytes(out, 1, slice_from(key));
    size_t any = wire_write_open(out, 2);
    wire_write_u64(out, 3, value);
    wire_write_close(out, any);
    wire_write_close(out, pair);
}

static void put_span(struct buf *out, unsigned number)
{
    static const unsigned char trace_id[16] = "0123456789abcdef";
    unsigned char span_id[8] = "span";
    char text[64];
    memcpy(span_id + 4, &number, 4);
    size_t span = wire_write_open(out, 2);
    wire_write_bytes(out, 1, slice_of(trace_id, sizeof(trace_id)));
    wire_write_bytes(out, 2, slice_of(span_id, sizeof(span_id)));
    wire_write_bytes(out, 4, slice_of("rootspan", 8));
    wire_write_bytes(out, 5, SLICE("DynamoDB.GetItem"));
    wire_write_u64(out, 6, 3);
    wire_write_fixed64(out, 7, UINT64_C(1795000000000000000) + number * UINT64_C(1000003));
    wire_write_fixed64(out, 8, UINT64_C(1795000000000900000) + number * UINT64_C(1000003));
    put_text(out, 9, "rpc.system", "aws-api");
    put_text(out, 9, "rpc.service", "DynamoDB");
    put_text(out, 9, "rpc.method", "GetItem");
    put_text(out, 9, "aws.region", "eu-central-1");
    put_text(out, 9, "db.system", "dynamodb");
    (void)snprintf(text, sizeof(text), "orders-%u", number * 7919u % 1000u);
    put_text(out, 9, "db.name", text);
    (void)snprintf(text, sizeof(text), "%08x-2c1b-4c59-9f6e-%012x", number * 2654435761u, number);
    put_text(out, 9, "aws.request.id", text);
    put_int(out, 9, "http.status_code", 200);
    if (number % 4 == 0) {
        size_t event = wire_write_open(out, 11);
        wire_write_fixed64(out, 1, UINT64_C(1795000000000400000));
        wire_write_bytes(out, 2, SLICE("retry"));
        put_int(out, 3, "attempt", 2);
        wire_write_close(out, event);
    }
    size_t status = wire_write_open(out, 15);
    wire_write_close(out, status);
    wire_write_fixed32(out, 16, 0x101);
    wire_write_close(out, span);
}

static struct slice make_body(void)
{
    struct buf out;
    buf_init_fixed(&out, plain_memory, sizeof(plain_memory));
    size_t block = wire_write_open(&out, 1);
    size_t resource = wire_write_open(&out, 1);
    put_text(&out, 1, "service.name", "checkout");
    put_text(&out, 1, "telemetry.sdk.language", "nodejs");
    put_text(&out, 1, "telemetry.sdk.name", "opentelemetry");
    put_text(&out, 1, "telemetry.sdk.version", "2.0.1");
    put_int(&out, 1, "process.pid", 17);
    wire_write_close(&out, resource);
    size_t scope_spans = wire_write_open(&out, 2);
    size_t scope = wire_write_open(&out, 1);
    wire_write_bytes(&out, 1, SLICE("@opentelemetry/instrumentation-aws-sdk"));
    wire_write_bytes(&out, 2, SLICE("0.56.0"));
    wire_write_close(&out, scope);
    for (unsigned i = 0; i < SPANS; i++) {
        put_span(&out, i);
    }
    wire_write_close(&out, scope_spans);
    wire_write_close(&out, block);
    ENSURE(!buf_overflowed(&out));
    return buf_bytes(&out);
}

/* ---- What the agent does with it. ---- */

static uint64_t cpu_ns(void)
{
    struct timespec now;
    ENSURE(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0);
    return (uint64_t)now.tv_sec * CLOCK_NS_PER_S + (uint64_t)now.tv_nsec;
}

enum depth { RECEIVE, PASS_THROUGH, PACKED };

/* Take a body in, and send it. */
static void pass(struct http_head *head, struct slice body, enum depth depth)
{
    /* Long enough after the one before to be sent at once. */
    static struct core_now now = {.wall_ns = UINT64_C(1795000000000000000), .mono_ns = 1000};
    now.wall_ns += 10 * CLOCK_NS_PER_S;
    now.mono_ns += 10 * CLOCK_NS_PER_S;
    struct server_request request = {.head = head};
    struct server_answer answer = {.status = 200};
    struct core_actions actions = {.send = false};
    struct sdk_blocks blocks;
    struct block_read reader;
    struct slice block;
    memcpy(body_memory, body.base, body.size);
    request.body = slice_of(body_memory, body.size);
    ENSURE(sdk_receive(&sdk, &request, &answer, &blocks));
    if (depth == RECEIVE) {
        return;
    }
    block_read_init(&reader, blocks.request);
    while (block_read_next(&reader, &block) == BLOCK_GOT) {
        const struct core_input input = {.kind = CORE_BLOCK,
                                         .block = {.signal = blocks.signal, .bytes = block}};
        core_step(&core, now, &input, &actions);
    }
    ENSURE(actions.send);
    if (depth == PACKED) {
        struct buf out;
        buf_init_fixed(&out, send_memory, sizeof(send_memory));
        ENSURE(gzip_pack(&gzip, actions.body, &out));
    }
    while (actions.send) {
        const struct core_input taken = {.kind = CORE_ANSWER, .answer = {.status = 200}};
        core_step(&core, now, &taken, &actions);
    }
}

static void measure(const char *name, const char *request, struct slice body, enum depth depth)
{
    struct http_head head;
    ENSURE(http_parse_request(slice_from(request), &head) == HTTP_PARSED);
    pass(&head, body, depth);
    uint64_t begun_ns = cpu_ns();
    for (unsigned i = 0; i < ROUNDS; i++) {
        pass(&head, body, depth);
    }
    printf("%s %.3f ms (%u spans, %zu bytes)\n", name, (double)(cpu_ns() - begun_ns) / ROUNDS / 1e6,
           SPANS, body.size);
}

#define REQUEST(more) "POST /v1/traces HTTP/1.1\r\n" more "\r\n"
#define PROTOBUF      "Content-Type: application/x-protobuf\r\n"

int main(void)
{
    const struct core_memory memory = {queue_memory,  sizeof(queue_memory),
                                       batch_memory,  sizeof(batch_memory),
                                       record_memory, sizeof(record_memory)};
    const struct core_config config = {.resource = {.function_name = SLICE("checkout"),
                                                    .service_name = SLICE("checkout"),
                                                    .region = SLICE("eu-central-1"),
                                                    .agent_version = SLICE("0"),
                                                    .epoch_ns = 1},
                                       .flush = CORE_FLUSH_PERIODIC};
    struct core_actions actions;
    const struct core_now now = {.wall_ns = 1, .mono_ns = 1};
    const struct core_input silent = {.kind = CORE_NO_TELEMETRY, .more = true};
    const struct core_input invoke = {
        .kind = CORE_INVOKE, .invoke = {.request_id = SLICE("a"), .deadline_ns = UINT64_MAX / 2}};
    core_init(&core, &config, &memory);
    core_step(&core, now, &silent, &actions);
    core_step(&core, now, &invoke, &actions);
    gzip_init(&gzip, gzip_memory);
    sdk = (struct sdk){.gzip = &gzip,
                       .body = body_memory,
                       .body_max = sizeof(body_memory),
                       .scratch = scratch_memory};
    struct slice plain = make_body();
    struct buf packed;
    buf_init_fixed(&packed, packed_memory, sizeof(packed_memory));
    ENSURE(gzip_pack(&gzip, plain, &packed));
    measure("otlp_receive", REQUEST(PROTOBUF), plain, RECEIVE);
    measure("otlp_pass_through", REQUEST(PROTOBUF), plain, PASS_THROUGH);
    measure("otlp_packed", REQUEST(PROTOBUF), plain, PACKED);
    measure("otlp_inflated", REQUEST(PROTOBUF "Content-Encoding: gzip\r\n"), buf_bytes(&packed),
            PASS_THROUGH);
    return 0;
}
