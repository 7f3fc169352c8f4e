/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/lambda_usual.h"

#include "streams/lambda_text.h"
#include "lib/cm.h"
#include "lib/every.h"

#include <string.h>

#define ID "3f1e0c7a-9f1c-4c4b-8d52-1f0b6f5d7c11"

static const char *const usual[] = {
    "START RequestId: " ID " Version: $LATEST",
    "START RequestId: " ID " Version: 42",
    "END RequestId: " ID,
    "REPORT RequestId: " ID "\tDuration: 8.40 ms\tBilled Duration: 9 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 64 MB",
    "REPORT RequestId: " ID "\tDuration: 780.59 ms\tBilled Duration: 2180 ms\tMemory Size: 2048 MB"
    "\tMax Memory Used: 984 MB\tInit Duration: 1398.60 ms",
};

static const char *const others[] = {
    "",
    "START",
    "START RequestId: " ID,
    "START RequestId: " ID " Version: ",
    "START RequestId: " ID " Version: 1 2",
    "START RequestId: ******* Version: $LATEST",
    "START RequestId:  " ID " Version: $LATEST",
    "END RequestId: " ID " ",
    "REPORT RequestId: " ID " Duration: 8.40 ms Billed Duration: 9 ms",
    "REPORT RequestId: " ID "\tDuration: -8.40 ms\tBilled Duration: 9 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 64 MB",
    "REPORT RequestId: " ID "\tDuration: 8.40 ms\tBilled Duration: 9.5 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 64 MB",
    "REPORT RequestId: " ID "\tDuration: 8.40 ms\tBilled Duration: 9 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 640 MB",
    "REPORT RequestId: " ID "\tDuration: 8.40 ms\tBilled Duration: 9 ms\tMemory Size: 128 MB\t"
    "Max Memory Used: 64 MB\tXRAY TraceId: 1-5e1b4151-5ac6c58f5b5dbd6e4f9d3c6a",
    "INIT_START Runtime Version: python:3.13.v31",
};

/* A line of which nothing is known, with the same bytes each time. */
static void blank(struct line *line)
{
    struct slice rest;
    memset(line, 0, sizeof(*line));
    line_read(SLICE(""), line, &rest);
}

/* What is read of a text is what the slow reader reads of it, and all of it; the answer is whether
 * it was. */
static bool compare(struct slice text)
{
    struct line quick, slow;
    struct slice rest;
    blank(&quick);
    blank(&slow);
    if (!lambda_usual_read(text, &quick)) {
        return false;
    }
    assert_true(lambda_text_read(text, &slow, &rest));
    assert_int_equal(rest.size, 0);
    assert_memory_equal(&quick, &slow, sizeof(quick));
    assert_true(slice_find_byte(text, '{') == SLICE_NONE);
    return true;
}

static void visit(struct slice input, void *context)
{
    (void)context;
    (void)compare(input);
}

/* The lines as the platform writes them are taken. */
static void test_usual(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        assert_true(compare(slice_from(usual[i])));
    }
}

/* What is otherwise, or wrong, is left to who can tell why. */
static void test_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(compare(slice_from(others[i])));
    }
}

/* Every front, and every byte changed, of the one and the other. */
static void test_damage(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        every_damage(slice_from(usual[i]), visit, NULL);
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        every_damage(slice_from(others[i]), visit, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
