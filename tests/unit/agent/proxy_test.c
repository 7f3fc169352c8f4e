/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/proxy.h"

#include "base/buf.h"
#include "lib/cm.h"

/* What is told, as text. */
static struct proxy proxy;
static char told_bytes[8192];
static struct buf told;
static bool in_data;

static void hear(void *context, const struct proxy_fact *fact)
{
    static const char *const names[] = {"asked", "event",      "",     "event-end", "answer",
                                        "",      "answer-end", "init", "gone"};
    (void)context;
    if (fact->kind == PROXY_EVENT_DATA || fact->kind == PROXY_ANSWER_DATA) {
        buf_append_text(&told, in_data ? "" : " [");
        buf_append(&told, fact->data);
        in_data = true;
        return;
    }
    buf_append_text(&told, in_data ? "] " : " ");
    in_data = false;
    buf_printf(&told, "%s#%zu", names[fact->kind], fact->connection);
    const struct slice texts[] = {fact->request_id, fact->trace_id, fact->client_context,
                                  fact->content_type, fact->error_type};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].size > 0) {
            buf_printf(&told, "," SLICE_FMT, SLICE_ARG(texts[i]));
        }
    }
    buf_append_text(&told, fact->failed ? ",failed" : "");
    buf_append_text(&told, fact->streamed ? ",streamed" : "");
    if (fact->kind == PROXY_ANSWER_END) {
        buf_printf(&told, ",%u", (unsigned)fact->size);
    }
}

static bool wanted;

static bool want(void *context, size_t connection, bool answer)
{
    (void)context;
    (void)connection;
    (void)answer;
    return wanted;
}

static void begin(void)
{
    buf_init_fixed(&told, told_bytes, sizeof(told_bytes));
    in_data = false;
    proxy_init(&proxy, hear, want, NULL);
    proxy.lost = 0;
    proxy_opened(&proxy, 0);
}

static void expect(const char *expected)
{
    buf_append_byte(&told, 0);
    assert_string_equal(told_bytes, expected);
    told.size--;
}

/* Each piece goes up ('>') or comes down ('<').  What need not be seen is not shown. */
static void pass(const char *const *pieces, size_t step)
{
    for (; *pieces != NULL; pieces++) {
        struct slice rest = slice_from(*pieces + 1);
        enum relay_way way = (*pieces)[0] == '>' ? RELAY_UP : RELAY_DOWN;
        while (rest.size > 0) {
            struct slice part = slice_take(rest, step);
            uint64_t unseen = proxy_unseen(&proxy, 0, way);
            if (unseen > 0) {
                part = slice_take(part, unseen < part.size ? (size_t)unseen : part.size);
                proxy_skipped(&proxy, 0, way, part.size);
            } else {
                proxy_passed(&proxy, 0, way, part);
            }
            rest = slice_skip(rest, part.size);
        }
    }
}

static void check(const char *const *pieces, const char *expected)
{
    wanted = true;
    for (size_t step = 1; step < 400; step = step * 2 + 1) {
        begin();
        pass(pieces, step);
        expect(expected);
    }
}

#define NEXT "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n"
#define EVENT                                                                                      \
    "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\nlambda-runtime-trace-id: "          \
    "Root=1\r\n"                                                                                   \
    "Lambda-Runtime-Client-Context: {}\r\nContent-Length: 5\r\n\r\nevent"
#define OK "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok"

/* An invocation as runtimes make it. */
static void test_invocation(void **state)
{
    static const char *const pieces[] = {
        ">" NEXT,
        "<" EVENT,
        ">POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nContent-Type: a/b\r\n"
        "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n",
        "<HTTP/1.1 100 Continue\r\n\r\n",
        ">body",
        "<" OK,
        ">" NEXT,
        NULL};
    (void)state;
    check(pieces, " asked#0 event#0,id-1,Root=1,{} [event] event-end#0,id-1,Root=1,{}"
                  " answer#0,id-1,a/b [body] answer-end#0,id-1,a/b,4 asked#0");
    assert_int_equal(proxy.lost, 0);
}

