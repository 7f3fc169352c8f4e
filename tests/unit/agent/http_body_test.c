/* SPDX-License-Identifier: Apache-2.0 */
#include "net/http_body.h"

#include "base/buf.h"
#include "lib/cm.h"
#include "lib/every.h"

/* Read a body that arrives in pieces of this size; what is left over is in *rest. */
static enum http_answer read_body(struct http_body *body, struct slice input, size_t piece,
                                  struct buf *out, struct slice *rest)
{
    size_t seen = 0;
    size_t done = 0;
    enum http_answer answer = HTTP_PARTIAL;
    for (;;) {
        size_t consumed;
        struct slice data;
        answer = http_body_next(body, slice_skip(slice_take(input, seen), done), &consumed, &data);
        buf_append(out, data);
        done += consumed;
        if (answer != HTTP_PARTIAL || (consumed == 0 && seen == input.size)) {
            break;
        }
        if (consumed == 0) {
            seen = seen + piece < input.size ? seen + piece : input.size;
        }
    }
    *rest = slice_skip(input, done);
    return answer;
}

static struct http_head chunked_head(void)
{
    return (struct http_head){.chunked = true};
}

/* Whatever the pieces are, chunks give their content, and what follows is left. */
static void chunked(void **state)
{
    (void)state;
    struct slice input = SLICE("4\r\nthaw\r\nA;ext=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\nNEXT");
    for (size_t piece = 1; piece <= input.size; piece++) {
        struct http_head head = chunked_head();
        struct http_body body;
        struct buf out;
        struct slice rest;
        char bytes[64];
        buf_init_fixed(&out, bytes, sizeof(bytes));
        http_body_of_request(&body, &head);
        assert_int_equal(read_body(&body, input, piece, &out, &rest), HTTP_PARSED);
        assert_slice(buf_bytes(&out), "thaw0123456789");
        assert_slice(rest, "NEXT");
    }
}

/* A length is a length; none in a request is no body, in a response it is until the end. */
static void framed(void **state)
{
    (void)state;
    struct http_head head = {.has_length = true, .length = 3, .status = 200};
    struct http_body body;
    struct buf out;
    struct slice rest;
    char bytes[64];
    buf_init_fixed(&out, bytes, sizeof(bytes));
    http_body_of_request(&body, &head);
    assert_int_equal(read_body(&body, SLICE("abcd"), 2, &out, &rest), HTTP_PARSED);
    assert_slice(buf_bytes(&out), "abc");
    assert_slice(rest, "d");

    head = (struct http_head){.status = 200};
    http_body_of_request(&body, &head);
    assert_int_equal(body.state, HTTP_BODY_DONE);
    http_body_of_response(&body, &head);
    assert_int_equal(body.state, HTTP_BODY_CLOSE);
    head = (struct http_head){.status = 204, .has_length = true, .length = 3};
    http_body_of_response(&body, &head);
    assert_int_equal(body.state, HTTP_BODY_DONE);
}

/* A body of known length may be taken elsewhere, in pieces, and is complete with the last one. */
static void passed(void **state)
{
    (void)state;
    struct http_head head = {.has_length = true, .length = 10};
    struct http_body body;
    struct slice data;
    size_t consumed;
    http_body_of_request(&body, &head);
    http_body_passed(&body, 4);
    assert_int_equal(body.left, 6);
    assert_int_equal(http_body_next(&body, SLICE_EMPTY, &consumed, &data), HTTP_PARTIAL);
    assert_int_equal(http_body_next(&body, SLICE("123"), &consumed, &data), HTTP_PARTIAL);
    assert_int_equal(consumed, 3);
    http_body_passed(&body, 3);
    assert_int_equal(body.state, HTTP_BODY_DONE);
    assert_int_equal(http_body_next(&body, SLICE("GET"), &consumed, &data), HTTP_PARSED);
    assert_int_equal(consumed, 0);
}

/* Chunks that are not as the standard says are refused. */
static void bad_chunks(void **state)
{
    (void)state;
    static const char *const bodies[] = {
        "x\r\n",         "\r\n",   "4\nthaw\r\n", "4\r\nthawX\r\n",         "4\r\nthaw\rX",
        "123456789\r\n", "-1\r\n", "4x\r\n",      "0\r\nbad\nline\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct http_head head = chunked_head();
        struct http_body body;
        struct buf out;
        struct slice rest;
        char bytes[64];
        buf_init_fixed(&out, bytes, sizeof(bytes));
        http_body_of_request(&body, &head);
        if (read_body(&body, slice_from(bodies[i]), 64, &out, &rest) != HTTP_BAD) {
            fail_msg("accepted: %s", bodies[i]);
        }
    }
}

static void visit(struct slice input, void *context)
{
    struct http_head head = chunked_head();
    struct http_body body;
    struct buf out;
    struct slice rest;
    char bytes[256];
    (void)context;
    buf_init_fixed(&out, bytes, sizeof(bytes));
    http_body_of_request(&body, &head);
    (void)read_body(&body, input, 7, &out, &rest);
    assert_true(out.size <= input.size);
}

static void every(void **state)
{
    (void)state;
    every_damage(SLICE("5\r\nabcde\r\n10\r\n0123456789abcdef\r\n0\r\nA: b\r\n\r\n"), visit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunked),    cmocka_unit_test(framed), cmocka_unit_test(passed),
        cmocka_unit_test(bad_chunks), cmocka_unit_test(every),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
