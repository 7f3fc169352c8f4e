/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_parse.h"

#include "lib/cm.h"
#include "lib/every.h"
#include "lib/guard.h"

#include <stdio.h>
#include <string.h>

static struct http_head head;

static enum http_answer request(const char *text)
{
    struct guard_copy copy = guard_copy_create(slice_from(text));
    enum http_answer answer = http_parse_request(copy.bytes, &head);
    guard_copy_free(&copy);
    return answer;
}

static enum http_answer response(const char *text)
{
    return http_parse_response(slice_from(text), &head);
}

/* A request with a body: the head ends where the body begins. */
static void parses_request(void **state)
{
    (void)state;
    static const char text[] = "POST /v1/logs HTTP/1.1\r\nHost: x\r\ncontent-LENGTH:  12 \r\n"
                               "Content-Type: application/json\r\nExpect: 100-continue\r\n\r\nbody";
    assert_int_equal(http_parse_request(slice_from(text), &head), HTTP_PARSED);
    assert_slice(head.method, "POST");
    assert_slice(head.target, "/v1/logs");
    assert_int_equal(head.size, sizeof(text) - 1 - 4);
    assert_true(head.has_length && head.length == 12 && !head.chunked);
    assert_true(head.keep_alive && head.expects_continue);
    assert_slice(http_header(&head, SLICE("CONTENT-TYPE")), "application/json");
    assert_slice(http_header(&head, SLICE("nothing")), "");
}

/* Keep-alive follows the version and the Connection header. */
static void keep_alive(void **state)
{
    (void)state;
    assert_int_equal(request("GET / HTTP/1.0\r\n\r\n"), HTTP_PARSED);
    assert_false(head.keep_alive);
    assert_int_equal(request("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), HTTP_PARSED);
    assert_true(head.keep_alive);
    assert_int_equal(request("GET / HTTP/1.1\r\nConnection: x, close\r\n\r\n"), HTTP_PARSED);
    assert_false(head.keep_alive);
}

/* Where two parsers might see different bodies, there is no message. */
static void smuggling(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: \r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 9999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length : 1\r\n\r\n",
        "POST / HTTP/1.1\r\n Folded: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n",
        "POST / HTTP/1.1\nContent-Length: 1\n\n",
        "POST / HTTP/1.1\r\nA: b\nc: d\r\n\r\n",
        "POST / HTTP/1.1\r\nA: b\rc\r\n\r\n",
        "POST / HTTP/1.1\r\n: empty\r\n\r\n",
        "POST / HTTP/1.1\r\nno colon\r\n\r\n",
        "POST  / HTTP/1.1\r\n\r\n",
        "POST / HTTP/1.1 \r\n\r\n",
        "POST / HTTP/2.0\r\n\r\n",
        "POST /\x01 HTTP/1.1\r\n\r\n",
        "P\"ST / HTTP/1.1\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        if (request(heads[i]) != HTTP_BAD) {
            fail_msg("accepted: %s", heads[i]);
        }
    }
}

/* A response has its status; a reason is not needed. */
static void parses_response(void **state)
{
    (void)state;
    assert_int_equal(response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), HTTP_PARSED);
    assert_int_equal(head.status, 200);
    assert_int_equal(response("HTTP/1.1 503\r\n\r\n"), HTTP_PARSED);
    assert_int_equal(head.status, 503);
    assert_int_equal(response("HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\n\r\n"), HTTP_PARSED);
    assert_slice(http_header(&head, SLICE("retry-after")), "3");
    assert_int_equal(response("HTTP/1.1 099 x\r\n\r\n"), HTTP_BAD);
    assert_int_equal(response("HTTP/1.1 20 x\r\n\r\n"), HTTP_BAD);
    assert_int_equal(response("HTTP/1.1 2000 x\r\n\r\n"), HTTP_BAD);
    assert_int_equal(response("ICY 200 OK\r\n\r\n"), HTTP_BAD);
    assert_int_equal(response("\xff\xfe\r\n"), HTTP_BAD);
}

/* At the limit of headers it is parsed, one more is refused. */
static void header_limit(void **state)
{
    (void)state;
    for (unsigned extra = 0; extra < 2; extra++) {
        static char text[8192];
        size_t size = (size_t)snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n");
        for (unsigned i = 0; i < AGENT_HTTP_HEADERS_MAX + extra; i++) {
            size += (size_t)snprintf(text + size, sizeof(text) - size, "h%u: v\r\n", i);
        }
        (void)snprintf(text + size, sizeof(text) - size, "\r\n");
        assert_int_equal(request(text), extra == 0 ? HTTP_PARSED : HTTP_BAD);
    }
}

static const char good[] = "POST /v1/traces HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";
static const char good_response[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

static void prefix(struct slice input, void *context)
{
    (void)context;
    enum http_answer answer = http_parse_request(input, &head);
    assert_int_equal(answer, input.size == sizeof(good) - 1 ? HTTP_PARSED : HTTP_PARTIAL);
}

static void prefix_response(struct slice input, void *context)
{
    (void)context;
    enum http_answer answer = http_parse_response(input, &head);
    assert_int_equal(answer, input.size == sizeof(good_response) - 1 ? HTTP_PARSED : HTTP_PARTIAL);
}

static void any(struct slice input, void *context)
{
    (void)context;
    if (http_parse_request(input, &head) == HTTP_PARSED) {
        assert_true(head.size <= input.size && head.header_count <= AGENT_HTTP_HEADERS_MAX);
    }
    if (http_parse_response(input, &head) == HTTP_PARSED) {
        assert_true(head.size <= input.size);
    }
}

/* Every prefix of a good head is partial, and no damage reads outside of it. */
static void every(void **state)
{
    (void)state;
    every_prefix(slice_from(good), prefix, NULL);
    every_prefix(slice_from(good_response), prefix_response, NULL);
    every_damage(slice_from(good), any, NULL);
    every_damage(slice_from(good_response), any, NULL);
}

/* A head that was copied elsewhere reads there as it did, whatever becomes of where it was. */
static void moves(void **state)
{
    (void)state;
    char before[] = "GET /x HTTP/1.1\r\nHost: a\r\nEmpty:\r\n\r\n";
    char after[sizeof(before)];
    assert_int_equal(http_parse_request(slice_from(before), &head), HTTP_PARSED);
    memcpy(after, before, sizeof(after));
    http_head_move(&head, (const unsigned char *)before, (const unsigned char *)after);
    memset(before, '#', sizeof(before));
    assert_slice(head.method, "GET");
    assert_slice(head.target, "/x");
    assert_slice(http_header(&head, SLICE("host")), "a");
    assert_slice(head.headers[1].name, "Empty");
    assert_slice(head.headers[1].value, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parses_request), cmocka_unit_test(keep_alive),
        cmocka_unit_test(smuggling),      cmocka_unit_test(parses_response),
        cmocka_unit_test(header_limit),   cmocka_unit_test(every),
        cmocka_unit_test(moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
