/* SPDX-License-Identifier: Apache-2.0 */
#include "run/request.h"

#include "base/buf.h"
#include "lib/cm.h"

static struct requests requests;
static struct relays relays;
static char told_bytes[8192];
static struct buf told;
static uint64_t time_ns;

static uint64_t clock_of_test(void)
{
    return time_ns;
}

static void hear(void *context, const struct request_fact *fact)
{
    (void)context;
    if (fact->ended) {
        buf_printf(&told, " end%u:%u%s,%u,%u", (unsigned)fact->serial, fact->status,
                   fact->broken ? ",broken" : "", (unsigned)fact->size,
                   (unsigned)fact->duration_ns);
    } else {
        buf_printf(&told, " begin%u:" SLICE_FMT "," SLICE_FMT "," SLICE_FMT "," SLICE_FMT,
                   (unsigned)fact->serial, SLICE_ARG(fact->method), SLICE_ARG(fact->path),
                   SLICE_ARG(fact->host), SLICE_ARG(fact->traceparent));
    }
}

static void begin(void)
{
    buf_init_fixed(&told, told_bytes, sizeof(told_bytes));
    request_init(&requests, &relays, clock_of_test, hear, NULL);
    requests.serial = 0;
    requests.unseen = 0;
    time_ns = 0;
    request_opened(&requests, 1);
}

/* Each piece goes up ('>') or comes down ('<'), and takes a nanosecond. */
static void pass(const char *const *pieces, size_t step)
{
    for (; *pieces != NULL; pieces++) {
        struct slice rest = slice_from(*pieces + 1);
        while (rest.size > 0) {
            request_passed(&requests, 1, (*pieces)[0] == '>' ? RELAY_UP : RELAY_DOWN,
                           slice_take(rest, step));
            rest = slice_skip(rest, step);
        }
        time_ns++;
    }
}

static void expect(const char *expected)
{
    buf_append_byte(&told, 0);
    assert_string_equal(told_bytes, expected);
    told.size--;
}

static void check(const char *const *pieces, const char *expected)
{
    for (size_t step = 1; step < 400; step = step * 2 + 1) {
        begin();
        pass(pieces, step);
        expect(expected);
    }
}

static void test_requests(void **state)
{
    static const char *const pieces[] = {
        ">POST /a?secret HTTP/1.1\r\nHost: h\r\ntraceparent: t\r\nContent-Length: 3\r\n\r\nabc",
        "<HTTP/1.1 100 Continue\r\n\r\n",
        "<HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        ">HEAD /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n",
        "<HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        "HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
        NULL};
    (void)state;
    check(pieces, " begin1:POST,/a,h,t end1:200,2,2 begin2:HEAD,/b,, begin3:GET,/c,,"
                  " end2:200,0,1 end3:503,2,1");
    assert_true(request_idle(&requests, 1));
    assert_int_equal(requests.unseen, 0);
}

/* What asks for another protocol ends with the answer that grants it; what is no HTTP is not seen.
 */
static void test_not_http(void **state)
{
    static const char *const upgrade[] = {">GET / HTTP/1.1\r\nUpgrade: x\r\n\r\n",
                                          "<HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nraw\n",
                                          ">raw\n", NULL};
    static const char *const other[] = {">PRI * HTTP/2.0\r\n\r\n", "<\x01\x02\n", NULL};
    (void)state;
    check(upgrade, " begin1:GET,/,, end1:101,0,1");
    assert_int_equal(requests.unseen, 0);
    check(other, "");
    assert_int_equal(requests.unseen, 1);
    assert_false(request_idle(&requests, 1));
}

/* A connection that ends: before the answer, in it, and as the end of it. */
static void test_closed(void **state)
{
    static const char *const asked[] = {">GET / HTTP/1.1\r\n\r\n", NULL};
    static const char *const half[] = {">GET / HTTP/1.1\r\n\r\n",
                                       "<HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", NULL};
    static const char *const whole[] = {">GET / HTTP/1.1\r\n\r\n", "<HTTP/1.1 200 OK\r\n\r\nab",
                                        NULL};
    (void)state;
    begin();
    pass(asked, 99);
    request_closed(&requests, 1);
    expect(" begin1:GET,/,, end1:0,broken,0,1");
    begin();
    pass(half, 99);
    request_ended(&requests, 1, RELAY_DOWN);
    request_closed(&requests, 1);
    expect(" begin1:GET,/,, end1:200,broken,2,2");
    begin();
    pass(whole, 99);
    request_ended(&requests, 1, RELAY_DOWN);
    request_closed(&requests, 1);
    expect(" begin1:GET,/,, end1:200,2,2");
}

/* As many on one connection as the limit says; with one more it is only passed on. */
static void test_pipeline_limit(void **state)
{
    static const char *const one[] = {">GET / HTTP/1.1\r\n\r\n", NULL};
    (void)state;
    begin();
    for (unsigned i = 0; i < AGENT_PIPELINE_MAX; i++) {
        pass(one, 99);
    }
    assert_int_equal(requests.unseen, 0);
    assert_int_equal(requests.serial, AGENT_PIPELINE_MAX);
    pass(one, 99);
    assert_int_equal(requests.unseen, 1);
    assert_int_equal(requests.watches[1].pending_count, 0);
}

/* A path as long as the limit is told, a longer one is left out as a whole. */
static void test_text_limit(void **state)
{
    (void)state;
    for (size_t size = AGENT_REQUEST_TEXT_MAX - 1; size <= AGENT_REQUEST_TEXT_MAX + 1; size++) {
        char line[AGENT_REQUEST_TEXT_MAX + 64];
        struct buf text;
        buf_init_fixed(&text, line, sizeof(line));
        buf_append_text(&text, "GET /");
        for (size_t i = 1; i < size; i++) {
            buf_append_byte(&text, 'p');
        }
        buf_append_text(&text, "?q HTTP/1.1\r\n\r\n");
        begin();
        request_passed(&requests, 1, RELAY_UP, buf_bytes(&text));
        assert_int_equal(requests.watches[1].path_size, size <= AGENT_REQUEST_TEXT_MAX ? size : 0);
        assert_int_equal(requests.serial, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests),   cmocka_unit_test(test_not_http),
        cmocka_unit_test(test_closed),     cmocka_unit_test(test_pipeline_limit),
        cmocka_unit_test(test_text_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
