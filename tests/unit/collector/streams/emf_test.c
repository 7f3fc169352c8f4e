/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/emf.h"

#include "base/buf.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "streams/log_event.h"

#include <stdio.h>

static struct emf emf;
static struct emf_metric metric;
static _Alignas(16) unsigned char memory[4096];

/* Begin an object with that directive (after the timestamp) and those members. */
static void begin(const char *directives, const char *members)
{
    static char text[65536];
    static struct arena arena;

    snprintf(text, sizeof(text),
             "{\"_aws\":{\"Timestamp\":1574109732004,\"CloudWatchMetrics\":[%s]},%s}", directives,
             members);
    arena_init(&arena, memory, sizeof(memory));
    emf_begin(&emf, slice_from(text), &arena);
}

#define DIRECTIVE(dimensions, metrics)                                                             \
    "{\"Namespace\":\"app\",\"Dimensions\":" dimensions ",\"Metrics\":[" metrics "]}"
#define TIME "{\"Name\":\"time\",\"Unit\":\"Milliseconds\",\"StorageResolution\":60}"

/* A metric is told once for each of its sets of dimensions. */
static void sets(void **state)
{
    (void)state;
    begin(DIRECTIVE("[[\"a\",\"b\"],[\"a\"]]", TIME ",{\"Name\":\"count\"}"),
          "\"a\":\"x\",\"b\":\"y\\u0021\",\"time\":100.5,\"count\":[1,2,3],\"other\":\"z\"");
    assert_true(emf_next(&emf, &metric));
    assert_int_equal(metric.time_ns, INT64_C(1574109732004000000));
    assert_slice(metric.namespace, "app");
    assert_slice(metric.name, "time");
    assert_slice(metric.unit, "Milliseconds");
    assert_int_equal(metric.dimension_count, 2);
    assert_slice(metric.dimensions[0].key, "a");
    assert_slice(metric.dimensions[0].value.text, "x");
    assert_slice(metric.dimensions[1].value.text, "y!");
    assert_int_equal(metric.value_count, 1);
    assert_true(metric.values[0] == 100.5);
    assert_true(emf_next(&emf, &metric));
    assert_slice(metric.name, "time");
    assert_int_equal(metric.dimension_count, 1);
    assert_true(emf_next(&emf, &metric));
    assert_slice(metric.name, "count");
    assert_slice(metric.unit, "None");
    assert_int_equal(metric.value_count, 3);
    assert_true(metric.values[2] == 3);
    assert_true(emf_next(&emf, &metric));
    assert_false(emf_next(&emf, &metric));
    assert_int_equal(emf.refused, 0);
    assert_null(emf.reason);
}

/* Without a set, with an empty list of them and with an empty set, there are no dimensions. */
static void without(void **state)
{
    (void)state;
    static const char *const lists[] = {"[]", "[[]]", "null"};

    for (size_t i = 0; i < 3; i++) {
        char directive[200];
        snprintf(directive, sizeof(directive),
                 "{\"Namespace\":\"app\",\"Dimensions\":%s,\"Metrics\":[" TIME "]}", lists[i]);
        begin(directive, "\"time\":1");
        assert_true(emf_next(&emf, &metric));
        assert_int_equal(metric.dimension_count, 0);
        assert_false(emf_next(&emf, &metric));
        assert_int_equal(emf.refused, 0);
    }
}

/* Several directives, each with its namespace. */
static void directives(void **state)
{
    (void)state;
    begin(DIRECTIVE("[[]]", TIME) ",{\"Namespace\":\"two\",\"Metrics\":[" TIME "]}", "\"time\":1");
    assert_true(emf_next(&emf, &metric));
    assert_slice(metric.namespace, "app");
    assert_true(emf_next(&emf, &metric));
    assert_slice(metric.namespace, "two");
    assert_false(emf_next(&emf, &metric));
}

/* One good metric and one that is refused. */
static void refused(const char *directive, const char *members, const char *reason)
{
    unsigned good = 0;

    begin(directive, members);
    while (emf_next(&emf, &metric)) {
        good++;
    }
    if (emf.reason == NULL) {
        print_error("%s %s\n", directive, members);
    }
    assert_non_null(emf.reason);
    assert_string_equal(emf.reason, reason);
    assert_true(emf.refused >= 1);
    assert_true(good <= 1);
}

