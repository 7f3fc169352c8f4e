/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_decode.h"

#include "lib/batch_same.h"
#include "lib/cm.h"
#include "lib/decode_oracle.h"
#include "lib/file.h"
#include "lib/guard.h"
#include "proto/guard.h"
#include "proto/transcode.h"
#include "proto/wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_SIZE (UINT64_C(256) << 20)

static unsigned char *memory;
static unsigned char *memory_oracle;
static unsigned char protobuf[4u << 20];

static const enum schema_id roots[] = {
    [SIGNAL_TRACES] = SCHEMA_TRACES_REQUEST,
    [SIGNAL_LOGS] = SCHEMA_LOGS_REQUEST,
    [SIGNAL_METRICS] = SCHEMA_METRICS_REQUEST,
};

static bool ours(enum signal signal, struct slice body, struct arena *arena, struct batch *batch)
{
    arena_init(arena, memory, MEMORY_SIZE);
    return otlp_decode(signal, body, arena, batch);
}

static bool guarded(enum signal signal, struct slice body)
{
    const struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    return guard_check(body, roots[signal], &limits, &report) == GUARD_OK;
}

/* What is accepted is what the guard accepts, and means the same as by way of protobuf-c. */
static bool check_same(enum signal signal, struct slice body)
{
    struct arena arena;
    struct arena arena_oracle;
    struct batch one;
    struct batch other;
    bool read = ours(signal, body, &arena, &one);
    assert_int_equal(read, guarded(signal, body));
    if (!read) {
        return false;
    }
    arena_init(&arena_oracle, memory_oracle, MEMORY_SIZE);
    assert_true(decode_oracle(signal, body, &arena_oracle, &other));
    assert_null(batch_same(&one, &other));
    return true;
}

static struct slice make(enum signal signal, struct slice json)
{
    struct buf out;
    struct transcode_error error;
    buf_init_fixed(&out, protobuf, sizeof(protobuf));
    if (transcode_from_json(json, roots[signal], &out, &error) != STATUS_OK) {
        return SLICE_EMPTY;
    }
    return buf_bytes(&out);
}

static const char sample[] =
    "{\"resourceLogs\":[{\"resource\":{\"droppedAttributesCount\":3,\"attributes\":["
    "{\"key\":\"faas.name\",\"value\":{\"stringValue\":\"pay\"}},"
    "{\"key\":\"faas.instance\",\"value\":{\"stringValue\":\"i-1\"}},"
    "{\"key\":\"thaw.epoch\",\"value\":{\"intValue\":\"1795000000000000000\"}}]},"
    "\"scopeLogs\":[{\"scope\":{\"name\":\"thaw.agent\",\"version\":\"1\"},\"logRecords\":["
    "{\"timeUnixNano\":\"5\",\"observedTimeUnixNano\":\"18446744073709551615\","
    "\"severityNumber\":9,\"severityText\":\"INFO\",\"body\":{\"stringValue\":\"a\\u0000b\"},"
    "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
    "\"droppedAttributesCount\":1,\"flags\":1,\"attributes\":["
    "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"7\"}},"
    "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"8\"}},"
    "{\"key\":\"thaw.phase\",\"value\":{\"stringValue\":\"init\"}},"
    "{\"key\":\"faas.invocation_id\",\"value\":{\"stringValue\":\"x\"}},"
    "{\"key\":\"list\",\"value\":{\"arrayValue\":{\"values\":[{\"boolValue\":true},{},"
    "{\"kvlistValue\":{\"values\":[{\"key\":\"k\",\"value\":{\"doubleValue\":-1.5}},"
    "{\"key\":\"deep\",\"value\":{\"arrayValue\":{\"values\":[{\"arrayValue\":{}}]}}}]}},"
    "{\"bytesValue\":\"AAEC\"}]}}}]},"
    "{\"eventName\":\"x\",\"traceId\":\"00\",\"severityNumber\":77,\"body\":{\"kvlistValue\":{}}},"
    "{}]}]},"
    "{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"intValue\":\"-3\"}}]},"
    "{\"scope\":{\"name\":\"thaw.logs\"},\"logRecords\":[{}]},{}]},{}]}";

/* A scope of log streams that says whose its lines are: a line without attributes, one with others,
 * one that says otherwise, an event; and what a scope may not say. */
