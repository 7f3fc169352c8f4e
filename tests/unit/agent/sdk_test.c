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

/* The media type is what counts, in any case, whatever its parameters say. */
static void content_types(void **state)
{
    (void)state;
    static const char *const good[] = {
        "application/x-protobuf",
        "Application/X-Protobuf; charset=binary",
        "application/x-protobuf ;messageType=x",
        "APPLICATION/JSON;charset=UTF-8",
    };
    static const char *const bad[] = {
        "",
        "application/protobuf",
        "application/json+otlp",
        "application/grpc",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=application/json",
    };
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        bool json = good[i][12] == 'J';
        assert_true(post("/v1/traces", good[i], "", json ? SLICE("{}") : good_protobuf()));
        assert_slice(answer.content_type, json ? "application/json" : "application/x-protobuf");
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        refused(post("/v1/traces", bad[i], "", good_protobuf()), 415);
        assert_slice(answer.content_type, "application/x-protobuf");
    }
}

/* A refusal is a google.rpc.Status: code in field 1, words in field 2. */
static void status_of_refusal(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        unsigned char code;
        const char *target;
        const char *encoding;
        const char *content;
    } cases[] = {
        {400, 3, "/v1/logs", "", "\xff"},
        {404, 5, "/v1/nothing", "", ""},
        {404, 5, "/v1development/profiles", "", ""},
        {415, 12, "/v1/logs", "deflate", ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        refused(post(cases[i].target, PROTOBUF, cases[i].encoding, slice_from(cases[i].content)),
                cases[i].status);
        assert_int_equal(answer.body.base[0], 0x08);
        assert_int_equal(answer.body.base[1], cases[i].code);
        assert_int_equal(answer.body.base[2], 0x12);
        assert_int_equal(answer.body.base[3], answer.body.size - 4);
        refused(post(cases[i].target, JSON, cases[i].encoding,
                     cases[i].status == 400 ? SLICE("[") : SLICE("{}")),
                cases[i].status);
        char begin[32];
        (void)snprintf(begin, sizeof(begin), "{\"code\":%u,\"message\":\"", cases[i].code);
        assert_true(slice_starts(answer.body, slice_from(begin)));
    }
}

/* Members of a gzip body are one body; bytes behind them that are none spoil it. */
static void members(void **state)
{
    (void)state;
    static char json[512];
    unsigned char bytes[256];
    struct buf out;
    memset(json, ' ', sizeof(json));
    memcpy(json, "{\"resourceSpans\":[{}", 20);
    memcpy(json + sizeof(json) - 2, "]}", 2);
    buf_init_fixed(&out, bytes, sizeof(bytes));
    assert_true(gzip_pack(&gzip, slice_of(json, 256), &out));
    assert_true(gzip_pack(&gzip, slice_of(json + 256, 256), &out));
    assert_true(post("/v1/traces", JSON, "gzip", buf_bytes(&out)));
    assert_int_equal(blocks.count, 1);
    buf_append(&out, SLICE("x"));
    refused(post("/v1/traces", JSON, "gzip", buf_bytes(&out)), 400);
    refused(post("/v1/traces", JSON, "gzip", SLICE_EMPTY), 400);
}

/* An empty JSON text is no object; an empty protobuf body is a request with nothing in it. */
static void empty_bodies(void **state)
{
    (void)state;
    assert_true(post("/v1/logs", PROTOBUF, "", SLICE_EMPTY));
    assert_int_equal(answer.body.size, 0);
    assert_true(post("/v1/logs", JSON, "", SLICE("{}")));
    refused(post("/v1/logs", JSON, "", SLICE_EMPTY), 400);
}

/* What has no room after all is a partial success in the encoding of the request, which counts
 * records, and of metrics their points. */
static void partial_success(void **state)
{
    (void)state;
    struct server_request request = {.head = &head};
    struct block_read reader;
    struct slice block;
    assert_true(post("/v1/metrics", JSON, "",
                     SLICE("{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"a\","
                           "\"gauge\":{\"dataPoints\":[{\"asInt\":1},{\"asInt\":2}]}},"
                           "{\"name\":\"b\",\"sum\":{\"dataPoints\":[{\"asInt\":1}]}}]}]}]}")));
    block_read_init(&reader, blocks.request);
    assert_int_equal(block_read_next(&reader, &block), BLOCK_GOT);
    assert_int_equal(sdk_records(BLOCK_METRICS, block), 3);
    sdk_rejected(&sdk, &request, BLOCK_METRICS, 3, &answer);
    assert_int_equal(answer.status, 200);
    assert_slice(answer.body, "{\"partialSuccess\":{\"rejectedDataPoints\":\"3\",\"errorMessage\":"
                              "\"the agent's memory is full\"}}");
    assert_true(post("/v1/traces", PROTOBUF, "", good_protobuf()));
    sdk_rejected(&sdk, &request, BLOCK_TRACES, 2, &answer);
    assert_true(slice_starts(answer.body, SLICE("\x0a\x1e\x08\x02\x12\x1athe agent's")));
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
        cmocka_unit_test_setup(content_types, setup),
        cmocka_unit_test_setup(status_of_refusal, setup),
        cmocka_unit_test_setup(members, setup),
        cmocka_unit_test_setup(empty_bodies, setup),
        cmocka_unit_test_setup(partial_success, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
