/* SPDX-License-Identifier: Apache-2.0 */
#include "event/event_read.h"

#include "agent_limits.h"

#include "base/buf.h"
#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"

#include <stdio.h>
#include <string.h>

#define DATA "../shared/data/telemetry-api/"

static char arena_bytes[AGENT_EVENT_ARENA_SIZE];
static struct arena arena;

static void begin(struct event_read *reader, struct slice delivery)
{
    arena_init(&arena, arena_bytes, sizeof(arena_bytes));
    event_read_init(reader, delivery, &arena);
}

/* Read the only event of a delivery. */
static struct event only(const char *delivery)
{
    struct event_read reader;
    struct event event;
    struct event extra;
    begin(&reader, slice_from(delivery));
    assert_int_equal(event_read_next(&reader, &event), EVENT_GOT);
    assert_int_equal(event_read_next(&reader, &extra), EVENT_END);
    return event;
}

/* Every field of a report is read, milliseconds become nanoseconds exactly. */
static void report(void **state)
{
    (void)state;
    struct event event =
        only("[{\"time\":\"2026-01-01T00:00:00.123Z\",\"type\":\"platform.report\",\"record\":{"
             "\"requestId\":\"r1\",\"status\":\"error\",\"errorType\":\"Runtime.ExitError\","
             "\"metrics\":{\"durationMs\":147.156,\"billedDurationMs\":201,\"memorySizeMB\":512,"
             "\"maxMemoryUsedMB\":91,\"initDurationMs\":100.5,\"restoreDurationMs\":500.795,"
             "\"billedRestoreDurationMs\":53,\"new\":[1]},"
             "\"spans\":[{\"name\":\"extensionOverhead\",\"start\":\"x\",\"durationMs\":1.25}]}}]");
    assert_int_equal(event.type, EVENT_REPORT);
    assert_true(event.time_ns == UINT64_C(1767225600123000000));
    assert_slice(event.request_id, "r1");
    assert_slice(event.status, "error");
    assert_slice(event.error_type, "Runtime.ExitError");
    assert_true(event.duration_ns == 147156000);
    assert_true(event.billed_ms == 201 && event.memory_size_mb == 512);
    assert_true(event.max_memory_used_mb == 91 && event.init_ns == 100500000);
    assert_true(event.restore_ns == 500795000 && event.billed_restore_ms == 53);
    assert_true(event.extension_overhead_ns == 1250000);
    assert_true(event.produced_bytes == EVENT_NONE && event.response_latency_ns == EVENT_NONE);
}

/* runtimeDone has its spans and bytes; the members of an event may come in any order. */
static void runtime_done(void **state)
{
    (void)state;
    struct event event =
        only("[{\"record\":{\"spans\":[{\"durationMs\":10.5,\"name\":\"responseLatency\"},"
             "{\"name\":\"responseDuration\",\"durationMs\":0.5},"
             "{\"name\":\"runtimeOverhead\",\"durationMs\":2},{\"name\":\"else\"},7],"
             "\"metrics\":{\"durationMs\":13,\"producedBytes\":8},\"status\":\"success\","
             "\"requestId\":\"a\\u0062\",\"tracing\":{\"spanId\":\"54565fb41ac79632\","
             "\"type\":\"X\",\"value\":\"Root=1\"}},\"type\":\"platform.runtimeDone\","
             "\"time\":\"2026-01-01T00:00:00Z\"}]");
    assert_int_equal(event.type, EVENT_RUNTIME_DONE);
    assert_slice(event.request_id, "ab");
    assert_slice(event.tracing_value, "Root=1");
    assert_slice(event.tracing_span_id, "54565fb41ac79632");
    assert_true(event.response_latency_ns == 10500000 && event.response_duration_ns == 500000);
    assert_true(event.runtime_overhead_ns == 2000000 && event.duration_ns == 13000000);
    assert_true(event.produced_bytes == 8);
}

