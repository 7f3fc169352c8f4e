/* SPDX-License-Identifier: Apache-2.0 */
#include "http/uri.h"

#include "lib/cm.h"
#include "lib/every.h"

#include <string.h>

static unsigned char memory[HTTP_URI_SIZE_MAX + 1];

/* Path and parameters are decoded; a plus is a space in the query only. */
static void test_parts(void **state)
{
    struct uri uri;
    struct slice value;
    (void)state;
    assert_true(uri_parse(SLICE("/a+b/%41%2f?x=1+2&y=%26&&z&=v&x=3"), memory, &uri));
    assert_slice(uri.path, "/a+b/A/");
    assert_int_equal(uri.parameter_count, 5);
    assert_true(uri_find(&uri, SLICE("x"), &value));
    assert_slice(value, "1 2");
    assert_true(uri_find(&uri, SLICE("y"), &value));
    assert_slice(value, "&");
    assert_true(uri_find(&uri, SLICE("z"), &value));
    assert_slice(value, "");
    assert_false(uri_find(&uri, SLICE("w"), &value));
}

/* What is no target, has a wrong escape or a NUL is refused. */
static void test_wrong(void **state)
{
    static const char *const wrong[] = {"",     "a",    "?",      "/%",   "/%4",
                                        "/%4g", "/%00", "/?a=%0", "/?%00"};
    struct uri uri;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_false(uri_parse(slice_from(wrong[i]), memory, &uri));
    }
}

/* As many parameters and bytes as the limits say, and not one more. */
static void test_limits(void **state)
{
    static char text[HTTP_URI_SIZE_MAX + 2];
    struct uri uri;
    (void)state;
    memset(text, 'a', sizeof(text));
    text[0] = '/';
    assert_true(uri_parse(slice_of(text, HTTP_URI_SIZE_MAX), memory, &uri));
    assert_false(uri_parse(slice_of(text, HTTP_URI_SIZE_MAX + 1), memory, &uri));
    size_t size = 2;
    text[1] = '?';
    for (unsigned i = 0; i <= HTTP_QUERY_COUNT_MAX; i++) {
        assert_int_equal(uri_parse(slice_of(text, size), memory, &uri), i <= HTTP_QUERY_COUNT_MAX);
        text[size++] = 'p';
        text[size++] = '&';
    }
    assert_false(uri_parse(slice_of(text, size), memory, &uri));
}

static void visit_any(struct slice input, void *context)
{
    struct uri uri;
    (void)context;
    if (uri_parse(input, memory, &uri)) {
        assert_true(uri.path.size > 0 && uri.path.size <= input.size);
    }
}

/* No prefix and no change of a byte makes it read or write outside. */
static void test_damage(void **state)
{
    (void)state;
    every_damage(SLICE("/api/%7Bx%7D?from=1&q=a%20b+c&limit=10"), visit_any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
