/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/traceql.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static bool parse(const char *text, struct trace_tests *tests, struct traceql_error *error)
{
    static unsigned char memory[1u << 16];
    struct arena arena;
    arena_init(&arena, memory, sizeof(memory));
    tests->count = 0;
    return traceql_parse(slice_from(text), &arena, tests, error);
}

static struct trace_test one(const char *text)
{
    struct trace_tests tests;
    struct traceql_error error;
    assert_true(parse(text, &tests, &error));
    assert_int_equal(tests.count, 1);
    return tests.tests[0];
}

static void conditions(void **state)
{
    (void)state;
    struct trace_test test = one("{ resource.service.name = \"a \\\"b\\\"\" }");
    assert_int_equal(test.field, TRACE_ATTR);
    assert_int_equal(test.where, TRACE_OF_RESOURCE);
    assert_true(slice_equal(test.key, SLICE("service.name")));
    assert_true(slice_equal(test.text, SLICE("a \"b\"")));
    test = one("{span.\"a b\"!=`x\\y`}");
    assert_int_equal(test.where, TRACE_OF_SPAN);
    assert_int_equal(test.op, TRACE_UNEQUAL);
    assert_true(slice_equal(test.key, SLICE("a b")));
    assert_true(slice_equal(test.text, SLICE("x\\y")));
    test = one("{ duration >= 1.5s }");
    assert_int_equal(test.field, TRACE_DURATION);
    assert_int_equal(test.op, TRACE_MORE_EQUAL);
    assert_true(test.duration_ns == INT64_C(1500000000));
    test = one("{ .a < -5.5 }");
    assert_int_equal(test.literal, TRACE_NUMBER);
    assert_true(test.number > -5.6 && test.number < -5.4);
    test = one("{ .a = true }");
    assert_int_equal(test.literal, TRACE_TRUTH);
    test = one("{ .a =~ \"x\\\\.y|b c\" }");
    assert_int_equal(test.op, TRACE_ONE_OF);
    assert_true(slice_equal(test.text, SLICE("x.y|b c")));
    test = one("{ .trueish = 1 && true }");
    assert_true(slice_equal(test.key, SLICE("trueish")));
}

static void nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", " ", "{}", "{ }", "{ true }", "{true&&true}"};
    struct trace_tests tests;
    struct traceql_error error;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_true(parse(texts[i], &tests, &error));
        assert_int_equal(tests.count, 0);
    }
}

/* At the limit, and beyond it. */
static void limits(void **state)
{
    (void)state;
    char text[4096] = "{ .a = 1";
    struct trace_tests tests;
    struct traceql_error error;
    for (size_t i = 1; i < TRACES_TESTS_MAX; i++) {
        strcat(text, " && .a = 1");
    }
    strcat(text, " }");
    assert_true(parse(text, &tests, &error));
    assert_int_equal(tests.count, TRACES_TESTS_MAX);
    text[strlen(text) - 1] = '\0';
    strcat(text, "&& .a = 1 }");
    assert_false(parse(text, &tests, &error));
    assert_non_null(error.reason);
}

/* Every front of a query is one, or is refused with a reason. */
static void fronts(void **state)
{
    (void)state;
    static const char whole[] =
        "{ resource.service.name = \"a\\\"b\" && duration > 100ms && span.\"x y\" =~ `a|b` }";
    for (size_t size = 1; size < sizeof(whole); size++) {
        char text[sizeof(whole)];
        struct trace_tests tests;
        struct traceql_error error;
        memcpy(text, whole, size);
        text[size] = '\0';
        bool good = parse(text, &tests, &error);
        assert_true(good == (size == sizeof(whole) - 1));
        assert_true(good || (error.reason != NULL && error.at <= size));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions),
        cmocka_unit_test(nothing),
        cmocka_unit_test(limits),
        cmocka_unit_test(fronts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
