/* SPDX-License-Identifier: Apache-2.0 */
#include "proxy/follow.h"

#include "base/buf.h"
#include "lib/cm.h"

#include <stdlib.h>

/* What is told of a stream, as text: data is joined, so it does not depend on the pieces. */
struct told {
    struct follow follow;
    struct buf text;
    bool in_data;
    bool head_request; /* Responses are to HEAD requests. */
    char bytes[3 * AGENT_FOLLOW_LINE_MAX];
};

static void begin(struct told *told, bool responses, bool head_request)
{
    follow_init(&told->follow, responses);
    buf_init_fixed(&told->text, told->bytes, sizeof(told->bytes));
    told->in_data = false;
    told->head_request = head_request;
}

static void note(struct told *told, enum follow_event event, const struct follow_found *found)
{
    static const char *const names[] = {"?", "first", "", "head", "", "trailer ", "end", "lost"};
    if (event == FOLLOW_DATA) {
        buf_append_text(&told->text, told->in_data ? "" : " [");
        buf_append(&told->text, found->value);
        told->in_data = true;
        return;
    }
    buf_append_text(&told->text, told->in_data ? "] " : " ");
    told->in_data = false;
    buf_append_text(&told->text, names[event]);
    if (event == FOLLOW_FIRST && found->status != 0) {
        buf_printf(&told->text, ":%u", found->status);
        told->follow.no_body = told->head_request;
    } else if (event != FOLLOW_LOST && found->name.size > 0) {
        buf_printf(&told->text, SLICE_FMT "=" SLICE_FMT "%s", SLICE_ARG(found->name),
                   SLICE_ARG(found->value), found->cut ? "..." : "");
    }
}

static void feed(struct told *told, struct slice input)
{
    struct follow_found found;
    enum follow_event event;
    while ((event = follow_next(&told->follow, &input, &found)) != FOLLOW_NOTHING) {
        note(told, event, &found);
    }
    assert_int_equal(input.size, 0);
}

/* As feed(), but bodies are not shown to it: only that so many bytes of them have passed. */
static void feed_unseen(struct told *told, struct slice input, size_t step)
{
    while (input.size > 0) {
        struct slice part = slice_take(input, step);
        uint64_t body = follow_body(&told->follow);
        if (body > 0) {
            bool lost = told->follow.state == FOLLOW_AT_NOTHING;
            part = slice_take(part, body < part.size ? (size_t)body : part.size);
            const struct follow_found found = {.value = part};
            follow_skip(&told->follow, part.size);
            if (!lost) {
                note(told, FOLLOW_DATA, &found);
            }
            feed(told, SLICE_EMPTY);
        } else {
            feed(told, slice_take(part, 1));
            part.size = 1;
        }
        input = slice_skip(input, part.size);
    }
}

/* Whole, byte by byte, in two parts at every place, and with bodies that nobody has seen. */
static void check(bool responses, bool head_request, struct slice input, const char *expected)
{
    static struct told told;
    begin(&told, responses, head_request);
    feed(&told, input);
    buf_append_byte(&told.text, 0);
    assert_string_equal(told.bytes, expected);
    begin(&told, responses, head_request);
    for (size_t i = 0; i < input.size; i++) {
        feed(&told, slice_of(input.base + i, 1));
    }
    buf_append_byte(&told.text, 0);
    assert_string_equal(told.bytes, expected);
    for (size_t i = 0; i < input.size; i++) {
        begin(&told, responses, head_request);
        feed_unseen(&told, input, i + 1);
        buf_append_byte(&told.text, 0);
        assert_string_equal(told.bytes, expected);
        begin(&told, responses, head_request);
        feed(&told, slice_take(input, i));
        feed(&told, slice_skip(input, i));
        buf_append_byte(&told.text, 0);
        assert_string_equal(told.bytes, expected);
    }
}

static void requests(const char *input, const char *expected)
{
    check(false, false, slice_from(input), expected);
}

static void responses(const char *input, const char *expected)
{
    check(true, false, slice_from(input), expected);
}

/* Lengths, chunks with extensions and trailers, pipelined messages, empty lines between them. */
static void test_messages(void **state)
{
    (void)state;
    requests(
        "GET /a HTTP/1.1\r\nHost:  x \r\n\r\nPOST /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc\r\n"
        "PUT /c HTTP/1.0\r\n\r\n",
        " firstGET=/a Host=x head end firstPOST=/b content-length=3 head [abc] end"
        " firstPUT=/c head end");
    requests("POST / HTTP/1.1\r\nTransfer-Encoding: "
             "Chunked\r\n\r\n3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n"
             "0\r\nError-Type: Oh\r\nbroken\r\n\r\nGET / HTTP/1.1\r\n\r\n",
             " firstPOST=/ Transfer-Encoding=Chunked head [abc0123456789] trailer Error-Type=Oh"
             " trailer  end firstGET=/ head end");
    requests("\r\n\nGET / HTTP/1.1\nX: y\n\n", " firstGET=/ X=y head end");
    requests("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
             " firstPOST=/ Content-Length=0 head end");
}

