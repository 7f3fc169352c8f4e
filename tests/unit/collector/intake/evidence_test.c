/* SPDX-License-Identifier: Apache-2.0 */

/* Text that may be anything's: taken where something in it, its path or the user says whose it is.
 */
#include "seen.h"

#include "intake/teller.h"
#include "lib/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UUID   "8f5c9a52-1e1f-4f0b-9f0a-1f2a3b4c5d6e"
#define WHOSE  "refused 1|" TELLER_WHOSE "|"
#define FOLDER "../shared/data/firehose/dynatrace-oss__dynatrace-aws-log-forwarder"

static void check(const char *input, const char *path, const char *told)
{
    for (size_t piece = 0; piece < 8; piece++) {
        struct seen seen;
        seen_take_doubtful(&seen, slice_from(input), piece, path);
        assert_string_equal(seen_text(&seen), told);
        seen_free(&seen);
    }
}

/* Nothing says whose: refused once, by its beginning. */
static void test_nobodys(void **state)
{
    (void)state;
    check("[\"env:prod\", \"team:shop\"]", "tags.json", WHOSE "[\"env:prod\", \"team:shop\"]\n");
    check("hello\nworld\n", "notes.txt", WHOSE "hello\n");
    check("{\"level\":\"info\",\"msg\":\"one\"}\n{\"level\":\"info\",\"msg\":\"two\"}\n", "a.log",
          WHOSE "{\"level\":\"info\",\"msg\":\"one\"}\n");
    check("[{\"message\":\"one\"}]", "a.json", WHOSE "{\"message\":\"one\"}\n");
}

/* A line of the platform says it, and so does a request's id. */
static void test_functions(void **state)
{
    (void)state;
    check("hello\nEND RequestId: " UUID "\n", "a.txt",
          "event ?|||||a||hello\nevent ?|||||a||END RequestId: " UUID "\n");
    check("[\"hello\",\"END RequestId: " UUID "\"]", "a.json",
          "event ?|||||a||hello\nevent ?|||||a||END RequestId: " UUID "\n");
    check("{\"level\":\"INFO\",\"message\":\"m\",\"requestId\":\"" UUID "\"}\n", "a.log",
          "event ?|||||a||{\"level\":\"INFO\",\"message\":\"m\",\"requestId\":\"" UUID "\"}\n");
    check("[INFO]\t2026-11-23T14:53:25.123Z\t" UUID "\tm\n", "a.log",
          "event ?|||||a||[INFO]\\t2026-11-23T14:53:25.123Z\\t" UUID "\\tm\n");
    check("[{\"time\":\"2026-11-23T14:53:25.123Z\",\"type\":\"function\",\"record\":\"m\"}]",
          "a.log", "event 1795445605123|||||a||m\n");
}

/* The path of an export says it too, and a time with a stream in front of each line is a tool's. */
static void test_told(void **state)
{
    (void)state;
    check("hello\n", "aws/lambda/pay/x.log", "event ?|||/aws/lambda/pay||||hello\n");
    check("2026-11-23T14:53:25.123Z one\n2026-11-23T14:53:25.123Z two\n", "a.log",
          "event 1795445605123|||||a||one\nevent 1795445605123|||||a||two\n");
}

/* Real files of neighbouring tools: refused with a reason, never read as lines. */
static void test_real(void **state)
{
    static const char *const names[] = {"metadata_engine_input.txt", "aurora.txt"};
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char command[500], text[65536];
        int size =
            snprintf(command, sizeof(command), "find " FOLDER " -name %s -exec cat {} +", names[i]);
        assert_true(size > 0 && (size_t)size < sizeof(command));
        FILE *pipe = popen(command, "r");
        assert_non_null(pipe);
        size_t read = fread(text, 1, sizeof(text), pipe);
        assert_int_equal(pclose(pipe), 0);
        assert_true(read > 0);
        struct seen seen;
        seen_take_doubtful(&seen, slice_of(text, read), 0, names[i]);
        assert_int_equal(seen.counts.events, 0);
        assert_true(seen.counts.refused > 0);
        seen_free(&seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobodys),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
