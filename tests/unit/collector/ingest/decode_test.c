/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_decode.h"

#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"
#include "proto/transcode.h"

#include <stdlib.h>
#include <string.h>

#define MEMORY_SIZE (64u << 20)

static unsigned char *memory;
static struct arena arena;
static unsigned char protobuf[1u << 20];

/* JSON to protobuf, as ingest does it. */
static struct slice make(const char *json, enum schema_id root)
{
    struct buf out;
    struct transcode_error error;
    buf_init_fixed(&out, protobuf, sizeof(protobuf));
    assert_int_equal(transcode_from_json(slice_from(json), root, &out, &error), STATUS_OK);
    return buf_bytes(&out);
}

static bool decode(enum signal signal, struct slice body, struct batch *batch)
{
    arena_init(&arena, memory, MEMORY_SIZE);
    return otlp_decode(signal, body, &arena, batch);
}

#define RESOURCE                                                                                   \
    "\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"shop\"}" \
    "},"                                                                                           \
    "{\"key\":\"cloud.region\",\"value\":{\"stringValue\":\"us-east-1\"}},"                        \
    "{\"key\":\"faas.name\",\"value\":{\"stringValue\":\"pay\"}},"                                 \
    "{\"key\":\"faas.instance\",\"value\":{\"stringValue\":\"i-1\"}},"                             \
    "{\"key\":\"thaw.epoch\",\"value\":{\"intValue\":\"1795000000000000000\"}},"                   \
    "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"7\"}}]}"

/* A span comes out with everything that was in it. */
static void test_span(void **state)
{
    struct batch batch;
    (void)state;
    struct slice body = make(
        "{\"resourceSpans\":[{" RESOURCE ",\"scopeSpans\":[{\"scope\":{\"name\":\"thaw.agent\"},"
        "\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":"
        "\"1112131415161718\","
        "\"parentSpanId\":\"2122232425262728\",\"name\":\"pay\",\"kind\":2,\"flags\":1,"
        "\"startTimeUnixNano\":\"1795000000000000001\",\"endTimeUnixNano\":\"1795000000000000002\","
        "\"status\":{\"code\":2,\"message\":\"no\"},"
        "\"attributes\":[{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"9\"}},"
        "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"boolValue\":true},"
        "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"doubleValue\":1.5}}]}}]}}}],"
        "\"events\":[{\"timeUnixNano\":\"5\",\"name\":\"e\"}],"
        "\"links\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f11\",\"spanId\":"
        "\"3132333435363738\"},"
        "{\"traceId\":\"00\",\"spanId\":\"3132333435363738\"}]}]}]}]}",
        SCHEMA_TRACES_REQUEST);
    assert_true(decode(SIGNAL_TRACES, body, &batch));
    assert_int_equal(batch.span_count, 1);
    assert_int_equal(batch.rejected, 0);
    const struct span *span = &batch.spans[0];
    assert_slice(span->resource->service, "shop");
    assert_slice(span->resource->region, "us-east-1");
    assert_slice(span->resource->function, "pay");
    assert_slice(span->resource->instance, "i-1");
    assert_int_equal(span->resource->epoch, 1795000000000000000);
    assert_int_equal(span->resource->seq, 7);
    assert_true(span->scope->agent);
    assert_int_equal(span->seq, 9);
    assert_int_equal(span->trace_id.bytes[15], 0x10);
    assert_int_equal(span->span_id.bytes[0], 0x11);
    assert_int_equal(span->parent_span_id.bytes[7], 0x28);
    assert_slice(span->name, "pay");
    assert_int_equal(span->kind, SPAN_SERVER);
    assert_int_equal(span->start_ns, 1795000000000000001);
    assert_int_equal(span->end_ns, 1795000000000000002);
    assert_int_equal(span->status, SPAN_STATUS_ERROR);
    assert_slice(span->status_message, "no");
    assert_int_equal(span->event_count, 1);
    assert_slice(span->events[0].name, "e");
    assert_int_equal(span->link_count, 1);
    const struct value *list = attrs_find(span->attrs, SLICE("list"));
    assert_non_null(list);
    assert_int_equal(list->kind, VALUE_ARRAY);
    assert_int_equal(list->array.count, 2);
    assert_true(list->array.items[0].boolean);
    assert_int_equal(list->array.items[1].kind, VALUE_MAP);
    assert_slice(list->array.items[1].map.items[0].key, "k");
    assert_true(list->array.items[1].map.items[0].value.number > 1.4);
}