static const char sample_scope[] =
    "{\"resourceLogs\":[{\"scopeLogs\":[{\"scope\":{\"name\":\"thaw.logs\",\"attributes\":["
    "{\"key\":\"thaw.source\",\"value\":{\"stringValue\":\"function\"}},"
    "{\"key\":\"thaw.source\",\"value\":{\"stringValue\":\"second\"}},"
    "{\"key\":\"faas.name\",\"value\":{\"stringValue\":\"no\"}},"
    "{\"key\":\"thaw.phase\",\"value\":{\"arrayValue\":{\"values\":[{}]}}},"
    "{\"key\":\"faas.invocation_id\",\"value\":{\"stringValue\":\"scope\"}}]},\"logRecords\":["
    "{\"body\":{\"stringValue\":\"a\"},\"droppedAttributesCount\":2},"
    "{\"attributes\":[{\"key\":\"k\",\"value\":{\"arrayValue\":{\"values\":[{}]}}}]},"
    "{\"attributes\":[{\"key\":\"faas.invocation_id\",\"value\":{\"stringValue\":\"own\"}}]},"
    "{\"eventName\":\"faas.invocation\",\"attributes\":["
    "{\"key\":\"k\",\"value\":{\"intValue\":\"1\"}}]}]},"
    "{\"scope\":{\"name\":\"other\",\"attributes\":["
    "{\"key\":\"thaw.source\",\"value\":{\"stringValue\":\"function\"}}]},\"logRecords\":[{}]}]}]}";

static const char sample_spans[] =
    "{\"resourceSpans\":[{\"resource\":{\"attributes\":["
    "{\"key\":\"thaw.epoch\",\"value\":{\"intValue\":\"1795000000000000000\"}}]},"
    "\"scopeSpans\":[{\"scope\":{\"name\":\"thaw.agent\"},\"spans\":["
    "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
    "\"parentSpanId\":\"2112131415161718\",\"traceState\":\"a=b\",\"name\":\"GET /\",\"kind\":3,"
    "\"startTimeUnixNano\":\"5\",\"endTimeUnixNano\":\"18446744073709551615\",\"flags\":257,"
    "\"droppedAttributesCount\":2,\"attributes\":["
    "{\"key\":\"thaw.seq\",\"value\":{\"intValue\":\"7\"}},"
    "{\"key\":\"1\",\"value\":{\"arrayValue\":{\"values\":[{\"boolValue\":true}]}}},{\"key\":\"2\"}"
    ","
    "{\"key\":\"3\"},{\"key\":\"4\"},{\"key\":\"5\"},{\"key\":\"6\"},{\"key\":\"7\"},{\"key\":"
    "\"8\"},"
    "{\"key\":\"9\",\"value\":{\"doubleValue\":-1.5}}],"
    "\"events\":[{\"timeUnixNano\":\"9\",\"name\":\"exception\",\"droppedAttributesCount\":4,"
    "\"attributes\":[{\"key\":\"k\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"v\"}]}}}]},{"
    "}],"
    "\"links\":[{\"traceId\":\"\",\"spanId\":\"1112131415161718\"},"
    "{\"traceId\":\"0102030405060708090a0b0c0d0e0f11\",\"spanId\":\"1112131415161719\","
    "\"droppedAttributesCount\":1,\"attributes\":[{\"key\":\"l\"}]}],"
    "\"status\":{\"message\":\"no\",\"code\":2}},"
    "{\"traceId\":\"00000000000000000000000000000000\",\"spanId\":\"1112131415161718\"},"
    "{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161720\","
    "\"kind\":77,\"status\":{\"code\":9}}]}]},"
    "{\"scopeSpans\":[{\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f12\","
    "\"spanId\":\"1112131415161721\",\"attributes\":[{\"key\":\"1\"}]}]},{}]},{}]}";

/* What nobody reads is looked at all the same. */
static const char sample_rest[] =
    "{\"resourceSpans\":[{\"schemaUrl\":\"u\",\"resource\":{\"droppedAttributesCount\":3,"
    "\"entityRefs\":[{\"schemaUrl\":\"s\",\"type\":\"t\",\"idKeys\":[\"a\",\"b\"],"
    "\"descriptionKeys\":[\"c\"]}]},\"scopeSpans\":[{\"schemaUrl\":\"v\",\"scope\":{\"name\":\"x\","
    "\"version\":\"1\",\"droppedAttributesCount\":1,\"attributes\":[{\"key\":\"k\",\"value\":"
    "{\"kvlistValue\":{\"values\":[{\"key\":\"l\",\"value\":{\"arrayValue\":{\"values\":[{}]}}}]}}}"
    "]},"
    "\"spans\":[{\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
    "\"droppedEventsCount\":2,\"droppedLinksCount\":3,\"links\":[{\"traceState\":\"a=b\","
    "\"flags\":1}]}]}]}]}";

