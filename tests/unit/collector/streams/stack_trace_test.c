/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line.h"

#include "base/buf.h"
#include "lines.h"

#include <string.h>

/* Put lines together as they go on, and write a bar between messages. */
static void together(const char *text, const char *expected)
{
    struct slice rest = slice_from(text);
    struct slice line;
    struct buf all;
    size_t begin = 0;

    buf_init_growing(&all, 100000);
    while (rest.size > 0) {
        slice_cut(rest, '\n', &line, &rest);
        /* An event keeps its newline. */
        struct slice message = slice_of(line.base, line.size + 1);
        struct slice before = slice_skip(buf_bytes(&all), begin);
        if (before.size > 0 && !line_continues(before, message)) {
            buf_append_text(&all, "|");
            begin = buf_bytes(&all).size;
        }
        buf_append(&all, message);
    }
    if (!slice_equal(buf_bytes(&all), slice_from(expected))) {
        print_error("\"" SLICE_FMT "\"\n", SLICE_ARG(buf_bytes(&all)));
    }
    assert_slice(buf_bytes(&all), expected);
    buf_fini(&all);
}

/* Nothing is between the lines of a trace, and bars are around it. */
static void one(const char *trace)
{
    char text[4000] = "before\n";
    char expected[4000] = "before\n|";

    strcat(strcat(text, trace), "after\n");
    strcat(strcat(expected, trace), "|after\n");
    together(text, expected);
}

/* Python: frames, the exception that ends them, and chains of both kinds. */
static void python(void **state)
{
    (void)state;
    one("[ERROR] ValueError: bad\nTraceback (most recent call last):\n\xc2\xa0\xc2\xa0"
        "File \"/var/task/x.py\", line 3, in f\n\xc2\xa0\xc2\xa0\xc2\xa0\xc2\xa0raise "
        "ValueError\n");
    one("Traceback (most recent call last):\n  File \"x.py\", line 3, in f\n    return 1 / 0\n"
        "           ~~^~~\nZeroDivisionError: division by zero\n\nDuring handling of the above "
        "exception, another exception occurred:\n\nTraceback (most recent call last):\n"
        "  File \"x.py\", line 5, in g\n    raise X\nmy.module.Thing: bad\n");
    one("[ERROR]\t2025-03-20T07:13:54.286Z\t" LINES_ID "\tfailed\nTraceback (most recent call "
        "last):\n  File \"x.py\", line 3, in f\nKeyError: 'x'\n\nThe above exception was the "
        "direct cause of the following exception:\n\nTraceback (most recent call last):\n"
        "  File \"x.py\", line 3, in f\nRuntimeError: y\n");
}

/* Java: frames, causes, and the runtime's own words. */
static void java(void **state)
{
    (void)state;
    one("boom: java.lang.RuntimeException\njava.lang.RuntimeException: boom\n\tat a.B.c(B.java:1)\n"
        "\tat a.B.d(B.java:2)\nCaused by: java.io.IOException: x\n\tat a.B.e(B.java:3)\n"
        "\t... 12 more\n\tSuppressed: java.lang.Exception\n");
    one("Exception in thread \"main\" java.lang.Error: x\nat a.B.c(B.java:1)\n... 3 more\n");
}

/* Node.js, .NET, Ruby, Go. */
static void others(void **state)
{
    (void)state;
    one("TypeError: x is not a function\n    at f (/var/task/index.js:1:2)\n    at async g\n"
        "  code: 'X'\n}\n");
    one("System.Exception: x\n ---> System.IO.IOException: y\n   at A.B.C() in /x.cs:line 3\n"
        "   --- End of inner exception stack trace ---\n   at A.B.D()\n");
    one("RuntimeError: boom\n\tfrom /var/task/x.rb:3:in `f'\n/var/task/y.rb:3:in `g'\n");
    one("panic: boom\n\ngoroutine 1 [running]:\nmain.handler(0x1)\n\t/var/task/main.go:12 +0x1d\n"
        "created by main.main\n\t/var/task/main.go:3\nexit status 2\n");
}

/* An object that was printed over several lines. */
static void objects(void **state)
{
    (void)state;
    one("{\n  \"a\": 1,\n  \"b\": {\n    \"c\": []\n  }\n}\n");
    one("response: [\n  1,\n  2\n]\n");
}

/* Lines that only look a little like it stand for themselves. */
static void apart(void **state)
{
    (void)state;
    together("done\nTraceback is a word\n", "done\n|Traceback is a word\n");
    together("one\nValueError: x\n", "one\n|ValueError: x\n");
    together("one\nat noon we eat\n", "one\n|at noon we eat\n");
    together("one\n}\n", "one\n|}\n");
    together("one\n  {\"level\":\"info\"}\n", "one\n|  {\"level\":\"info\"}\n");
    together("one\n 2023-01-01 12:00:00 x\n", "one\n| 2023-01-01 12:00:00 x\n");
    together("[INFO]\tx\n[INFO]\ty\n", "[INFO]\tx\n|[INFO]\ty\n");
    together("one\nmain.f(x)\n", "one\n|main.f(x)\n");
    assert_false(line_continues(SLICE_EMPTY, SLICE("\tat x")));
    assert_false(line_continues(SLICE("x"), SLICE_EMPTY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python),  cmocka_unit_test(java),  cmocka_unit_test(others),
        cmocka_unit_test(objects), cmocka_unit_test(apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
