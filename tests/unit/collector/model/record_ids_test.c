/* SPDX-License-Identifier: Apache-2.0 */
#include "model/record_ids.h"

#include "lib/cm.h"
#include "proto/names.h"

#include <string.h>

#define REQUEST "5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e"

static struct attr text_attr(struct slice key, const char *value)
{
    return (struct attr){key, {.kind = VALUE_STRING, .text = slice_from(value)}};
}

static bool same(struct id16 one, struct id16 other)
{
    return memcmp(&one, &other, sizeof(one)) == 0;
}

/* A span is found by its trace and by its request. */
static void span_has_trace_and_request(void **state)
{
    struct attr attrs[] = {text_attr(NAME_FAAS_INVOCATION_ID, REQUEST)};
    struct span span = {.trace_id = {{1}}, .attrs = {.items = attrs, .count = 1}};
    (void)state;
    struct record_ids ids = record_ids_span(&span);
    assert_int_equal(ids.count, 2);
    assert_true(same(ids.ids[0], span.trace_id));
    assert_int_equal(ids.ids[1].bytes[0], 0x5f);
    assert_int_equal(ids.ids[1].bytes[15], 0x5e);
    span.trace_id = (struct id16){{0}};
    assert_int_equal(record_ids_span(&span).count, 1);
}

/* A span is found by what its links name, but for nothing and for its own trace. */
static void span_has_what_its_links_name(void **state)
{
    struct span span = {.trace_id = {{1}}};
    struct span_link link = {.trace_id = {{2}}};
    struct id16 id;
    (void)state;
    assert_true(record_ids_link(&span, &link, &id));
    assert_true(same(id, link.trace_id));
    link.trace_id = span.trace_id;
    assert_false(record_ids_link(&span, &link, &id));
    link.trace_id = (struct id16){{0}};
    assert_false(record_ids_link(&span, &link, &id));
}

/* What is no UUID, or all zero, is no request id. */
static void request_is_a_uuid(void **state)
{
    static const char *const wrong[] = {"", "5f0c8fb7", "00000000-0000-0000-0000-000000000000",
                                        "5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5g"};
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct attr attrs[] = {text_attr(NAME_FAAS_INVOCATION_ID, wrong[i])};
        struct id16 id;
        assert_false(record_ids_request((struct attrs){.items = attrs, .count = 1}, &id));
    }
}

/* A line that names neither is found by its instance and minute, or by its instance alone. */
static void loose_line_has_its_instance(void **state)
{
    struct resource resource = {.function = SLICE("stock"), .instance = SLICE("i1")};
    struct log_line line = {.resource = &resource, .time_ns = UINT64_C(60000000000) * 7 + 5};
    (void)state;
    struct record_ids ids = record_ids_line(&line);
    assert_int_equal(ids.count, 1);
    struct id16 minute = record_ids_minute(SLICE("stock"), SLICE("i1"), UINT64_C(60000000000) * 7);
    assert_true(same(ids.ids[0], minute));
    /* Without a time of its own, the one at which it was seen counts. */
    line.observed_ns = line.time_ns;
    line.time_ns = 0;
    assert_true(same(record_ids_line(&line).ids[0], minute));

    struct attr attrs[] = {text_attr(NAME_THAW_PHASE, "init")};
    line.attrs = (struct attrs){.items = attrs, .count = 1};
    ids = record_ids_line(&line);
    assert_int_equal(ids.count, 1);
    assert_true(same(ids.ids[0], record_ids_instance(SLICE("stock"), SLICE("i1"))));

    line.has_trace = true;
    line.trace_id = (struct id16){{9}};
    ids = record_ids_line(&line);
    assert_int_equal(ids.count, 1);
    assert_true(same(ids.ids[0], line.trace_id));
}

/* Without an instance the function stands for it; without both there is nothing to find it by. */
static void nameless_instance(void **state)
{
    struct resource resource = {.function = SLICE("stock")};
    struct log_line line = {.resource = &resource};
    (void)state;
    struct record_ids ids = record_ids_line(&line);
    assert_int_equal(ids.count, 1);
    assert_true(same(ids.ids[0], record_ids_minute(SLICE("stock"), SLICE_EMPTY, 0)));
    resource.function = SLICE_EMPTY;
    assert_int_equal(record_ids_line(&line).count, 0);
}

/* Names do not run together, and a name is cut as the view cuts it. */
static void instances_differ(void **state)
{
    char name[1000];
    (void)state;
    assert_false(same(record_ids_instance(SLICE("ab"), SLICE("c")),
                      record_ids_instance(SLICE("a"), SLICE("bc"))));
    memset(name, 'x', sizeof(name));
    assert_true(same(record_ids_instance(slice_of(name, 512), SLICE("i")),
                     record_ids_instance(slice_of(name, 1000), SLICE("i"))));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(span_has_trace_and_request),
        cmocka_unit_test(span_has_what_its_links_name),
        cmocka_unit_test(request_is_a_uuid),
        cmocka_unit_test(loose_line_has_its_instance),
        cmocka_unit_test(nameless_instance),
        cmocka_unit_test(instances_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
