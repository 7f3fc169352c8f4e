/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/jaeger_query.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

static const struct attr attrs[] = {
    {SLICE_INIT("text"), {.kind = VALUE_STRING, .text = SLICE_INIT("a")}},
    {SLICE_INIT("count"), {.kind = VALUE_INT, .integer = 200}},
    {SLICE_INIT("ratio"), {.kind = VALUE_DOUBLE, .number = 0.5}},
    {SLICE_INIT("vip"), {.kind = VALUE_BOOL, .boolean = true}},
};
static const struct attr sender[] = {
    {SLICE_INIT("region"), {.kind = VALUE_STRING, .text = SLICE_INIT("eu")}},
};
static const struct scope scope = {.name = SLICE_INIT("lib"), .version = SLICE_INIT("1")};
static const struct resource resource = {
    .attrs = {.items = sender, .count = 1},
    .service = SLICE_INIT("front"),
};
static const struct span span = {
    .resource = &resource,
    .scope = &scope,
    .name = SLICE_INIT("GET /"),
    .kind = SPAN_SERVER,
    .start_ns = 1000,
    .end_ns = 3000,
    .attrs = {.items = attrs, .count = sizeof(attrs) / sizeof(attrs[0])},
    .status = SPAN_STATUS_ERROR,
    .status_message = SLICE_INIT("bad"),
};

static bool one(struct trace_test test)
{
    struct trace_tests tests = {.count = 0};
    assert_true(trace_tests_add(&tests, &test));
    return trace_test_span(&tests, &span);
}

#define ATTR(where_, key_, op_, literal_, text_, number_)                                          \
    one((struct trace_test){.field = TRACE_ATTR,                                                   \
                            .where = where_,                                                       \
                            .key = SLICE_INIT(key_),                                               \
                            .op = op_,                                                             \
                            .literal = literal_,                                                   \
                            .text = SLICE_INIT(text_),                                             \
                            .number = number_})

static void attributes(void **state)
{
    (void)state;
    assert_true(ATTR(TRACE_ANYWHERE, "text", TRACE_EQUAL, TRACE_TEXT, "a", 0));
    assert_true(ATTR(TRACE_OF_SPAN, "text", TRACE_EQUAL, TRACE_WRITTEN, "a", 0));
    assert_false(ATTR(TRACE_OF_RESOURCE, "text", TRACE_EQUAL, TRACE_TEXT, "a", 0));
    assert_true(ATTR(TRACE_OF_RESOURCE, "region", TRACE_EQUAL, TRACE_TEXT, "eu", 0));
    assert_true(ATTR(TRACE_ANYWHERE, "region", TRACE_EQUAL, TRACE_TEXT, "eu", 0));
    assert_false(ATTR(TRACE_OF_SPAN, "region", TRACE_EQUAL, TRACE_TEXT, "eu", 0));
    assert_true(ATTR(TRACE_OF_RESOURCE, "service.name", TRACE_EQUAL, TRACE_TEXT, "front", 0));
    assert_true(ATTR(TRACE_ANYWHERE, "service.name", TRACE_UNEQUAL, TRACE_TEXT, "stock", 0));
    assert_true(ATTR(TRACE_ANYWHERE, "count", TRACE_EQUAL, TRACE_WRITTEN, "200", 0));
    assert_false(ATTR(TRACE_ANYWHERE, "count", TRACE_EQUAL, TRACE_TEXT, "200", 0));
    assert_true(ATTR(TRACE_ANYWHERE, "count", TRACE_MORE_EQUAL, TRACE_NUMBER, "200", 200));
    assert_false(ATTR(TRACE_ANYWHERE, "count", TRACE_MORE, TRACE_NUMBER, "200", 200));
    assert_true(ATTR(TRACE_ANYWHERE, "ratio", TRACE_LESS, TRACE_NUMBER, "1", 1));
    assert_true(ATTR(TRACE_ANYWHERE, "vip", TRACE_EQUAL, TRACE_TRUTH, "true", 0));
    assert_true(ATTR(TRACE_ANYWHERE, "vip", TRACE_UNEQUAL, TRACE_TRUTH, "false", 0));
    assert_false(ATTR(TRACE_ANYWHERE, "vip", TRACE_EQUAL, TRACE_TEXT, "true", 0));
    assert_true(ATTR(TRACE_ANYWHERE, "text", TRACE_ONE_OF, TRACE_TEXT, "b|a", 0));
    assert_false(ATTR(TRACE_ANYWHERE, "text", TRACE_NONE_OF, TRACE_TEXT, "b|a", 0));
}

/* What is not there is neither equal nor unequal to anything. */
static void missing(void **state)
{
    (void)state;
    assert_false(ATTR(TRACE_ANYWHERE, "none", TRACE_EQUAL, TRACE_TEXT, "a", 0));
    assert_false(ATTR(TRACE_ANYWHERE, "none", TRACE_UNEQUAL, TRACE_TEXT, "a", 0));
    assert_false(ATTR(TRACE_ANYWHERE, "none", TRACE_NONE_OF, TRACE_TEXT, "a", 0));
}

static bool tag(const char *key, const char *value)
{
    struct trace_tests tests = {.count = 0};
    assert_true(jaeger_query_tag(&tests, slice_from(key), slice_from(value)));
    return trace_test_span(&tests, &span);
}

/* Jaeger makes tags of fields. */
static void tags(void **state)
{
    (void)state;
    assert_true(tag("error", "true"));
    assert_false(tag("error", "false"));
    assert_true(tag("span.kind", "server"));
    assert_true(tag("otel.status_code", "ERROR"));
    assert_false(tag("otel.status_code", "OK"));
    assert_true(tag("otel.status_description", "bad"));
    assert_true(tag("otel.scope.name", "lib"));
    assert_true(tag("otel.library.version", "1"));
    assert_true(tag("ratio", "0.5"));
    assert_false(tag("ratio", "0.50"));
}

