/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/cm.h"
#include "lib/every.h"

#include "base/clock.h"
#include "sandbox/http_event.h"

#include <string.h>

/* The event of a request is the one that an HTTP API makes. */
static void test_event(void **state)
{
    (void)state;
    static struct http_event event;
    char text[4096];
    struct buf out;
    event = (struct http_event){.method = SLICE("POST"),
                                .path = SLICE("/shop"),
                                .body = SLICE("{}"),
                                .account = SLICE("123456789012"),
                                .region = SLICE("us-east-1"),
                                .request_id = SLICE("id"),
                                .trace = SLICE("Root=1-x"),
                                .wall_ns = UINT64_C(1631212283738) * CLOCK_NS_PER_MS,
                                .headers = {{SLICE("User-Agent"), SLICE("curl")},
                                            {SLICE("X-A"), SLICE("1")},
                                            {SLICE("x-a"), SLICE("2")}},
                                .header_count = 3,
                                .query = {{SLICE("q"), SLICE("a b")}},
                                .query_count = 1};
    buf_init_fixed(&out, text, sizeof(text));
    http_event_write(&event, &out);
    assert_slice(
        buf_bytes(&out),
        "{\"version\":\"2.0\",\"routeKey\":\"$default\",\"rawPath\":\"/shop\","
        "\"rawQueryString\":\"q=a%20b\",\"headers\":{\"user-agent\":\"curl\",\"x-a\":\"1,2\","
        "\"x-amzn-trace-id\":\"Root=1-x\",\"x-forwarded-for\":\"127.0.0.1\","
        "\"x-forwarded-proto\":\"http\"},\"queryStringParameters\":{\"q\":\"a b\"},"
        "\"requestContext\":{\"accountId\":\"123456789012\",\"apiId\":\"sandbox\","
        "\"domainName\":\"sandbox.execute-api.us-east-1.amazonaws.com\","
        "\"domainPrefix\":\"sandbox\",\"http\":{\"method\":\"POST\",\"path\":\"/shop\","
        "\"protocol\":\"HTTP/1.1\",\"sourceIp\":\"127.0.0.1\",\"userAgent\":\"curl\"},"
        "\"requestId\":\"id\",\"routeKey\":\"$default\",\"stage\":\"$default\","
        "\"time\":\"09/Sep/2021:18:31:23 +0000\",\"timeEpoch\":1631212283738},"
        "\"body\":\"{}\",\"isBase64Encoded\":false}");
}

/* Bytes that are no text travel as base64. */
static void test_binary(void **state)
{
    (void)state;
    static struct http_event event;
    char text[4096] = "";
    struct buf out;
    event = (struct http_event){.method = SLICE("POST"),
                                .path = SLICE("/"),
                                .body = SLICE("\xff\xfe"),
                                .wall_ns = CLOCK_NS_PER_S};
    buf_init_fixed(&out, text, sizeof(text) - 1);
    http_event_write(&event, &out);
    assert_non_null(strstr(text, "\"body\":\"//4=\",\"isBase64Encoded\":true"));
}

/* {statusCode, headers, body} is what the client gets. */
static void test_answer(void **state)
{
    (void)state;
    struct http_answer answer;
    http_answer_init(&answer, 1000);
    assert_int_equal(
        http_answer_read(&answer, SLICE("{\"statusCode\":201,\"headers\":{\"X-A\":\"b\",\"N\":7},"
                                        "\"cookies\":[\"c=1\"],\"body\":\"h\\u0069\"}")),
        STATUS_OK);
    assert_int_equal(answer.status, 201);
    assert_slice(buf_bytes(&answer.body), "hi");
    assert_int_equal(answer.header_count, 3);
    assert_slice(answer.headers[1].value, "7");
    assert_slice(answer.headers[2].name, "Set-Cookie");
    http_answer_fini(&answer);
}

/* Headers that could not be sent as one line are left out. */
static void test_bad_headers(void **state)
{
    (void)state;
    struct http_answer answer;
    http_answer_init(&answer, 1000);
    assert_int_equal(
        http_answer_read(&answer, SLICE("{\"statusCode\":200,\"headers\":{\"A\":\"b\\r\\nC: d\","
                                        "\"B\":\"\\u0000\",\"E F\":\"g\",\"H:\":\"i\",\"\":\"j\","
                                        "\"K\":\"l\\tm \u00e4\"},\"cookies\":[\"n\\n\"]}")),
        STATUS_OK);
    assert_int_equal(answer.header_count, 1);
    assert_slice(answer.headers[0].name, "K");
    http_answer_fini(&answer);
}

/* Base64 bodies are decoded; other JSON is the body; nonsense is refused. */
static void test_answers(void **state)
{
    (void)state;
    struct http_answer answer;
    http_answer_init(&answer, 1000);
    assert_int_equal(http_answer_read(&answer, SLICE("{\"statusCode\":200,\"body\":\"//4=\","
                                                     "\"isBase64Encoded\":true}")),
                     STATUS_OK);
    assert_slice(buf_bytes(&answer.body), "\xff\xfe");
    http_answer_fini(&answer);
    http_answer_init(&answer, 1000);
    assert_int_equal(http_answer_read(&answer, SLICE("{\"a\":1}")), STATUS_OK);
    assert_int_equal(answer.status, 200);
    assert_slice(buf_bytes(&answer.body), "{\"a\":1}");
    http_answer_fini(&answer);
    http_answer_init(&answer, 1000);
    assert_int_equal(http_answer_read(&answer, SLICE("{\"statusCode\":99}")), STATUS_BAD);
    http_answer_fini(&answer);
    http_answer_init(&answer, 1000);
    assert_int_equal(http_answer_read(&answer, SLICE("")), STATUS_BAD);
    http_answer_fini(&answer);
}

static void read_any(struct slice input, void *context)
{
    (void)context;
    struct http_answer answer;
    http_answer_init(&answer, 100);
    (void)!http_answer_read(&answer, input);
    http_answer_fini(&answer);
}

/* Any damage is survived. */
static void test_damage(void **state)
{
    (void)state;
    every_damage(SLICE("{\"statusCode\":201,\"headers\":{\"X-A\":\"b\",\"N\":7},"
                       "\"cookies\":[\"c=1\"],\"body\":\"//4=\",\"isBase64Encoded\":true}"),
                 read_any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event),   cmocka_unit_test(test_binary),
        cmocka_unit_test(test_answer),  cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_answers), cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
