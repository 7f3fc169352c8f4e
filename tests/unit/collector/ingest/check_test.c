/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_check.h"

#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"
#include "proto/guard.h"
#include "proto/transcode.h"
#include "proto/wire.h"

#include <stdlib.h>
#include <string.h>

static unsigned char protobuf[4u << 20];

/* What the check takes, the guard takes with the same memory. */
static bool check_same(struct slice body, uint64_t size_max)
{
    const struct guard_limits limits = {.depth_max = OTLP_MESSAGE_DEPTH_MAX,
                                        .unpacked_size_max = size_max};
    struct guard_report report;
    uint64_t size = 0;
    bool taken = otlp_check_logs(body, size_max, &size);
    if (taken) {
        assert_int_equal(guard_check(body, SCHEMA_LOGS_REQUEST, &limits, &report), GUARD_OK);
        assert_true(size == report.unpacked_size);
    }
    return taken;
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
    "{\"resourceLogs\":[{\"schemaUrl\":\"u\",\"resource\":{\"droppedAttributesCount\":3,"
    "\"attributes\":["
    "{\"key\":\"faas.name\",\"value\":{\"stringValue\":\"pay\"}},"
    "{\"key\":\"groups\",\"value\":{\"arrayValue\":{\"values\":[{\"stringValue\":\"g\"}]}}}]},"
    "\"scopeLogs\":[{\"schemaUrl\":\"v\",\"scope\":{\"name\":\"thaw.logs\",\"version\":\"1\","
    "\"droppedAttributesCount\":1,\"attributes\":[{\"key\":\"k\"}]},\"logRecords\":["
    "{\"timeUnixNano\":\"5\",\"observedTimeUnixNano\":\"18446744073709551615\","
    "\"severityNumber\":9,\"severityText\":\"INFO\",\"body\":{\"stringValue\":\"a\"},"
    "\"traceId\":\"0102030405060708090a0b0c0d0e0f10\",\"spanId\":\"1112131415161718\","
    "\"droppedAttributesCount\":1,\"flags\":1,\"attributes\":["
    "{\"key\":\"n\",\"value\":{\"intValue\":\"-7\"}},"
    "{\"key\":\"d\",\"value\":{\"doubleValue\":1.5}},"
    "{\"key\":\"b\",\"value\":{\"boolValue\":true}},"
    "{\"key\":\"y\",\"value\":{\"bytesValue\":\"AAEC\"}},"
    "{\"key\":\"m\",\"value\":{\"kvlistValue\":{\"values\":[{\"key\":\"k\","
    "\"value\":{\"arrayValue\":{}}}]}}}]},"
    "{\"eventName\":\"x\",\"body\":{\"kvlistValue\":{}}},{}]}]},{\"scopeLogs\":[{}]}]}";

/* The usual form is taken, to the last field of it; so is nothing. */
static void test_usual(void **state)
{
    (void)state;
    assert_true(check_same(make(slice_from(sample)), OTLP_UNPACKED_SIZE_MAX));
    assert_true(check_same(SLICE_EMPTY, OTLP_UNPACKED_SIZE_MAX));
}

static void visit_damage(struct slice input, void *context)
{
    unsigned *taken = context;
    *taken += check_same(input, OTLP_UNPACKED_SIZE_MAX) ? 1 : 0;
}

/* No prefix and no change of a byte is taken that the guard refuses. */
static void test_damage(void **state)
{
    unsigned taken = 0;
    (void)state;
    struct slice body = make(slice_from(sample));
    every_damage(body, visit_damage, &taken);
    assert_true(taken > body.size);
}

/* The limit of memory is the guard's, to the byte. */
static void test_memory(void **state)
{
    uint64_t size = 0;
    (void)state;
    struct slice body = make(slice_from(sample));
    assert_true(otlp_check_logs(body, OTLP_UNPACKED_SIZE_MAX, &size));
    assert_true(check_same(body, size));
    for (uint64_t less = 1; less <= size; less++) {
        assert_false(check_same(body, size - less));
    }
}

/* A record of a list that nests to this depth, as the only attribute of an owner. */
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
            struct slice body = nested(levels, owner);
            const struct guard_limits limits = GUARD_LIMITS_DEFAULT;
            struct guard_report report;
            bool good = guard_check(body, SCHEMA_LOGS_REQUEST, &limits, &report) == GUARD_OK;
            assert_int_equal(check_same(body, OTLP_UNPACKED_SIZE_MAX), good);
            deepest = good ? levels : deepest;
        }
        assert_in_range(deepest, 48, 50);
    }
}

/* More fields than the library has room for in its frame cost what the guard says. */
static void test_many_fields(void **state)
{
    struct buf out;
    (void)state;
    for (unsigned count = 15; count < 19; count++) {
        buf_init_fixed(&out, protobuf, sizeof(protobuf));
        size_t block = wire_write_open(&out, 1);
        size_t scope = wire_write_open(&out, 2);
        size_t record = wire_write_open(&out, 2);
        for (unsigned i = 0; i < count; i++) {
            wire_write_u64(&out, 2, i);
        }
        wire_write_close(&out, record);
        wire_write_close(&out, scope);
        wire_write_close(&out, block);
        assert_true(check_same(buf_bytes(&out), OTLP_UNPACKED_SIZE_MAX));
    }
}

static void visit_real(const char *name, struct slice content, void *context)
{
    unsigned *taken = context;
    (void)name;
    struct slice body = make(content);
    *taken += body.size > 0 && check_same(body, OTLP_UNPACKED_SIZE_MAX) ? 1 : 0;
    (void)check_same(content, OTLP_UNPACKED_SIZE_MAX);
}

/* Real bodies are of the usual form. */
static void test_real(void **state)
{
    unsigned taken = 0;
    (void)state;
    (void)file_each("../shared/data/otlp/open-telemetry__opentelemetry-proto/examples", visit_real,
                    &taken);
    (void)file_each("../shared/data/otlp/generated__exporters-otel-js-0.208.0", visit_real, &taken);
    assert_true(taken > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),       cmocka_unit_test(test_damage),
        cmocka_unit_test(test_memory),      cmocka_unit_test(test_depth),
        cmocka_unit_test(test_many_fields), cmocka_unit_test(test_real),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