/* Where a response ends by its status, by its request or with the connection. */
static void test_responses(void **state)
{
    (void)state;
    responses(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 "
        "204\r\n\r\n"
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\nHTTP/1.0 500 x\r\n\r\nrest\r\n",
        " first:100 head end first:200 Content-Length=2 head [ok] end first:204 head end"
        " first:304 Content-Length=9 head end first:500 head [rest\r\n");
    check(true, true, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
          " first:200 Content-Length=2 head end first:200 head end");
}

/* What two readers could take in two ways, or what is no HTTP, is told no further. */
static void test_lost(void **state)
{
    (void)state;
    requests("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", " lost");
    requests("\x16\x03\x01\n\x02\n", " lost");
    requests("GET /\r\nX: y\r\n\r\n", " lost");
    requests("CONNECT a:1 HTTP/1.1\r\n\r\nraw\n", " firstCONNECT=a:1 lost");
    requests("P / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
             " firstP=/ Content-Length=1 lost");
    requests("P / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
             " firstP=/ Content-Length=1 Content-Length=1 head [x] end");
    requests("P / HTTP/1.1\r\nContent-Length: +1\r\n\r\nx", " firstP=/ lost");
    requests("P / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", " firstP=/ lost");
    requests("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
             " firstP=/ Transfer-Encoding=chunked Content-Length=3 lost");
    requests("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
             " firstP=/ Transfer-Encoding=chunked head lost");
    requests("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
             " firstP=/ Transfer-Encoding=chunked head [a] lost");
    requests("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1234567890abcdef\r\n",
             " firstP=/ Transfer-Encoding=chunked head lost");
    responses("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\x81\x05hello\n",
              " first:101 Upgrade=websocket lost");
    responses("SSH-2.0-x\r\n", " lost");
    responses("HTTP/1.1 2000 OK\r\n\r\n", " lost");
}

/* A header of size bytes in all, then a request that is told as always. */
static void check_line(size_t size, bool cut)
{
    static char input[2 * AGENT_FOLLOW_LINE_MAX];
    static char expected[2 * AGENT_FOLLOW_LINE_MAX];
    size_t shown = (size < AGENT_FOLLOW_LINE_MAX ? size : AGENT_FOLLOW_LINE_MAX) - 2;
    struct buf in;
    struct buf out;
    buf_init_fixed(&in, input, sizeof(input));
    buf_init_fixed(&out, expected, sizeof(expected));
    buf_append_text(&in, "GET / HTTP/1.1\nX:");
    buf_append_text(&out, " firstGET=/ X=");
    for (size_t i = 0; i < size - 2; i++) {
        buf_append_byte(&in, 'v');
    }
    for (size_t i = 0; i < shown; i++) {
        buf_append_byte(&out, 'v');
    }
    buf_append_text(&in, "\n\n");
    buf_append_text(&out, cut ? "... head end" : " head end");
    buf_append_byte(&out, 0);
    static struct told told;
    for (size_t piece = 1; piece <= in.size; piece += 997) {
        struct slice rest = buf_bytes(&in);
        begin(&told, false, false);
        while (rest.size > 0) {
            feed(&told, slice_take(rest, piece));
            rest = slice_skip(rest, piece);
        }
        buf_append_byte(&told.text, 0);
        assert_string_equal(told.bytes, expected);
    }
}

/* Of a line that is too long the beginning is told, and nothing else suffers. */
static void test_line_limit(void **state)
{
    (void)state;
    check_line(AGENT_FOLLOW_LINE_MAX - 1, false);
    check_line(AGENT_FOLLOW_LINE_MAX, false);
    check_line(AGENT_FOLLOW_LINE_MAX + 1, true);
    check_line(AGENT_FOLLOW_LINE_MAX + 2000, true);
}

/* It is idle between messages only, and knows whether the end of the connection is one. */
static void test_ends(void **state)
{
    static struct told told;
    (void)state;
    begin(&told, true, false);
    assert_true(follow_idle(&told.follow));
    assert_false(follow_closed(&told.follow));
    feed(&told, SLICE("H"));
    assert_false(follow_idle(&told.follow));
    feed(&told, SLICE("TTP/1.1 200 OK\r\n\r\nx"));
    assert_false(follow_idle(&told.follow));
    assert_true(follow_closed(&told.follow));
    begin(&told, true, false);
    feed(&told, SLICE("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n"));
    assert_false(follow_closed(&told.follow));
    feed(&told, SLICE("x"));
    assert_true(follow_idle(&told.follow));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages), cmocka_unit_test(test_responses),
        cmocka_unit_test(test_lost),     cmocka_unit_test(test_line_limit),
        cmocka_unit_test(test_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
