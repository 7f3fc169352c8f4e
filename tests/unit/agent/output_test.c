/* SPDX-License-Identifier: Apache-2.0 */
#include "run/output.h"

#include "base/buf.h"
#include "lib/cm.h"

#include <fcntl.h>
#include <unistd.h>

static struct loop loop;
static struct output output;
static char told_bytes[4 * AGENT_LINE_MAX];
static struct buf told;
static int in[2];
static int out[2];

static void on_line(void *context, struct slice line)
{
    (void)context;
    buf_append_byte(&told, '<');
    buf_append(&told, line);
    buf_append_byte(&told, '>');
}

static int begin(void **state)
{
    (void)state;
    buf_init_fixed(&told, told_bytes, sizeof(told_bytes));
    assert_int_equal(loop_init(&loop), STATUS_OK);
    assert_int_equal(pipe2(in, O_NONBLOCK), 0);
    assert_int_equal(pipe2(out, O_NONBLOCK), 0);
    output_init(&output, &loop, in[0], out[1], on_line, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    close(in[1]);
    if (!output.ended) {
        close(in[0]);
    }
    close(out[0]);
    close(out[1]);
    loop_fini(&loop);
    return 0;
}

static void expect(const char *expected)
{
    buf_append_byte(&told, 0);
    assert_string_equal(told_bytes, expected);
    told.size--;
}

/* Lines do not depend on the pieces; empty ones are none; carriage returns before the end are not
 * of the line. */
static void test_split(void **state)
{
    struct slice text = SLICE("one\ntwo\r\n\n\r\nthree");
    (void)state;
    for (size_t piece = 1; piece <= text.size; piece++) {
        told.size = 0;
        for (struct slice rest = text; rest.size > 0; rest = slice_skip(rest, piece)) {
            output_split(&output, slice_take(rest, piece));
        }
        expect("<one><two>");
        output_split(&output, SLICE("\n"));
        expect("<one><two><three>");
    }
}

/* A line as long as the limit is told whole; of a longer one its beginning. */
static void test_line_limit(void **state)
{
    static unsigned char line[AGENT_LINE_MAX + 1];
    (void)state;
    memset(line, 'x', sizeof(line));
    for (size_t size = AGENT_LINE_MAX - 1; size <= AGENT_LINE_MAX + 1; size++) {
        told.size = 0;
        output_split(&output, slice_of(line, size));
        output_split(&output, SLICE("\n"));
        assert_int_equal(told.size, (size < AGENT_LINE_MAX ? size : AGENT_LINE_MAX) + 2);
    }
}

/* What comes is passed on unchanged, and what ours does not take now stays in the pipe. */
static void test_passing(void **state)
{
    static char bytes[1 << 20];
    size_t sent = 0;
    size_t got = 0;
    (void)state;
    for (unsigned turn = 0; got < sizeof(bytes); turn++) {
        if (sent < sizeof(bytes)) {
            for (size_t i = 0; i < 5000; i++) {
                bytes[i] = (char)('a' + (sent + i) % 23);
            }
            size_t size = sizeof(bytes) - sent < 5000 ? sizeof(bytes) - sent : 5000;
            ssize_t written = write(in[1], bytes, size);
            sent += written > 0 ? (size_t)written : 0;
        }
        loop_wait(&loop, 0);
        output_time(&output, UINT64_MAX - 1);
        ssize_t read_now = turn % 3 == 0 ? read(out[0], bytes, 7000) : 0;
        for (ssize_t i = 0; i < read_now; i++) {
            assert_int_equal(bytes[i], 'a' + (int)((got + (size_t)i) % 23));
        }
        got += read_now > 0 ? (size_t)read_now : 0;
    }
}

/* What the child has left in the pipe is not lost because ours is full for a moment: here for good,
 * so that it gives up; nothing of it is told that was not passed on. */
static void test_finish_full(void **state)
{
    static char bytes[1 << 17];
    size_t got = 0;
    ssize_t now;
    (void)state;
    while (write(out[1], bytes, sizeof(bytes)) > 0) {
    }
    assert_int_equal(write(in[1], "left\n", 5), 5);
    output_finish(&output);
    expect("");
    while ((now = read(out[0], bytes, sizeof(bytes))) > 0) {
        got += (size_t)now;
    }
    assert_true(got > 0);
    output_finish(&output);
    expect("<left>");
}

/* The last line may have no end. */
static void test_finish(void **state)
{
    char bytes[32];
    (void)state;
    assert_int_equal(write(in[1], "a\nb", 3), 3);
    output_finish(&output);
    expect("<a><b>");
    assert_int_equal(read(out[0], bytes, sizeof(bytes)), 3);
    output_finish(&output);
    expect("<a><b>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_split, begin, end),
        cmocka_unit_test_setup_teardown(test_line_limit, begin, end),
        cmocka_unit_test_setup_teardown(test_passing, begin, end),
        cmocka_unit_test_setup_teardown(test_finish_full, begin, end),
        cmocka_unit_test_setup_teardown(test_finish, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
