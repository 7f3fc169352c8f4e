/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_logs.h"

#include "logs_oracle.h"

#include "lib/cm.h"
#include "lib/file.h"
#include "lib/guard.h"
#include "proto/guard.h"
#include "proto/transcode.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MEMORY_SIZE (UINT64_C(256) << 20)

static unsigned char *memory;
static unsigned char *memory_oracle;
static unsigned char protobuf[4u << 20];

static bool ours(struct slice body, struct arena *arena, struct batch *batch)
{
    arena_init(arena, memory, MEMORY_SIZE);
    *batch = (struct batch){.signal = SIGNAL_LOGS};
    return otlp_logs_decode(body, arena, batch);
}

static void same_slice(struct slice one, struct slice other)
{
    assert_true(slice_equal(one, other));
}

static void same_attrs(struct attrs one, struct attrs other);

/* Values nest to a few levels in tests. */
static void same_value(const struct value *one, const struct value *other)
{
    assert_int_equal(one->kind, other->kind);
    switch (one->kind) {
    case VALUE_EMPTY:
        break;
    case VALUE_STRING:
    case VALUE_BYTES:
        same_slice(one->text, other->text);
        break;
    case VALUE_BOOL:
        assert_int_equal(one->boolean, other->boolean);
        break;
    case VALUE_INT:
        assert_true(one->integer == other->integer);
        break;
    case VALUE_DOUBLE:
        assert_memory_equal(&one->number, &other->number, sizeof(one->number));
        break;
    case VALUE_ARRAY:
        assert_int_equal(one->array.count, other->array.count);
        for (size_t i = 0; i < one->array.count; i++) {
            same_value(&one->array.items[i], &other->array.items[i]);
        }
        break;
    case VALUE_MAP:
        same_attrs((struct attrs){one->map.items, one->map.count, 0},
                   (struct attrs){other->map.items, other->map.count, 0});
        break;
    }
}

static void same_attrs(struct attrs one, struct attrs other)
{
    assert_int_equal(one.count, other.count);
    assert_int_equal(one.dropped, other.dropped);
    for (size_t i = 0; i < one.count; i++) {
        same_slice(one.items[i].key, other.items[i].key);
        same_value(&one.items[i].value, &other.items[i].value);
    }
}

static void same_resource(const struct resource *one, const struct resource *other)
{
    same_attrs(one->attrs, other->attrs);
    same_slice(one->service, other->service);
    same_slice(one->account, other->account);
    same_slice(one->region, other->region);
    same_slice(one->function, other->function);
    same_slice(one->version, other->version);
    same_slice(one->instance, other->instance);
    assert_true(one->epoch == other->epoch && one->seq == other->seq);
}

static void same_line(const struct log_line *one, const struct log_line *other)
{
    same_slice(one->scope->name, other->scope->name);
    same_slice(one->scope->version, other->scope->version);
    assert_int_equal(one->scope->agent, other->scope->agent);
    assert_int_equal(one->scope->logs, other->scope->logs);
    assert_true(one->time_ns == other->time_ns && one->observed_ns == other->observed_ns);
    assert_int_equal(one->severity, other->severity);
    same_slice(one->severity_text, other->severity_text);
    same_value(&one->body, &other->body);
    same_slice(one->event_name, other->event_name);
    assert_int_equal(one->has_trace, other->has_trace);
    assert_memory_equal(&one->trace_id, &other->trace_id, sizeof(one->trace_id));
    assert_memory_equal(&one->span_id, &other->span_id, sizeof(one->span_id));
    assert_true(one->seq == other->seq);
    same_attrs(one->attrs, other->attrs);
}

static bool guarded(struct slice body)
{
    const struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    return guard_check(body, SCHEMA_LOGS_REQUEST, &limits, &report) == GUARD_OK;
}

/* What the guard accepts means the same as by way of protobuf-c. */
static bool check_same(struct slice body)
{
    struct arena arena;
    struct arena arena_oracle;
    struct batch one;
    struct batch other;
    bool read = ours(body, &arena, &one);
    if (!guarded(body)) {
        return false;
    }
    assert_true(read);
    arena_init(&arena_oracle, memory_oracle, MEMORY_SIZE);
    assert_true(logs_oracle(body, &arena_oracle, &other));
    assert_int_equal(one.resource_count, other.resource_count);
    for (size_t i = 0; i < one.resource_count; i++) {
        same_resource(&one.resources[i], &other.resources[i]);
    }
    assert_int_equal(one.log_count, other.log_count);
    for (size_t i = 0; i < one.log_count; i++) {
        assert_int_equal(one.logs[i].resource - one.resources,
                         other.logs[i].resource - other.resources);
        same_line(&one.logs[i], &other.logs[i]);
    }
    assert_int_equal(one.rejected, other.rejected);
    return true;
}

static struct slice make(struct slice json)
{
    struct buf out;
    struct transcode_error error;
    buf_init_fixed(&out, protobuf, sizeof(protobuf));
    if (transcode_from_json(json, SCHEMA_LOGS_REQUEST, &out, &error) != STATUS_OK) {
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

/* Everything that there is comes out the same. */
static void test_sample(void **state)
{
    (void)state;
    struct slice body = make(slice_from(sample));
    assert_true(body.size > 0);
    assert_true(check_same(body));
    struct arena arena;
    struct batch batch;
    assert_true(ours(body, &arena, &batch));
    assert_int_equal(batch.log_count, 5);
    assert_int_equal(batch.resource_count, 3);
    assert_int_equal(batch.logs[0].seq, 7);
    assert_true(batch.logs[4].scope->logs);
    assert_true(check_same(SLICE_EMPTY));
}

/* No prefix of a body and no change of a byte is read beyond its end, and what is accepted means
 * the same. */
static void test_every(void **state)
{
    (void)state;
    struct slice body = make(slice_from(sample));
    for (size_t size = 0; size <= body.size; size++) {
        struct guard_copy copy = guard_copy_create(slice_take(body, size));
        (void)check_same(copy.bytes);
        guard_copy_free(&copy);
    }
    unsigned accepted = 0;
    unsigned char *bytes = malloc(body.size);
    assert_non_null(bytes);
    for (size_t at = 0; at < body.size; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            memcpy(bytes, body.base, body.size);
            bytes[at] = (unsigned char)byte;
            accepted += check_same(slice_of(bytes, body.size)) ? 1 : 0;
        }
    }
    free(bytes);
    assert_true(accepted > body.size);
}

/* Real bodies. */
static void visit(const char *name, struct slice content, void *context)
{
    unsigned *count = context;
    (void)name;
    struct slice body = make(content);
    if (body.size > 0) {
        *count += check_same(body) ? 1 : 0;
    }
    (void)check_same(content);
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
    struct arena arena;
    struct batch batch;
    (void)state;
    struct slice body = make(slice_from(sample));
    size_t size = 0;
    bool read = false;
    while (!read) {
        size += ARENA_ALIGN;
        arena_init(&arena, memory, size);
        batch = (struct batch){.signal = SIGNAL_LOGS};
        read = otlp_logs_decode(body, &arena, &batch);
        assert_int_equal(read, !arena_overflowed(&arena));
    }
    assert_int_equal(batch.log_count, 5);
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
        cmocka_unit_test(test_sample),
        cmocka_unit_test(test_every),
        cmocka_unit_test(test_real),
        cmocka_unit_test(test_room),
    };
    memory = map_memory();
    memory_oracle = map_memory();
    return memory == NULL || memory_oracle == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
