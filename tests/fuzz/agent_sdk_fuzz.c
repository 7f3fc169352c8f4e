/* SPDX-License-Identifier: Apache-2.0 */

/* Requests to the receiver for the function's SDK.  The first byte chooses path, type and encoding.
 * What is accepted is completed, and is then still a well-formed request. */
#include "agent/sdk.h"
#include "base/ensure.h"
#include "proto/guard.h"

#include <stdio.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

#define BODY_MAX 65536u

static void check(const struct sdk_blocks *blocks)
{
    static unsigned char bytes[4 * BODY_MAX + AGENT_SDK_BLOCKS_MAX * 1024];
    static const enum schema_id roots[] = {SCHEMA_LOGS_REQUEST, SCHEMA_TRACES_REQUEST,
                                           SCHEMA_METRICS_REQUEST};
    const struct resource resource = {.service_name = SLICE("s"),
                                      .function_name = SLICE("f"),
                                      .instance = SLICE("i"),
                                      .epoch_ns = 1};
    struct guard_limits limits = {.depth_max = OTLP_MESSAGE_DEPTH_MAX,
                                  .unpacked_size_max = UINT64_MAX};
    struct guard_report report;
    struct block_read reader;
    struct slice block;
    struct buf out;
    size_t count = 0;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    block_read_init(&reader, blocks->request);
    while (block_read_next(&reader, &block) == BLOCK_GOT) {
        count++;
        block_complete(&resource, block, count, &out);
    }
    ENSURE(count == blocks->count && !buf_overflowed(&out));
    ENSURE(guard_check(buf_bytes(&out), roots[blocks->signal], &limits, &report) == GUARD_OK);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const char *const paths[] = {"/v1/logs", "/v1/traces", "/v1/metrics", "/x"};
    static const char *const types[] = {"application/x-protobuf", "application/json"};
    static const char *const encodings[] = {"identity", "gzip"};
    static _Alignas(16) unsigned char gzip_memory[GZIP_MEMORY_SIZE];
    static unsigned char body[BODY_MAX];
    static unsigned char scratch[BODY_MAX];
    static struct http_head head;
    struct gzip gzip;
    struct sdk sdk = {.gzip = &gzip, .body = body, .body_max = BODY_MAX, .scratch = scratch};
    struct server_answer answer = {.status = 200};
    struct server_request request = {.head = &head};
    struct sdk_blocks blocks;
    char text[256];
    if (size < 1 || size - 1 > BODY_MAX) {
        return 0;
    }
    (void)snprintf(text, sizeof(text),
                   "POST %s HTTP/1.1\r\nContent-Type: %s\r\nContent-Encoding: %s\r\n\r\n",
                   paths[data[0] & 3], types[data[0] >> 2 & 1], encodings[data[0] >> 3 & 1]);
    ENSURE(http_parse_request(slice_from(text), &head) == HTTP_PARSED);
    memcpy(body, data + 1, size - 1);
    request.body = slice_of(body, size - 1);
    gzip_init(&gzip, gzip_memory);
    if (sdk_receive(&sdk, &request, &answer, &blocks)) {
        ENSURE(answer.status == 200);
        check(&blocks);
    } else {
        ENSURE(answer.status >= 400 && answer.body.size > 0);
    }
    return 0;
}
