/* SPDX-License-Identifier: Apache-2.0 */
#include "build.h"

#include "model/members.h"
#include "model/view.h"

#include "base/arena.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define EPOCH  UINT64_C(1799999000000000000)
#define STREAM "2027/01/15/[$LATEST]abcd"

static const struct hash_key key = {{1, 2}};

static void apply(struct view *view, struct build *build)
{
    struct view_frame about = {.segment = 1, .arrival_ns = (uint64_t)BUILD_T0};
    view_apply(view, &about, build_batch(build));
}

/* The invocation whose lines these are, from START to END. */
static void invoke(struct build *b)
{
    build_event(b, "faas.invocation", 0);
    build_time(b, BUILD_T0);
    build_request(b, 0x11, 0);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", BUILD_T0);
    build_int(b, "thaw.done_ns", BUILD_T0 + 50 * BUILD_MS);
}

static uint64_t lines_of(struct view *view, uint64_t request)
{
    static unsigned char memory[1 << 20];
    struct arena arena;
    struct members members;
    struct members_work *work = members_work_create();
    arena_init(&arena, memory, sizeof(memory));
    view_read_begin(view);
    assert_true(members_find(view, work, build_id(request), &arena, &members));
    view_read_end(view);
    members_work_free(work);
    return members.logs;
}

static void say_line(struct build *b, uint64_t request, const char *text, int64_t time_ns,
                     const char *uid)
{
    build_line(b, text, 0, time_ns);
    build_request(b, request, 0);
    if (uid != NULL) {
        build_text(b, "log.record.uid", uid);
    }
}

/* Lines count once: what is delivered again, and what the agent has told, adds nothing; two that
 * are the same in one delivery are two. */
static void lines_count_once(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    for (int i = 0; i < 3; i++) {
        struct build *b = build_create(SIGNAL_LOGS);
        build_logs(b, "stock", STREAM);
        say_line(b, 0x11, "hello", BUILD_T0, NULL);
        say_line(b, 0x11, "hello", BUILD_T0, NULL);
        say_line(b, 0x11, "named", BUILD_T0, "u1");
        say_line(b, 0x11, "named", BUILD_T0, "u2");
        say_line(b, 0x11, "named", BUILD_T0, "u1");
        apply(view, b);
        build_free(b);
    }
    assert_int_equal(lines_of(view, 0x11), 4);
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    for (uint64_t i = 1; i <= 3; i++) {
        build_line(b, "hello", i, BUILD_T0);
        build_request(b, 0x11, 1);
    }
    apply(view, b);
    apply(view, b);
    build_free(b);
    assert_int_equal(lines_of(view, 0x11), 4);
    b = build_create(SIGNAL_LOGS);
    build_agent(b, "stock", STREAM, EPOCH);
    for (uint64_t i = 4; i <= 5; i++) {
        build_line(b, "more", i, BUILD_T0);
        build_request(b, 0x11, 1);
    }
    apply(view, b);
    build_free(b);
    assert_int_equal(lines_of(view, 0x11), 5);
    view_free(view);
}

/* A line is one whatever format tells it: with an id of CloudWatch's or without, with the name of
 * its stream or without; and one in a piece of its own is that of the invocation it was written in.
 */
static void lines_of_all_formats(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    for (int i = 0; i < 6; i++) {
        struct build *b = build_create(SIGNAL_LOGS);
        if (i % 3 == 2) {
            build_logs_pool(b, "stock");
        } else {
            build_logs(b, "stock", STREAM);
        }
        say_line(b, 0x11, i % 3 == 0 ? "hello\n" : "hello", BUILD_T0 + BUILD_MS,
                 i % 3 == 0 ? "u1" : NULL);
        apply(view, b);
        build_free(b);
    }
    assert_int_equal(lines_of(view, 0x11), 1);
    for (int i = 0; i < 2; i++) {
        struct build *b = build_create(SIGNAL_LOGS);
        build_logs(b, "stock", STREAM);
        build_line(b, "alone", 0, BUILD_T0 + 2 * BUILD_MS);
        apply(view, b);
        build_free(b);
        b = build_create(SIGNAL_LOGS);
        build_logs(b, "stock", STREAM);
        invoke(b);
        apply(view, b);
        build_free(b);
    }
    assert_int_equal(lines_of(view, 0x11), 2);
    view_free(view);
}

/* A line whose record says a time beyond all times is of no invocation, and harms none. */
static void line_of_no_time(void **state)
{
    (void)state;
    struct view *view = view_create(&key);
    struct build *b = build_create(SIGNAL_LOGS);
    build_logs(b, "stock", STREAM);
    build_line(b, "late", 0, INT64_MAX);
    build_line(b, "alone", 0, BUILD_T0 + 2 * BUILD_MS);
    invoke(b);
    apply(view, b);
    build_free(b);
    assert_int_equal(lines_of(view, 0x11), 1);
    view_free(view);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_count_once),
        cmocka_unit_test(lines_of_all_formats),
        cmocka_unit_test(line_of_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