static const char sample_metrics[] =
    "{\"resourceMetrics\":[{\"resource\":{\"attributes\":["
    "{\"key\":\"thaw.epoch\",\"value\":{\"intValue\":\"5\"}}]},\"scopeMetrics\":["
    "{\"scope\":{\"name\":\"thaw.agent\"},\"metrics\":[{\"gauge\":{\"dataPoints\":[{}]}}]},"
    "{\"scope\":{\"name\":\"x\"},\"metrics\":[{\"name\":\"m\",\"gauge\":{\"dataPoints\":[{},{}]}},"
    "{\"sum\":{\"dataPoints\":[{\"asInt\":\"3\"}],\"aggregationTemporality\":2}},"
    "{\"histogram\":{\"dataPoints\":[{\"bucketCounts\":[\"1\"]}]}},{\"summary\":{}},"
    "{\"exponentialHistogram\":{\"dataPoints\":[{}]}},{}]}]}]}";

static const struct {
    enum signal signal;
    const char *json;
} samples[] = {
    {SIGNAL_LOGS, sample},        {SIGNAL_LOGS, sample_scope},      {SIGNAL_TRACES, sample_spans},
    {SIGNAL_TRACES, sample_rest}, {SIGNAL_METRICS, sample_metrics},
};
#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static void has_text(const struct log_line *line, struct slice key, const char *expected)
{
    struct slice text;
    assert_true(attrs_find_text(line->attrs, key, &text));
    assert_true(slice_equal(text, slice_from(expected)));
}

/* Lines have what their scope says, unless they say it themselves; events have not. */
static void test_scope(void **state)
{
    (void)state;
    struct slice body = make(SIGNAL_LOGS, slice_from(sample_scope));
    struct arena arena;
    struct batch batch;
    assert_true(body.size > 0);
    assert_true(ours(SIGNAL_LOGS, body, &arena, &batch));
    assert_int_equal(batch.log_count, 5);
    for (size_t i = 0; i < 3; i++) {
        has_text(&batch.logs[i], SLICE("thaw.source"), "function");
        has_text(&batch.logs[i], SLICE("faas.invocation_id"), i < 2 ? "scope" : "own");
    }
    assert_int_equal(batch.logs[0].attrs.count, 2);
    assert_int_equal(batch.logs[0].attrs.dropped, 2);
    assert_int_equal(batch.logs[1].attrs.count, 3);
    assert_int_equal(batch.logs[2].attrs.count, 2);
    assert_int_equal(batch.logs[3].attrs.count, 1);
    assert_int_equal(batch.logs[4].attrs.count, 0);
}

/* Everything that there is comes out the same. */
static void test_sample(void **state)
{
    struct arena arena;
    struct batch batch;
    (void)state;
    struct slice body = make(SIGNAL_LOGS, slice_from(sample));
    assert_true(check_same(SIGNAL_LOGS, body));
    assert_true(ours(SIGNAL_LOGS, body, &arena, &batch));
    assert_int_equal(batch.log_count, 5);
    assert_int_equal(batch.resource_count, 3);
    assert_int_equal(batch.logs[0].seq, 7);
    assert_true(batch.logs[4].scope->logs);

    body = make(SIGNAL_TRACES, slice_from(sample_spans));
    assert_true(check_same(SIGNAL_TRACES, body));
    assert_true(ours(SIGNAL_TRACES, body, &arena, &batch));
    assert_int_equal(batch.span_count, 3);
    assert_int_equal(batch.rejected, 1);
    assert_int_equal(batch.spans[0].seq, 7);
    assert_int_equal(batch.spans[0].attrs.count, 10);
    assert_int_equal(batch.spans[0].event_count, 2);
    assert_int_equal(batch.spans[0].link_count, 1);
    assert_int_equal(batch.spans[0].links[0].span_id.bytes[7], 0x19);
    assert_int_equal(batch.spans[0].status, SPAN_STATUS_ERROR);
    assert_int_equal(batch.spans[1].kind, SPAN_INTERNAL);

    body = make(SIGNAL_METRICS, slice_from(sample_metrics));
    assert_true(check_same(SIGNAL_METRICS, body));
    assert_true(ours(SIGNAL_METRICS, body, &arena, &batch));
    assert_int_equal(batch.point_count, 5);
    for (size_t i = 0; i < SAMPLES; i++) {
        assert_true(check_same(samples[i].signal, SLICE_EMPTY));
    }
}