/* Every type of facts/lambda.md has its own enum value. */
static void types(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum event_type type;
    } rows[] = {
        {"platform.initStart", EVENT_INIT_START},
        {"platform.initRuntimeDone", EVENT_INIT_RUNTIME_DONE},
        {"platform.initReport", EVENT_INIT_REPORT},
        {"platform.start", EVENT_START},
        {"platform.runtimeDone", EVENT_RUNTIME_DONE},
        {"platform.report", EVENT_REPORT},
        {"platform.restoreStart", EVENT_RESTORE_START},
        {"platform.restoreRuntimeDone", EVENT_RESTORE_RUNTIME_DONE},
        {"platform.restoreReport", EVENT_RESTORE_REPORT},
        {"platform.extension", EVENT_EXTENSION},
        {"platform.telemetrySubscription", EVENT_SUBSCRIPTION},
        {"platform.logsDropped", EVENT_LOGS_DROPPED},
        {"function", EVENT_LINE_FUNCTION},
        {"extension", EVENT_LINE_EXTENSION},
        {"platform.tomorrow", EVENT_UNKNOWN},
        {"platform.end", EVENT_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[128];
        (void)snprintf(text, sizeof(text), "[{\"type\":\"%s\",\"record\":{}}]", rows[i].name);
        struct event event = only(text);
        assert_int_equal(event.type, rows[i].type);
        assert_true(event.time_ns == 0);
    }
}

/* A line is a text, or in the JSON format any value; neither is decoded here. */
static void lines(void **state)
{
    (void)state;
    struct event event = only("[{\"type\":\"function\",\"record\":\"a\\tb\\n\"}]");
    assert_true(event.text.escaped && event.object.size == 0);
    assert_slice(event.text.raw, "a\\tb\\n");
    event = only("[{\"type\":\"extension\",\"record\":{\"message\":\"m\"}}]");
    assert_slice(event.object, "{\"message\":\"m\"}");
    event = only("[{\"type\":\"function\",\"record\":17}]");
    assert_slice(event.object, "17");
    event = only("[{\"type\":\"function\"}]");
    assert_true(event.object.size == 0 && event.text.raw.size == 0);
}

/* What is no event is skipped and counted; a malformed delivery gives what stood before. */
static void damaged(void **state)
{
    (void)state;
    struct event_read reader;
    struct event event;
    begin(&reader, SLICE("[1,{},{\"type\":7},{\"type\":\"function\",\"record\":\"x\"}]"));
    assert_int_equal(event_read_next(&reader, &event), EVENT_GOT);
    assert_int_equal(event_read_next(&reader, &event), EVENT_END);
    assert_int_equal(reader.skipped, 3);
    assert_int_equal(event_read_next(&reader, &event), EVENT_END);

    begin(&reader, SLICE("[{\"type\":\"function\",\"record\":\"x\"},{\"type\":\"func"));
    assert_int_equal(event_read_next(&reader, &event), EVENT_GOT);
    assert_int_equal(event_read_next(&reader, &event), EVENT_BAD);
    assert_int_equal(event_read_next(&reader, &event), EVENT_BAD);

    begin(&reader, SLICE("{\"type\":\"function\"}"));
    assert_int_equal(event_read_next(&reader, &event), EVENT_BAD);
    begin(&reader, SLICE_EMPTY);
    assert_int_equal(event_read_next(&reader, &event), EVENT_BAD);
    begin(&reader, SLICE("[]"));
    assert_int_equal(event_read_next(&reader, &event), EVENT_END);
}

/* Values of the wrong type are as if they were not there; negative numbers are none. */
static void wrong_types(void **state)
{
    (void)state;
    struct event event =
        only("[{\"time\":5,\"type\":\"platform.report\",\"record\":{\"requestId\":[],"
             "\"status\":null,\"metrics\":{\"durationMs\":\"1\",\"billedDurationMs\":-3,"
             "\"memorySizeMB\":1e300},\"spans\":{},\"tracing\":3}}]");
    assert_int_equal(event.type, EVENT_REPORT);
    assert_true(event.time_ns == 0 && event.request_id.size == 0 && event.status.size == 0);
    assert_true(event.duration_ns == EVENT_NONE && event.billed_ms == EVENT_NONE);
    assert_true(event.memory_size_mb == EVENT_NONE);
    event = only("[{\"type\":\"platform.fault\",\"record\":\"Process exited\"}]");
    assert_int_equal(event.type, EVENT_UNKNOWN);
}

