/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/sdk.h"

#include "lib/cm.h"
#include "lib/every.h"
#include "proto/wire.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX 4096u

static _Alignas(16) unsigned char gzip_memory[GZIP_MEMORY_SIZE];
static unsigned char body[BODY_MAX];
static unsigned char scratch[BODY_MAX];
static struct gzip gzip;
static struct sdk sdk;
static struct http_head head;
static struct server_answer answer;
static struct sdk_blocks blocks;

static int setup(void **state)
{
    (void)state;
    gzip_init(&gzip, gzip_memory);
    sdk = (struct sdk){.gzip = &gzip, .body = body, .body_max = BODY_MAX, .scratch = scratch};
    return 0;
}

/* One resource with one empty scope. */
static struct slice good_protobuf(void)
{
    static unsigned char bytes[64];
    struct buf out;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    size_t block = wire_write_open(&out, 1);
    size_t items = wire_write_open(&out, 2);
    wire_write_close(&out, items);
    wire_write_close(&out, block);
    return buf_bytes(&out);
}

static bool post(const char *target, const char *type, const char *encoding, struct slice content)
{
    static char text[512];
    struct server_request request = {.head = &head};
    answer = (struct server_answer){.status = 200};
    (void)snprintf(text, sizeof(text),
                   "POST %s HTTP/1.1\r\nContent-Type: %s\r\nContent-Encoding: %s\r\n\r\n", target,
                   type, encoding);
    assert_int_equal(http_parse_request(slice_from(text), &head), HTTP_PARSED);
    assert_true(content.size <= BODY_MAX);
    if (content.size > 0) {
        memcpy(body, content.base, content.size);
    }
    request.body = slice_of(body, content.size);
    return sdk_receive(&sdk, &request, &answer, &blocks);
}

#define PROTOBUF "application/x-protobuf"
#define JSON     "application/json; charset=utf-8"

/* Success is an empty message in the encoding of the request. */
static void accepts(void **state)
{
    (void)state;
    assert_true(post("/v1/traces", PROTOBUF, "", good_protobuf()));
    assert_int_equal(answer.status, 200);
    assert_slice(answer.content_type, "application/x-protobuf");
    assert_int_equal(answer.body.size, 0);
    assert_int_equal(blocks.signal, BLOCK_TRACES);
    assert_int_equal(blocks.count, 1);
    assert_true(
        post("/v1/logs/", JSON, "identity", SLICE("{\"resourceLogs\":[{\"scopeLogs\":[]},{}]}")));
    assert_slice(answer.content_type, "application/json");
    assert_slice(answer.body, "{}");
    assert_int_equal(blocks.signal, BLOCK_LOGS);
    assert_int_equal(blocks.count, 2);
    assert_true(post("/v1/metrics", PROTOBUF, "", SLICE_EMPTY));
    assert_int_equal(blocks.count, 0);
}

/* gzip of protobuf and of JSON. */
static void inflates(void **state)
{
    (void)state;
    unsigned char bytes[512];
    struct buf out;
    char json[400];
    memset(json, ' ', sizeof(json));
    memcpy(json, "{\"resourceSpans\":[{}]}", 22);
    buf_init_fixed(&out, bytes, sizeof(bytes));
    assert_true(gzip_pack(&gzip, slice_of(json, sizeof(json)), &out));
    assert_true(post("/v1/traces", JSON, "GZIP", buf_bytes(&out)));
    assert_int_equal(blocks.count, 1);
    assert_false(post("/v1/traces", PROTOBUF, "gzip", slice_take(buf_bytes(&out), 12)));
    assert_int_equal(answer.status, 400);
    /* A bomb: it inflates beyond the limit. */
    static char zeros[BODY_MAX + 1];
    buf_reset(&out);
    assert_true(gzip_pack(&gzip, slice_of(zeros, sizeof(zeros)), &out));
    assert_false(post("/v1/traces", PROTOBUF, "gzip", buf_bytes(&out)));
    assert_int_equal(answer.status, 413);
}

static void refused(bool accepted, unsigned status)
{
    assert_false(accepted);
    assert_int_equal(answer.status, status);
    assert_true(answer.body.size > 0 && answer.content_type.size > 0);
}

/* Everything else has its status, and a google.rpc.Status in the encoding of the request. */
static void refuses(void **state)
{
    (void)state;
    struct server_request request = {.head = &head};
    refused(post("/v1/profiles", PROTOBUF, "", good_protobuf()), 404);
    refused(post("/", JSON, "", SLICE("{}")), 404);
    assert_slice(answer.content_type, "application/json");
    refused(post("/v1/logs", "text/plain", "", good_protobuf()), 415);
    refused(post("/v1/logs", PROTOBUF, "zstd", good_protobuf()), 415);
    refused(post("/v1/logs", PROTOBUF, "", SLICE("\xff\xff\xff")), 400);
    refused(post("/v1/logs", PROTOBUF, "", SLICE("\x0a\x05\x0a")), 400);
    refused(post("/v1/logs", JSON, "", SLICE("{\"resourceLogs\":")), 400);
    assert_int_equal(http_parse_request(SLICE("GET /v1/logs HTTP/1.1\r\n\r\n"), &head),
                     HTTP_PARSED);
    refused(sdk_receive(&sdk, &request, &answer, &blocks), 405);
    assert_slice(answer.allow, "POST");
    assert_true(post("/v1/logs", PROTOBUF, "", good_protobuf()));
    request.too_large = true;
    refused(sdk_receive(&sdk, &request, &answer, &blocks), 413);
    sdk_too_large(&sdk, &request, &answer);
    assert_int_equal(answer.status, 413);
    assert_true(answer.body.size > 0);
}

/* At the limit of resources it is accepted, one more is refused. */
static void block_limit(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        unsigned char bytes[1024];
        struct buf out;
        buf_init_fixed(&out, bytes, sizeof(bytes));
        for (unsigned i = 0; i < AGENT_SDK_BLOCKS_MAX + extra; i++) {
            wire_write_bytes(&out, 1, SLICE_EMPTY);
        }
        assert_true(post("/v1/traces", PROTOBUF, "", buf_bytes(&out)) == (extra == 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(accepts, setup),
        cmocka_unit_test_setup(inflates, setup),
        cmocka_unit_test_setup(refuses, setup),
        cmocka_unit_test_setup(block_limit, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