/* What breaks the format is refused by its reason, and the others go on. */
static void reasons(void **state)
{
    (void)state;
    const char *one = DIRECTIVE("[[\"a\"]]", TIME);

    refused(one, "\"a\":\"x\",\"time\":\"fast\"", "a metric's value is no number");
    refused(one, "\"a\":\"x\",\"time\":NaN", "a metric's value is no number");
    refused(one, "\"a\":\"x\",\"time\":1e999", "a metric's value is no number");
    refused(one, "\"a\":\"x\",\"time\":{\"Max\":1}", "a metric's value is no number");
    refused(one, "\"a\":\"x\",\"time\":[1,\"x\"]", "a metric's value is no number");
    refused(one, "\"a\":\"x\",\"time\":[]", "a metric has no value");
    refused(one, "\"a\":\"x\"", "a metric has no value");
    refused(one, "\"time\":1", "a dimension has no value that is a text");
    refused(one, "\"a\":[],\"time\":1", "a dimension has no value that is a text");
    refused(one, "\"a\":\"\",\"time\":1", "a dimension has no value that is a text");
    refused(DIRECTIVE("[\"a\"]", TIME), "\"a\":\"x\",\"time\":1", "a set of dimensions is no list");
    refused(DIRECTIVE("[]", TIME ",{\"Unit\":\"x\"}"), "\"time\":1",
            "a metric's Name is not there, empty or too long");
    refused(DIRECTIVE("[]", TIME ",7"), "\"time\":1", "a metric's definition is no object");
    refused("{\"Metrics\":[" TIME "]}", "\"time\":1", "Namespace is not there, empty or too long");
    refused("{\"Namespace\":\"x\"}", "\"time\":1", "Metrics is no list");
    refused("7," DIRECTIVE("[]", TIME), "\"time\":1", "a directive is no object");
}

/* The object as a whole. */
static void objects(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } bad[] = {
        {"{\"_aws\":{\"Timestamp\":\"now\",\"CloudWatchMetrics\":[]}}",
         "Timestamp is no time in milliseconds"},
        {"{\"_aws\":{\"Timestamp\":-1,\"CloudWatchMetrics\":[]}}",
         "Timestamp is no time in milliseconds"},
        {"{\"_aws\":{\"CloudWatchMetrics\":{}}}", "CloudWatchMetrics is no list"},
        {"{\"_aws\":{}}", "CloudWatchMetrics is no list"},
        {"{\"_aws\":7}", "CloudWatchMetrics is no list"},
        {"[]", "an embedded metric is no object"},
        {"{\"_aws\":{\"CloudWatchMetrics\":[]}", "an embedded metric is cut off"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        emf_begin(&emf, slice_from(bad[i].text), NULL);
        assert_false(emf_next(&emf, &metric));
        assert_int_equal(emf.refused, 1);
        assert_string_equal(emf.reason, bad[i].reason);
    }
    emf_begin(&emf, SLICE("{\"_aws\":{\"CloudWatchMetrics\":[]}}"), NULL);
    assert_false(emf_next(&emf, &metric));
    assert_int_equal(emf.time_ns, STREAMS_UNKNOWN);
    assert_int_equal(emf.refused, 0);
}

/* A list of so many of these, with commas. */
static const char *list(const char *member, size_t count)
{
    static char text[32768];
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i == 0 ? "" : ",", member);
    }
    return text;
}

/* The limits hold at the limit and break beyond. */
static void limits(void **state)
{
    (void)state;
    static char text[40000];

    for (size_t over = 0; over < 2; over++) {
        snprintf(text, sizeof(text), "\"time\":[%s]", list("1", EMF_VALUE_COUNT_MAX + over));
        begin(DIRECTIVE("[]", TIME), text);
        assert_int_equal(emf_next(&emf, &metric), over == 0);
        assert_int_equal(emf.refused, over);

        snprintf(text, sizeof(text), DIRECTIVE("[[%s]]", TIME),
                 list("\"a\"", EMF_DIMENSION_COUNT_MAX + over));
        begin(text, "\"a\":\"x\",\"time\":1");
        assert_int_equal(emf_next(&emf, &metric), over == 0);
        assert_int_equal(emf.refused, over);

        snprintf(text, sizeof(text), "{\"Namespace\":\"x\",\"Metrics\":[%s]}",
                 list(TIME, EMF_METRIC_COUNT_MAX + over));
        begin(text, "\"time\":1");
        for (size_t i = 0; i < EMF_METRIC_COUNT_MAX; i++) {
            assert_true(emf_next(&emf, &metric));
        }
        assert_false(emf_next(&emf, &metric));
        assert_int_equal(emf.refused, over);

        begin(DIRECTIVE("[]", TIME), list("\"time\":1", EMF_MEMBER_COUNT_MAX + over));
        assert_int_equal(emf_next(&emf, &metric), over == 0);
        assert_int_equal(emf.refused, over);
    }
}

static void any(struct slice input, void *context)
{
    (void)context;
    emf_begin(&emf, input, NULL);
    while (emf_next(&emf, &metric)) {
        assert_true(metric.value_count >= 1 && metric.value_count <= EMF_VALUE_COUNT_MAX);
        assert_true(metric.dimension_count <= EMF_DIMENSION_COUNT_MAX);
    }
    assert_true((emf.reason == NULL) == (emf.refused == 0));
}

/* Damaged in every place, it is read without harm. */
static void damaged(void **state)
{
    (void)state;
    every_damage(SLICE("{\"_aws\":{\"Timestamp\":1574109732004,\"CloudWatchMetrics\":[" DIRECTIVE(
                     "[[\"a\"]]", TIME) "]},\"a\":\"x\",\"time\":[1,2.5]}"),
                 any, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets),    cmocka_unit_test(without), cmocka_unit_test(directives),
        cmocka_unit_test(reasons), cmocka_unit_test(objects), cmocka_unit_test(limits),
        cmocka_unit_test(damaged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