static unsigned read_all(struct slice delivery, enum event_answer *last)
{
    struct event_read reader;
    struct event event;
    unsigned count = 0;
    begin(&reader, delivery);
    while ((*last = event_read_next(&reader, &event)) == EVENT_GOT) {
        count++;
    }
    return count;
}

/* A delivery that was captured on the real platform. */
static void real_delivery(void **state)
{
    (void)state;
    enum event_answer last;
    struct slice content =
        file_read(DATA "aws-samples__aws-lambda-extensions/real_batch_2022-09-13.json");
    assert_int_equal(read_all(content, &last), 10);
    assert_int_equal(last, EVENT_END);
    file_free(content);
}

/* Read every "value" of a file of extracted events as a delivery of its own. */
static void read_literals(const char *path, unsigned wanted)
{
    struct slice content = file_read(path);
    struct slice rest = content;
    unsigned count = 0;
    size_t at;
    while ((at = slice_find(rest, SLICE("\"value\": "))) != SLICE_NONE) {
        struct json_read json;
        struct slice value;
        enum event_answer last;
        static char text[65536];
        struct buf buf;
        rest = slice_skip(rest, at + 9);
        json_read_init(&json, rest, 64);
        if (json_read_raw(&json, &value) != JSON_GOT || value.base[0] == 'n') {
            continue;
        }
        buf_init_fixed(&buf, text, sizeof(text));
        buf_append(&buf, value.base[0] == '[' ? SLICE_EMPTY : SLICE("["));
        buf_append(&buf, value);
        buf_append(&buf, value.base[0] == '[' ? SLICE_EMPTY : SLICE("]"));
        (void)read_all(buf_bytes(&buf), &last);
        assert_int_equal(last, EVENT_END);
        count++;
    }
    assert_true(count >= wanted);
    file_free(content);
}

/* What other extensions' tests hold is read without complaint. */
static void literals(void **state)
{
    (void)state;
    read_literals(DATA "elastic__apm-aws-lambda/extracted_platform_event_literals.json", 5);
    read_literals(DATA "serverless__dashboard/extracted_platform_event_literals.json", 3);
    read_literals(DATA "aws__aws-lambda-runtime-interface-emulator/"
                       "extracted_platform_event_literals.json",
                  2);
    read_literals(DATA "open-telemetry__opentelemetry-lambda/"
                       "extracted_platform_event_literals.json",
                  3);
    read_literals(DATA "open-telemetry__opentelemetry-lambda/"
                       "telemetryapireceiver_request_bodies_2024.json",
                  8);
}

static void visit(struct slice input, void *context)
{
    enum event_answer last;
    (void)context;
    assert_true(read_all(input, &last) <= input.size);
    assert_true(last == EVENT_END || last == EVENT_BAD);
}

/* Any prefix and any damage ends, and reads nothing outside. */
static void every(void **state)
{
    (void)state;
    every_damage(
        SLICE("[{\"time\":\"2026-01-01T00:00:00.1Z\",\"type\":\"platform.report\",\"record\":"
              "{\"requestId\":\"r\\u00e9\",\"metrics\":{\"durationMs\":1.5e0},\"spans\":[{"
              "\"name\":\"x\"}]}},{\"type\":\"function\",\"record\":{\"a\":[{}]}}]"),
        visit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report),        cmocka_unit_test(runtime_done),
        cmocka_unit_test(types),         cmocka_unit_test(lines),
        cmocka_unit_test(damaged),       cmocka_unit_test(wrong_types),
        cmocka_unit_test(real_delivery), cmocka_unit_test(literals),
        cmocka_unit_test(every),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