/* No prefix of a body and no change of a byte is read beyond its end, and what is accepted means
 * the same. */
static void test_every(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        enum signal signal = samples[i].signal;
        struct slice body = make(signal, slice_from(samples[i].json));
        for (size_t size = 0; size <= body.size; size++) {
            struct guard_copy copy = guard_copy_create(slice_take(body, size));
            (void)check_same(signal, copy.bytes);
            guard_copy_free(&copy);
        }
        unsigned accepted = 0;
        unsigned char *bytes = malloc(body.size);
        assert_non_null(bytes);
        for (size_t at = 0; at < body.size; at++) {
            for (unsigned byte = 0; byte < 256; byte++) {
                memcpy(bytes, body.base, body.size);
                bytes[at] = (unsigned char)byte;
                accepted += check_same(signal, slice_of(bytes, body.size)) ? 1 : 0;
            }
        }
        free(bytes);
        assert_true(accepted > body.size);
    }
}

/* A list that nests to this depth, as the only attribute of an owner. */
static struct slice nested(unsigned levels, uint32_t owner)
{
    struct buf out;
    size_t opened[128];
    size_t count = 0;
    buf_init_fixed(&out, protobuf, sizeof(protobuf));
    opened[count++] = wire_write_open(&out, 1);
    opened[count++] = wire_write_open(&out, owner);
    if (owner == 2) {
        opened[count++] = wire_write_open(&out, 2);
        opened[count++] = wire_write_open(&out, 6);
    } else {
        opened[count++] = wire_write_open(&out, 1);
    }
    opened[count++] = wire_write_open(&out, 2);
    for (unsigned i = 0; i < levels; i++) {
        opened[count++] = wire_write_open(&out, 5);
        opened[count++] = wire_write_open(&out, 1);
    }
    while (count > 0) {
        wire_write_close(&out, opened[--count]);
    }
    return buf_bytes(&out);
}

/* What nests as deep as is allowed is taken, one level more is not: the guard says the same. */
static void test_depth(void **state)
{
    (void)state;
    for (uint32_t owner = 1; owner <= 2; owner++) {
        unsigned deepest = 0;
        for (unsigned levels = 0; levels < 55; levels++) {
            deepest = check_same(SIGNAL_LOGS, nested(levels, owner)) ? levels : deepest;
        }
        assert_in_range(deepest, 48, 50);
    }
}

