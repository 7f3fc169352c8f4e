/* SPDX-License-Identifier: Apache-2.0 */
/* Records as OTLP/JSON are the same records when they are read again. */
#include "api/otlp_json.h"

#include "ingest/otlp_decode.h"
#include "lib/batch_same.h"
#include "lib/cm.h"
#include "lib/file.h"
#include "proto/transcode.h"

#define MEMORY_SIZE ((size_t)32 << 20)

static unsigned char memory[2][MEMORY_SIZE];
static struct buf text, body;

static int setup(void **state)
{
    (void)state;
    buf_init_growing(&text, MEMORY_SIZE);
    buf_init_growing(&body, MEMORY_SIZE);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_fini(&text);
    buf_fini(&body);
    return 0;
}

static void write_batch(const struct batch *batch)
{
    struct otlp_json json;
    buf_reset(&text);
    otlp_json_begin(&json, &text, batch->signal);
    for (size_t i = 0; i < batch->span_count; i++) {
        otlp_json_span(&json, &batch->spans[i]);
    }
    for (size_t i = 0; i < batch->log_count; i++) {
        otlp_json_line(&json, &batch->logs[i]);
    }
    otlp_json_end(&json);
    assert_false(buf_overflowed(&text));
    assert_int_equal(json.records, batch->span_count + batch->log_count);
}

/* JSON as records, in one of two memories. */
static void read_json(struct slice json, enum signal signal, unsigned which, struct batch *batch)
{
    struct transcode_error error;
    struct arena arena;
    static struct buf bodies[2];
    if (bodies[which].capacity_max == 0) {
        buf_init_growing(&bodies[which], MEMORY_SIZE);
    }
    buf_reset(&bodies[which]);
    enum schema_id root = signal == SIGNAL_TRACES ? SCHEMA_TRACES_REQUEST : SCHEMA_LOGS_REQUEST;
    if (transcode_from_json(json, root, &bodies[which], &error) != STATUS_OK) {
        fail_msg("at %zu: %s", error.at, error.reason);
    }
    arena_init(&arena, memory[which], MEMORY_SIZE);
    assert_true(otlp_decode(signal, buf_bytes(&bodies[which]), &arena, batch));
}

static void round_trip(struct slice json, enum signal signal)
{
    struct batch first;
    struct batch again;
    read_json(json, signal, 0, &first);
    write_batch(&first);
    assert_true(slice_ends(buf_bytes(&text), SLICE("\n")));
    assert_int_equal(slice_find_byte(buf_bytes(&text), '\n'), text.size - 1); /* One line. */
    read_json(buf_bytes(&text), signal, 1, &again);
    const char *difference = batch_same(&first, &again);
    if (difference != NULL) {
        fail_msg("%s: %s", difference, (const char *)json.base);
    }
}

/* What exporters send. */
static void bodies_of_others(void **state)
{
    static const struct {
        const char *path;
        enum signal signal;
    } files[] = {
        {"../shared/data/otlp/generated__exporters-otel-js-0.208.0/03_v1_traces_json_identity.json",
         SIGNAL_TRACES},
        {"../shared/data/otlp/generated__exporters-otel-js-0.208.0/06_v1_logs_json_identity.json",
         SIGNAL_LOGS},
        {"../shared/data/otlp/open-telemetry__opentelemetry-proto/examples/trace.json",
         SIGNAL_TRACES},
        {"../shared/data/otlp/open-telemetry__opentelemetry-proto/examples/logs.json", SIGNAL_LOGS},
        {"../shared/data/otlp/open-telemetry__opentelemetry-proto/examples/events.json",
         SIGNAL_LOGS},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        struct slice json = file_read(files[i].path);
        round_trip(json, files[i].signal);
        file_free(json);
    }
}