static void durations(void **state)
{
    (void)state;
    struct trace_tests tests = {.count = 0};
    int64_t ns;
    assert_true(jaeger_query_duration(&tests, SLICE("2us"), TRACE_MORE_EQUAL, &ns));
    assert_true(jaeger_query_duration(&tests, SLICE("2us"), TRACE_LESS_EQUAL, &ns));
    assert_true(trace_test_span(&tests, &span));
    assert_true(jaeger_query_duration(&tests, SLICE("2us"), TRACE_LESS, &ns));
    assert_false(trace_test_span(&tests, &span));
}

/* At the limit and beyond it. */
static void limits(void **state)
{
    (void)state;
    struct trace_tests tests = {.count = 0};
    for (size_t i = 0; i < TRACES_TESTS_MAX; i++) {
        assert_true(jaeger_query_tag(&tests, SLICE("text"), SLICE("a")));
    }
    assert_false(jaeger_query_tag(&tests, SLICE("text"), SLICE("a")));
    assert_true(trace_test_span(&tests, &span));
    struct scan_condition conditions[TRACES_TESTS_MAX];
    assert_int_equal(trace_test_conditions(&tests, conditions), TRACES_TESTS_MAX);
    assert_int_equal(SCAN_CONDITIONS_MAX, TRACES_TESTS_MAX);
}

/* The store is asked for nothing that a wanted span may lack. */
static void conditions(void **state)
{
    (void)state;
    struct trace_tests tests = {.count = 0};
    struct scan_condition made[TRACES_TESTS_MAX];
    const struct trace_test unequal = {.op = TRACE_UNEQUAL, .key = SLICE("a"), .text = SLICE("b")};
    const struct trace_test empty = {.key = SLICE("a")};
    const struct trace_test fraction = {
        .key = SLICE("a"), .literal = TRACE_NUMBER, .text = SLICE("1.0"), .number = 1};
    const struct trace_test kind = {.field = TRACE_KIND, .text = SLICE("server")};
    const struct trace_test anywhere = {.key = SLICE("service.name"), .text = SLICE("b")};
    assert_true(trace_tests_add(&tests, &unequal) && trace_tests_add(&tests, &empty) &&
                trace_tests_add(&tests, &fraction) && trace_tests_add(&tests, &kind) &&
                trace_tests_add(&tests, &anywhere));
    assert_int_equal(trace_test_conditions(&tests, made), 0);
    assert_true(jaeger_query_service(&tests, SLICE("front"), SLICE("GET /")));
    assert_true(jaeger_query_tag(&tests, SLICE("error"), SLICE("true")));
    assert_int_equal(trace_test_conditions(&tests, made), 3);
    assert_int_equal(made[0].test, SCAN_SERVICE);
    assert_int_equal(made[1].test, SCAN_NAME);
    assert_int_equal(made[2].test, SCAN_ERROR);
}

/* A span that facts would make is never ruled out by facts that would make it. */
static void facts(void **state)
{
    (void)state;
    const struct function_facts function = {.name = SLICE("mailer")};
    struct invocation_facts facts = {
        .outcome = OUTCOME_ERROR,
        .start_ns = 1000,
        .end_ns = 2000,
        .init_ns = 5000,
        .handler_ns = UNKNOWN_NS,
        .post_handler_ns = UNKNOWN_NS,
    };
    struct trace_tests tests = {.count = 0};
    int64_t ns;
    assert_true(trace_test_facts(&tests, &facts, &function));
    assert_true(jaeger_query_service(&tests, SLICE("mailer"), SLICE("init")));
    assert_true(jaeger_query_duration(&tests, SLICE("5us"), TRACE_MORE_EQUAL, &ns));
    assert_true(jaeger_query_tag(&tests, SLICE("error"), SLICE("true")));
    assert_true(jaeger_query_tag(&tests, SLICE("faas.coldstart"), SLICE("true")));
    assert_true(trace_test_facts(&tests, &facts, &function));
    facts.outcome = OUTCOME_RUNNING;
    assert_false(trace_test_facts(&tests, &facts, &function));
    facts.outcome = OUTCOME_OK;
    assert_false(trace_test_facts(&tests, &facts, &function));
    facts.outcome = OUTCOME_ERROR;
    assert_true(jaeger_query_tag(&tests, SLICE("user.id"), SLICE("1")));
    assert_false(trace_test_facts(&tests, &facts, &function));
}

static void ids(void **state)
{
    (void)state;
    struct id16 id, other;
    assert_true(trace_id_parse(SLICE("2df7651916cd43de"), &id));
    assert_true(trace_id_parse(SLICE("00000000000000002DF7651916CD43DE"), &other));
    assert_memory_equal(&id, &other, sizeof(id));
    assert_false(trace_id_parse(SLICE(""), &id));
    assert_false(trace_id_parse(SLICE("0"), &id));
    assert_false(trace_id_parse(SLICE("12345678901234567890123456789012f"), &id));
    assert_false(trace_id_parse(SLICE("xyz"), &id));
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(attributes), cmocka_unit_test(missing), cmocka_unit_test(tags),
        cmocka_unit_test(durations),  cmocka_unit_test(limits),  cmocka_unit_test(conditions),
        cmocka_unit_test(facts),      cmocka_unit_test(ids),
    };
    return cmocka_run_group_tests(all, NULL, NULL);
}