/* A value that says several things says the last of them; the others are looked at, too. */
static void test_value_twice(void **state)
{
    static const struct {
        struct slice value;
        bool good;
    } cases[] = {
        {SLICE_INIT("\x2a\x04\x0a\x02\x10\x01\x32\x02\x0a\x00"), true},
        {SLICE_INIT("\x32\x02\x0a\x00\x2a\x04\x0a\x02\x10\x01"), true},
        {SLICE_INIT("\x2a\x04\x0a\x02\x10\x01\x0a\x01x"), true},
        {SLICE_INIT("\x0a\x01x\x2a\x04\x0a\x02\x10\x01"), true},
        {SLICE_INIT("\x2a\x00\x2a\x00"), false},
        {SLICE_INIT("\x32\x00\x32\x00"), false},
        {SLICE_INIT("\x2a\x04\x0a\x02\x15\x01\x0a\x01x"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out;
        buf_init_fixed(&out, protobuf, sizeof(protobuf));
        size_t block = wire_write_open(&out, 1);
        size_t scope = wire_write_open(&out, 2);
        size_t record = wire_write_open(&out, 2);
        wire_write_bytes(&out, 5, cases[i].value);
        wire_write_close(&out, record);
        wire_write_close(&out, scope);
        wire_write_close(&out, block);
        assert_int_equal(check_same(SIGNAL_LOGS, buf_bytes(&out)), cases[i].good);
    }
}

/* Tags, numbers and sizes that are longer than they need to be, up to what 32 and 64 bits take. */
static void test_long_forms(void **state)
{
    static const struct {
        struct slice body;
        bool good;
    } cases[] = {
        {SLICE_INIT("\x8a\x80\x80\x80\x00\x00"), true},
        {SLICE_INIT("\x8a\x80\x80\x80\x80\x00\x00"), false},
        {SLICE_INIT("\x0a\x80\x80\x80\x80\x00"), true},
        {SLICE_INIT("\x0a\x80\x80\x80\x80\x80\x00"), false},
        {SLICE_INIT("\xf8\xff\xff\xff\x0f\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), true},
        {SLICE_INIT("\xf8\xff\xff\xff\x0f\x80\x80\x80\x80\x80\x80\x80\x80\x80\x02"), false},
        {SLICE_INIT("\xf8\xff\xff\xff\x1f\x00"), false},
        {SLICE_INIT("\x0b"), false},
        {SLICE_INIT("\x08\x00"), false},
        {SLICE_INIT("\x00\x00"), false},
        {SLICE_INIT("\x07"), false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(check_same(SIGNAL_TRACES, cases[i].body), cases[i].good);
        assert_int_equal(check_same(SIGNAL_LOGS, cases[i].body), cases[i].good);
    }
}

/* Real bodies, each as whatever signal it may be. */
/* A request of one line, one of whose attributes has this value, as bytes. */
static struct slice with_value(const unsigned char *value, size_t size, unsigned char *out)
{
    unsigned char text[64] = {0x0a, 1, 'k', 0x12, (unsigned char)size};
    static const unsigned char around[] = {0x32, 0x12, 0x12, 0x0a};
    memcpy(text + 5, value, size);
    size += 5;
    for (size_t i = 0; i < sizeof(around); i++) {
        memmove(text + 2, text, size);
        text[0] = around[i];
        text[1] = (unsigned char)size;
        size += 2;
    }
    memcpy(out, text, size);
    return slice_of(out, size);
}

/* Short values of each form: of numbers of any length, of what is longer or shorter than it says,
 * and of what comes behind. */
static void test_short_values(void **state)
{
    static const unsigned char bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
    unsigned char value[16];
    unsigned char body[64];
    size_t good = 0;
    (void)state;
    for (unsigned tag = 0; tag < 0x48; tag++) {
        for (size_t size = 0; size <= 12; size++) {
            for (unsigned of = 0; of < 25; of++) {
                memset(value, bytes[of % 5], sizeof(value));
                value[0] = (unsigned char)tag;
                if (size > 1) {
                    value[size - 1] = bytes[of / 5];
                    value[1] = tag % 8 == 2 && of % 2 == 0 ? (unsigned char)(size - 2) : value[1];
                }
                good += check_same(SIGNAL_LOGS, with_value(value, size, body)) ? 1 : 0;
            }
        }
    }
    assert_true(good > 1000);
}

static void visit(const char *name, struct slice content, void *context)
{
    unsigned *count = context;
    (void)name;
    for (size_t i = 0; i < SAMPLES; i++) {
        enum signal signal = samples[i].signal;
        struct slice body = make(signal, content);
        if (body.size > 0) {
            *count += check_same(signal, body) ? 1 : 0;
        }
        (void)check_same(signal, content);
    }
}

static void test_real(void **state)
{
    unsigned count = 0;
    (void)state;
    (void)file_each("../shared/data/otlp/open-telemetry__opentelemetry-proto/examples", visit,
                    &count);
    (void)file_each("../shared/data/otlp/generated__exporters-otel-js-0.208.0", visit, &count);
    assert_true(count > 0);
}

/* Without room it says so. */
static void test_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLES; i++) {
        struct arena arena;
        struct batch batch;
        struct slice body = make(samples[i].signal, slice_from(samples[i].json));
        size_t size = 0;
        bool read = false;
        while (!read) {
            size += ARENA_ALIGN;
            arena_init(&arena, memory, size);
            read = otlp_decode(samples[i].signal, body, &arena, &batch);
            assert_int_equal(read, !arena_overflowed(&arena));
        }
        assert_true(batch.log_count + batch.span_count + batch.point_count > 0);
    }
}

static unsigned char *map_memory(void)
{
    void *made = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return made == MAP_FAILED ? NULL : made;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample),       cmocka_unit_test(test_scope),
        cmocka_unit_test(test_every),        cmocka_unit_test(test_real),
        cmocka_unit_test(test_room),         cmocka_unit_test(test_depth),
        cmocka_unit_test(test_value_twice),  cmocka_unit_test(test_long_forms),
        cmocka_unit_test(test_short_values),
    };
    memory = map_memory();
    memory_oracle = map_memory();
    return memory == NULL || memory_oracle == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