/* A span without valid ids is left out and counted; the others stay. */
static void test_rejected(void **state)
{
    struct batch batch;
    (void)state;
    struct slice body =
        make("{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":["
             "{\"traceId\":\"\",\"spanId\":\"1112131415161718\",\"name\":\"a\"},"
             "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"0000000000000000\"},"
             "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
             "\"parentSpanId\":\"11\",\"name\":\"b\",\"kind\":99},"
             "{\"traceId\":\"01020304\",\"spanId\":\"1112131415161718\"}]}]}]}",
             SCHEMA_TRACES_REQUEST);
    assert_true(decode(SIGNAL_TRACES, body, &batch));
    assert_int_equal(batch.span_count, 1);
    assert_int_equal(batch.rejected, 3);
    assert_true(batch.rejected_reason.size > 0);
    assert_slice(batch.spans[0].name, "b");
    assert_int_equal(batch.spans[0].kind, SPAN_INTERNAL);
    assert_int_equal(batch.spans[0].parent_span_id.bytes[0], 0);
    assert_false(batch.spans[0].scope->agent);
}

/* A log line with wrong ids is kept without them. */
static void test_log(void **state)
{
    struct batch batch;
    (void)state;
    struct slice body =
        make("{\"resourceLogs\":[{" RESOURCE ",\"scopeLogs\":[{\"logRecords\":["
             "{\"timeUnixNano\":\"5\",\"observedTimeUnixNano\":\"6\",\"severityNumber\":9,"
             "\"severityText\":\"INFO\",\"body\":{\"stringValue\":\"a\\u0000b\"},"
             "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
             "\"eventName\":\"x\"},"
             "{\"traceId\":\"01\",\"severityNumber\":77}]}]}]}",
             SCHEMA_LOGS_REQUEST);
    assert_true(decode(SIGNAL_LOGS, body, &batch));
    assert_int_equal(batch.log_count, 2);
    assert_int_equal(batch.logs[0].body.text.size, 3);
    assert_slice(batch.logs[0].event_name, "x");
    assert_true(batch.logs[0].has_trace);
    assert_int_equal(batch.logs[0].severity, 9);
    assert_int_equal(batch.logs[0].seq, 0);
    assert_false(batch.logs[1].has_trace);
    assert_int_equal(batch.logs[1].severity, 0);
}

/* Of the attributes that say whose an agent's line is, the agent's own stand first and count; what
 * a function's JSON line says later in the same words does not. */
static void test_line_identity(void **state)
{
    struct batch batch;
    (void)state;
    struct slice body =
        make("{\"resourceLogs\":[{" RESOURCE ",\"scopeLogs\":[{\"scope\":{\"name\":\"thaw.agent\"},"
             "\"logRecords\":[{\"attributes\":["
             "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"3\"}},"
             "{\"key\":\"faas.invocation_id\",\"value\":{\"stringValue\":\"mine\"}},"
             "{\"key\":\"thaw.attempt\",\"value\":{\"intValue\":\"1\"}},"
             "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"1\"}},"
             "{\"key\":\"faas.invocation_id\",\"value\":{\"stringValue\":\"theirs\"}},"
             "{\"key\":\"thaw.phase\",\"value\":{\"stringValue\":\"init\"}},"
             "{\"key\":\"x\",\"value\":{\"intValue\":\"5\"}}]},"
             "{\"attributes\":["
             "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"4\"}},"
             "{\"key\":\"thaw.phase\",\"value\":{\"stringValue\":\"idle\"}},"
             "{\"key\":\"faas.invocation_id\",\"value\":{\"stringValue\":\"theirs\"}}]}]}]}]}",
             SCHEMA_LOGS_REQUEST);
    assert_true(decode(SIGNAL_LOGS, body, &batch));
    assert_int_equal(batch.log_count, 2);
    struct slice text;
    int64_t number;
    assert_int_equal(batch.logs[0].seq, 3);
    assert_true(attrs_find_text(batch.logs[0].attrs, SLICE("faas.invocation_id"), &text));
    assert_slice(text, "mine");
    assert_null(attrs_find(batch.logs[0].attrs, SLICE("thaw.phase")));
    assert_true(attrs_find_int(batch.logs[0].attrs, SLICE("x"), &number));
    assert_int_equal(batch.logs[1].seq, 4);
    assert_true(attrs_find_text(batch.logs[1].attrs, SLICE("thaw.phase"), &text));
    assert_slice(text, "idle");
    assert_null(attrs_find(batch.logs[1].attrs, SLICE("faas.invocation_id")));
}

/* Points are counted, those of the agent's own metrics are not. */
static void test_points(void **state)
{
    struct batch batch;
    (void)state;
#define POINTS                                                                                     \
    "\"metrics\":[{\"name\":\"m\",\"sum\":{\"dataPoints\":[{\"asInt\":\"1\"},{\"asInt\":\"2\"}]}}" \
    "]"
    struct slice body = make("{\"resourceMetrics\":[{" RESOURCE ",\"scopeMetrics\":["
                             "{\"scope\":{\"name\":\"thaw.agent\"}," POINTS "},"
                             "{\"scope\":{\"name\":\"mine\"}," POINTS "}]}]}",
                             SCHEMA_METRICS_REQUEST);
    assert_true(decode(SIGNAL_METRICS, body, &batch));
    assert_int_equal(batch.point_count, 2);
}

/* A numbered block without a record in it is worth keeping for its number; an agent's metrics of
 * itself are not. */
static void test_empty_blocks(void **state)
{
    struct batch batch;
    (void)state;
    assert_true(decode(SIGNAL_METRICS,
                       make("{\"resourceMetrics\":[{" RESOURCE "}]}", SCHEMA_METRICS_REQUEST),
                       &batch));
    assert_int_equal(batch.point_count, 0);
    assert_false(record_batch_empty(&batch));
    assert_true(decode(SIGNAL_TRACES,
                       make("{\"resourceSpans\":[{},{" RESOURCE "}]}", SCHEMA_TRACES_REQUEST),
                       &batch));
    assert_false(record_batch_empty(&batch));
    assert_true(decode(SIGNAL_METRICS,
                       make("{\"resourceMetrics\":[{\"resource\":{\"attributes\":["
                            "{\"key\":\"thaw.epoch\",\"value\":{\"intValue\":\"5\"}}]},"
                            "\"scopeMetrics\":[{\"scope\":{\"name\":\"thaw.agent\"},\"metrics\":[{"
                            "\"name\":\"m\",\"gauge\":{\"dataPoints\":[{\"asInt\":\"1\"}]}}]}]}]}",
                            SCHEMA_METRICS_REQUEST),
                       &batch));
    assert_true(record_batch_empty(&batch));
}

/* An empty request has nothing in it and is none the worse for it. */
static void test_empty(void **state)
{
    (void)state;
    for (int signal = SIGNAL_TRACES; signal <= SIGNAL_METRICS; signal++) {
        struct batch batch;
        assert_true(decode((enum signal)signal, SLICE_EMPTY, &batch));
        assert_int_equal(batch.span_count + batch.log_count + batch.point_count, 0);
        assert_int_equal(batch.resource_count, 0);
    }
}

/* In whatever arena it runs out, it says so and nothing else happens. */
static void test_small_arena(void **state)
{
    (void)state;
    struct slice body = file_read("../shared/data/otlp/generated__exporters-otel-js-0.208.0/"
                                  "01_v1_traces_protobuf_identity.pb");
    bool fits = false;
    for (size_t room = 16; !fits; room += room / 8 + 16) {
        struct batch batch;
        arena_init(&arena, memory, room);
        fits = otlp_decode(SIGNAL_TRACES, body, &arena, &batch);
        assert_int_equal(fits, !arena_overflowed(&arena));
        assert_true(room < MEMORY_SIZE / 2);
    }
    file_free(body);
}

static void visit(struct slice input, void *context)
{
    struct batch batch;
    (void)context;
    (void)!decode(SIGNAL_TRACES, input, &batch);
}

/* No prefix and no change of a byte makes it read or write outside. */
static void test_damage(void **state)
{
    (void)state;
    struct slice body = make(
        "{\"resourceSpans\":[{" RESOURCE ",\"scopeSpans\":[{\"scope\":{\"name\":\"s\"},\"spans\":["
        "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
        "\"attributes\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":[{\"intValue\":1}]}}}"
        "]}"
        "]}]}]}",
        SCHEMA_TRACES_REQUEST);
    every_damage(body, visit, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_span),          cmocka_unit_test(test_rejected),
        cmocka_unit_test(test_log),           cmocka_unit_test(test_points),
        cmocka_unit_test(test_line_identity), cmocka_unit_test(test_empty),
        cmocka_unit_test(test_empty_blocks),  cmocka_unit_test(test_small_arena),
        cmocka_unit_test(test_damage),
    };
    memory = malloc(MEMORY_SIZE);
    int failed = memory == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    free(memory);
    return failed;
}