/* What nobody wants to see is not shown, and is counted. */
static void test_unseen(void **state)
{
    static const char *const pieces[] = {
        ">" NEXT,
        "<HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: id-1\r\nContent-Length: 5\r\n\r\n",
        "<event",
        ">POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\n"
        "Content-Length: 6\r\n\r\n",
        ">answer",
        "<" OK,
        ">POST /2018-06-01/runtime/invocation/id-2/response HTTP/1.1\r\nTransfer-Encoding: "
        "chunked\r\n\r\n4\r\n",
        ">body",
        ">\r\n0\r\n\r\n",
        "<" OK,
        NULL};
    (void)state;
    for (size_t step = 1; step < 400; step = step * 2 + 1) {
        begin();
        wanted = false;
        pass(pieces, step);
        expect(" asked#0 event#0,id-1 event-end#0,id-1"
               " answer#0,id-1 answer-end#0,id-1,6 answer#0,id-2 answer-end#0,id-2,4");
        assert_true(proxy_idle(&proxy, 0));
    }
}

/* Streamed answers tell in a trailer that they broke off; errors are posted. */
static void test_failures(void **state)
{
    static const char *const pieces[] = {
        ">POST /2018-06-01/runtime/invocation/id-1/response HTTP/1.1\r\nTransfer-Encoding: "
        "chunked\r\n"
        "Lambda-Runtime-Function-Response-Mode: streaming\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n"
        "Lambda-Runtime-Function-Error-Type: Oh\r\nLambda-Runtime-Function-Error-Body: "
        "e30=\r\n\r\n",
        "<" OK,
        ">POST /2018-06-01/runtime/invocation/id-2/error?x=1 HTTP/1.1\r\nContent-Length: 0\r\n"
        "Lambda-Runtime-Function-Error-Type: Bad\r\n\r\n",
        "<" OK,
        ">POST /2018-06-01/runtime/init/error HTTP/1.1\r\nContent-Length: 1\r\n"
        "Lambda-Runtime-Function-Error-Type: No\r\n\r\nx",
        "<" OK,
        NULL};
    (void)state;
    check(pieces, " answer#0,id-1,streamed [abc] answer-end#0,id-1,Oh,streamed,3"
                  " answer#0,id-2,Bad,failed answer-end#0,id-2,Bad,failed,0 init#0,No");
}

/* What is none of these calls is passed over, and an answer that is no event is none. */
static void test_others(void **state)
{
    static const char *const pieces[] = {
        ">GET /2018-06-01/runtime/invocation/next/x HTTP/1.1\r\n\r\nHEAD / HTTP/1.1\r\n\r\n" NEXT,
        "<HTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
        "HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\nx",
        NULL};
    (void)state;
    check(pieces, " asked#0");
    assert_true(proxy_idle(&proxy, 0));
}

/* An event without a length lasts until the connection ends. */
static void test_end_of_connection(void **state)
{
    static const char *const whole[] = {">" NEXT, "<HTTP/1.1 200 OK\r\n\r\nab", NULL};
    static const char *const half[] = {">" NEXT, "<HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab",
                                       NULL};
    (void)state;
    begin();
    pass(whole, 999);
    proxy_ended(&proxy, 0, RELAY_DOWN);
    proxy_closed(&proxy, 0);
    expect(" asked#0 event#0 [ab] event-end#0");
    begin();
    pass(half, 999);
    assert_false(proxy_idle(&proxy, 0));
    proxy_ended(&proxy, 0, RELAY_DOWN);
    proxy_closed(&proxy, 0);
    expect(" asked#0 event#0 [ab] gone#0");
}

/* As many requests may wait as the limit says; with one more the connection is only passed on. */
static void test_pipeline_limit(void **state)
{
    static const char *const one[] = {">" NEXT, NULL};
    static const char *const answer[] = {"<" EVENT, NULL};
    (void)state;
    begin();
    for (unsigned i = 0; i < AGENT_PIPELINE_MAX; i++) {
        pass(one, 999);
    }
    assert_int_equal(proxy.lost, 0);
    pass(one, 999);
    assert_int_equal(proxy.lost, 1);
    told.size = 0;
    pass(answer, 999);
    expect("");
}

/* An answer to nothing, or what is no HTTP, ends the looking on, and is counted once. */
static void test_lost(void **state)
{
    static const char *const unasked[] = {"<" EVENT, "<" EVENT, NULL};
    static const char *const rubbish[] = {">\x16\x03\x01\n", ">" NEXT, NULL};
    (void)state;
    check(unasked, "");
    assert_int_equal(proxy.lost, 1);
    check(rubbish, "");
    assert_int_equal(proxy.lost, 1);
    assert_false(proxy_idle(&proxy, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unseen),
        cmocka_unit_test(test_invocation),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_end_of_connection),
        cmocka_unit_test(test_pipeline_limit),
        cmocka_unit_test(test_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