/* Every kind of value, inside of each other; every field. */
static void all_fields(void **state)
{
    (void)state;
    round_trip(
        SLICE("{\"resourceSpans\":[{\"resource\":{\"attributes\":["
              "{\"key\":\"a\",\"value\":{\"stringValue\":\"\\u0000\\\"\\\\\\n\\u2603\"}},"
              "{\"key\":\"b\",\"value\":{\"boolValue\":false}},"
              "{\"key\":\"c\",\"value\":{\"intValue\":\"-9223372036854775808\"}},"
              "{\"key\":\"d\",\"value\":{\"doubleValue\":0.1}},"
              "{\"key\":\"e\",\"value\":{\"doubleValue\":\"-Infinity\"}},"
              "{\"key\":\"f\",\"value\":{\"bytesValue\":\"AP/+\"}},"
              "{\"key\":\"g\",\"value\":{}},"
              "{\"key\":\"h\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":\"1\"},"
              "{\"arrayValue\":{\"values\":[]}},{\"kvlistValue\":{\"values\":[{\"key\":\"x\","
              "\"value\":{\"arrayValue\":{\"values\":[{\"boolValue\":true}]}}},{\"key\":\"y\","
              "\"value\":{\"stringValue\":\"\"}}]}},{\"kvlistValue\":{\"values\":[]}}]}}}]},"
              "\"scopeSpans\":[{\"scope\":{\"name\":\"n\",\"version\":\"v\"},\"spans\":[{"
              "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0102030405060708\","
              "\"parentSpanId\":\"1102030405060708\",\"traceState\":\"k=v\",\"name\":\"s\","
              "\"kind\":3,\"flags\":257,\"startTimeUnixNano\":\"1795000000000000001\","
              "\"endTimeUnixNano\":\"1795000000000000002\",\"droppedAttributesCount\":4,"
              "\"events\":[{\"timeUnixNano\":\"5\",\"name\":\"e\",\"attributes\":[{\"key\":\"k\","
              "\"value\":{\"intValue\":\"7\"}}]},{}],"
              "\"links\":[{\"traceId\":\"2102030405060708090a0b0c0d0e0f10\",\"spanId\":"
              "\"2102030405060708\",\"attributes\":[{\"key\":\"l\",\"value\":{\"intValue\":"
              "\"8\"}}]}],\"status\":{\"code\":2,\"message\":\"m\"}},"
              "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0202030405060708\"}"
              "]},{\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":"
              "\"0302030405060708\",\"name\":\"other scope\"}]}]},{\"scopeSpans\":[{\"spans\":[{"
              "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0402030405060708\","
              "\"name\":\"other resource\"}]}]}]}"),
        SIGNAL_TRACES);
    round_trip(
        SLICE("{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"timeUnixNano\":\"1\","
              "\"observedTimeUnixNano\":\"2\",\"severityNumber\":17,\"severityText\":\"ERROR\","
              "\"body\":{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"bytesValue\":"
              "\"/w==\"}}]}},\"attributes\":[{\"key\":\"k\",\"value\":{\"stringValue\":\"v\"}}],"
              "\"droppedAttributesCount\":1,\"traceId\":\"0102030405060708090a0b0c0d0e0f10\","
              "\"spanId\":\"0102030405060708\",\"eventName\":\"device.app.lifecycle\"},{},"
              "{\"body\":{\"doubleValue\":\"NaN\"}},{\"body\":{\"stringValue\":\"\"}}]}]}]}"),
        SIGNAL_LOGS);
}

/* Of nothing there is no line. */
static void nothing(void **state)
{
    const struct batch batch = {.signal = SIGNAL_LOGS};
    (void)state;
    write_batch(&batch);
    assert_int_equal(text.size, 0);
}

/* The number of an agent's block stands beside its records, so that these may come in pieces. */
static void numbered(void **state)
{
    struct batch first;
    struct batch again;
    (void)state;
    read_json(SLICE("{\"resourceSpans\":[{\"resource\":{\"attributes\":["
                    "{\"key\":\"faas.instance\",\"value\":{\"stringValue\":\"i\"}},"
                    "{\"key\":\"thaw.epoch\",\"value\":{\"intValue\":\"3\"}},"
                    "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"9\"}}]},"
                    "\"scopeSpans\":[{\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\","
                    "\"spanId\":\"0102030405060708\",\"name\":\"n\"}]}]}]}"),
              SIGNAL_TRACES, 0, &first);
    assert_int_equal(first.resources[0].seq, 9);
    write_batch(&first);
    read_json(buf_bytes(&text), SIGNAL_TRACES, 1, &again);
    assert_int_equal(again.span_count, 1);
    assert_int_equal(again.spans[0].resource->seq, 0);
    assert_int_equal(again.spans[0].resource->epoch, 3);
    assert_int_equal(again.resource_count, 2);
    assert_int_equal(again.resources[0].seq + again.resources[1].seq, 9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(bodies_of_others),
        TEST(all_fields),
        TEST(nothing),
        TEST(numbered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
