/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include "base/base_limits.h"
#include "lib/cm.h"

#include <errno.h>
#include <unistd.h>

static struct slice format(char *text, size_t size, const char *message,
                           const struct log_field *fields, size_t count)
{
    struct log_entry entry = {
        .wall_ns = UINT64_C(1795445605123456789),
        .level = LOG_WARN,
        .message = slice_from(message),
        .fields = fields,
        .count = count,
    };
    return slice_of(text, log_format(&entry, text, size));
}

/* Fields are key=value, quoted where logfmt needs it; a line is one line. */
static void fields(void **state)
{
    (void)state;
    char text[512];
    struct log_field some[] = {
        log_string("plain", "a/b:c"), log_string("empty", ""),
        log_string("none", NULL),     log_string("spaces", "a b"),
        log_string("equals", "a=b"),  log_string("quote", "\"\\\n\x01"),
        log_u64("u", UINT64_MAX),     log_i64("i", -1),
        log_status(STATUS_NOT_FOUND), log_errno(ENOENT),
    };
    assert_slice(
        format(text, sizeof(text), "hello", some, sizeof(some) / sizeof(some[0])),
        "time=2026-11-23T14:53:25.123Z level=warn msg=hello plain=a/b:c empty=\"\" "
        "none=\"\" spaces=\"a b\" equals=\"a=b\" quote=\"\\\"\\\\\\n\\x01\" "
        "u=18446744073709551615 i=-1 error=not-found errno=\"No such file or directory\"\n");
}

/* A line that is too long ends in dots and a newline within its limit, whatever the limit. */
static void cutting(void **state)
{
    (void)state;
    for (size_t size = 64; size < 300; size++) {
        char text[300];
        struct log_field one = log_string("key", "0123456789 0123456789 0123456789 0123456789 "
                                                 "0123456789 0123456789 0123456789 0123456789");
        struct slice line = format(text, size, "message", &one, 1);
        assert_true(line.size <= size);
        assert_int_equal(line.base[line.size - 1], '\n');
        if (size < 150) {
            assert_true(slice_ends(line, SLICE("...\n")));
        }
    }
}

/* Lines reach the descriptor in one piece, those below the level do not, and errno is kept. */
static void writing(void **state)
{
    (void)state;
    int ends[2];
    char text[LOG_LINE_SIZE_MAX];

    assert_int_equal(pipe(ends), 0);
    log_set_descriptor(ends[1]);
    errno = EDOM;
    log_info("first");
    log_debug("not shown", log_u64("n", 1));
    log_set_level(LOG_DEBUG);
    log_debug("second", log_u64("n", 1), log_string("s", "t"));
    log_set_level(LOG_OFF);
    log_error("not shown");
    log_set_level(LOG_INFO);
    log_set_descriptor(2);
    assert_int_equal(errno, EDOM);
    close(ends[1]);
    ssize_t got = read(ends[0], text, sizeof(text));
    assert_true(got > 0);
    struct slice all = slice_of(text, (size_t)got);
    struct slice line;
    assert_true(slice_cut(all, '\n', &line, &all));
    assert_true(slice_ends(line, SLICE(" level=info msg=first")));
    assert_true(slice_cut(all, '\n', &line, &all));
    assert_true(slice_ends(line, SLICE(" level=debug msg=second n=1 s=t")));
    assert_int_equal(all.size, 0);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(cutting),
        cmocka_unit_test(writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
