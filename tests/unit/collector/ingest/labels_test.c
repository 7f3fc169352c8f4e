/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/labels.h"

#include "ingest/known.h"
#include "ingest/otlp_decode.h"

#include "lib/cm.h"
#include "proto/transcode.h"

#include <stdio.h>
#include <string.h>

#define MEMORY_SIZE (4u << 20)

static unsigned char memory[MEMORY_SIZE];
static unsigned char protobuf[1u << 16];
static unsigned char labelled[1u << 16];

static enum status read_text(const char *json, struct arena *arena, struct labels *labels)
{
    arena_init(arena, memory, sizeof(memory));
    return labels_read(slice_from(json), arena, labels);
}

/* Pairs of text are read; names that say who a record is of are left out. */
static void test_read(void **state)
{
    struct arena arena;
    struct labels labels;
    (void)state;
    assert_int_equal(read_text("{\"commonAttributes\":{\"env\":\"a\\\"b\",\"faas.name\":\"x\","
                               "\"cloud.region\":\"y\",\"team\":\"\"},\"more\":[1]}",
                               &arena, &labels),
                     STATUS_OK);
    assert_int_equal(labels.count, 2);
    assert_slice(labels.items[0].key, "env");
    assert_slice(labels.items[0].value, "a\"b");
    assert_slice(labels.items[1].key, "team");
    assert_int_equal(read_text("  ", &arena, &labels), STATUS_OK);
    assert_int_equal(labels.count, 0);
    assert_int_equal(read_text("{}", &arena, &labels), STATUS_OK);
}

/* Of each family of names that say who a record is of, none becomes a label. */
static void test_own(void **state)
{
    static const char *const own[] = {"cloud.account.id",    "faas.name",  "faas.instance",
                                      "aws.log.group.names", "host.arch",  "service.name",
                                      "service.namespace",   "thaw.epoch", "thaw.seq"};
    (void)state;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        struct arena arena;
        struct labels labels;
        char json[128];
        (void)snprintf(json, sizeof(json), "{\"commonAttributes\":{\"%s\":\"x\"}}", own[i]);
        assert_int_equal(read_text(json, &arena, &labels), STATUS_OK);
        assert_int_equal(labels.count, 0);
    }
}

/* What is no such object, or beyond a limit, is bad. */
static void test_bad(void **state)
{
    static const char *const wrong[] = {
        "[]",
        "{",
        "{\"commonAttributes\":1}",
        "{\"commonAttributes\":{\"a\":1}}",
        "{\"commonAttributes\":{\"\":\"a\"}}",
        "{\"commonAttributes\":{\"a\":{}}}",
        "{} {}",
    };
    struct arena arena;
    struct labels labels;
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(read_text(wrong[i], &arena, &labels), STATUS_BAD);
    }
}

/* The limits themselves are good, one more is not. */
static void test_limits(void **state)
{
    const struct {
        unsigned pairs, key, value;
        enum status status;
    } cases[] = {
        {50, 256, 1024, STATUS_OK},
        {51, 1, 1, STATUS_BAD},
        {1, 257, 1, STATUS_BAD},
        {1, 1, 1025, STATUS_BAD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf json;
        struct arena arena;
        struct labels labels;
        buf_init_growing(&json, 1u << 20);
        buf_append_text(&json, "{\"commonAttributes\":{");
        for (unsigned pair = 0; pair < cases[i].pairs; pair++) {
            buf_append_text(&json, pair > 0 ? ",\"" : "\"");
            buf_append_fill(&json, (unsigned char)('A' + pair % 26), cases[i].key);
            buf_append_text(&json, "\":\"");
            buf_append_fill(&json, 'v', cases[i].value);
            buf_append_text(&json, "\"");
        }
        buf_append_text(&json, "}}");
        arena_init(&arena, memory, sizeof(memory));
        assert_int_equal(labels_read(buf_bytes(&json), &arena, &labels), cases[i].status);
        buf_fini(&json);
    }
}

static struct slice make(const char *json)
{
    struct buf out;
    struct transcode_error error;
    buf_init_fixed(&out, protobuf, sizeof(protobuf));
    assert_int_equal(transcode_from_json(slice_from(json), SCHEMA_LOGS_REQUEST, &out, &error),
                     STATUS_OK);
    return buf_bytes(&out);
}

#define BLOCK(name, scope)                                                                         \
    "{\"resource\":{\"attributes\":[{\"key\":\"faas.name\",\"value\":{\"stringValue\":\"" name     \
    "\"}}]},\"scopeLogs\":[{\"scope\":{\"name\":\"" scope "\"},\"logRecords\":[{\"body\":"         \
    "{\"stringValue\":\"" name " line\"}}]}]}"

/* Every resource has the labels, and nothing else is changed. */
static void test_write(void **state)
{
    struct arena arena;
    struct labels labels;
    struct batch batch;
    struct buf out;
    (void)state;
    assert_int_equal(read_text("{\"commonAttributes\":{\"env\":\"e\"}}", &arena, &labels),
                     STATUS_OK);
    struct slice body =
        make("{\"resourceLogs\":[" BLOCK("a", "thaw.logs") "," BLOCK("b", "thaw.logs") "]}");
    buf_init_fixed(&out, labelled, sizeof(labelled));
    labels_write(&labels, body, &out);
    assert_true(otlp_decode(SIGNAL_LOGS, buf_bytes(&out), &arena, &batch));
    assert_int_equal(batch.resource_count, 2);
    assert_int_equal(batch.log_count, 2);
    for (size_t i = 0; i < 2; i++) {
        struct slice value = SLICE_EMPTY;
        assert_slice(batch.resources[i].function, i == 0 ? "a" : "b");
        assert_int_equal(batch.resources[i].attrs.count, 2);
        assert_true(attrs_find_text(batch.resources[i].attrs, SLICE("env"), &value));
        assert_slice(value, "e");
        assert_slice(batch.logs[i].body.text, i == 0 ? "a line" : "b line");
        assert_true(batch.logs[i].scope->logs);
    }
    assert_true(known_kind(buf_bytes(&out)));
}

/* Bodies of log streams are known by their first scope. */
static void test_kind(void **state)
{
    (void)state;
    assert_true(known_kind(make("{\"resourceLogs\":[" BLOCK("a", "thaw.logs") "]}")));
    assert_true(known_kind(make("{\"resourceLogs\":[" BLOCK("a", "thaw.emf") "]}")));
    assert_false(known_kind(make("{\"resourceLogs\":[" BLOCK("a", "thaw.agent") "]}")));
    assert_false(known_kind(make("{\"resourceLogs\":[" BLOCK("thaw.logs", "") "]}")));
    assert_false(known_kind(make("{\"resourceLogs\":[{}]}")));
    assert_false(known_kind(SLICE_EMPTY));
    assert_false(known_kind(SLICE("\x0a\x05")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),   cmocka_unit_test(test_own),   cmocka_unit_test(test_bad),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_write), cmocka_unit_test(test_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
