/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of lines that tell of an error. */
#include "report/complaint.h"

#include "lib/cm.h"

#define ID   "11111111-2222-3333-4444-555555555555"
#define TIME "2025-03-20T08:13:20.001Z"

static void is(const char *text, const char *type, const char *message)
{
    struct complaint complaint;
    struct line line;
    struct slice rest;
    line_read(slice_from(text), &line, &rest);
    complaint_set(&complaint, &line);
    assert_int_equal(complaint.rank, COMPLAINT_UNHANDLED);
    assert_slice(label_text(&complaint.type), type);
    assert_slice(label_text(&complaint.message), message);
}

/* The objects that runtimes write have the error's own message. */
static void test_objects(void **state)
{
    (void)state;
    is(TIME "\t" ID "\tERROR\tInvoke Error \t{\"errorType\":\"TypeError\","
            "\"errorMessage\":\"x of \\\"y\\\"\",\"stack\":[\"TypeError: x\",\"    at f\"]}",
       "TypeError", "x of \"y\"");
    is("Error raised from handler method\n{\n  \"errorMessage\": \"boom\",\n"
       "  \"errorType\": \"Function<StandardError>\",\n  \"stackTrace\": []\n}",
       "Function<StandardError>", "boom");
}

/* Without one, it is what the line says. */
static void test_texts(void **state)
{
    (void)state;
    is("[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"a.py\", line 1, in f",
       "KeyError", "'x'");
    is("Error raised from handler method\n{\n  \"errorMessage\": \"\",\n"
       "  \"errorType\": \"Function<StandardError>\"\n}",
       "Function<StandardError>", "Error raised from handler method");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
