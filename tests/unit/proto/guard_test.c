/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/guard.h"

#include "proto/wire.h"

#include "lib/cm.h"
#include "lib/every.h"
#include "lib/file.h"
#include "lib/oracle.h"

#define DATA "../shared/data/otlp/"

static const struct {
    const char *path;
    enum schema_id root;
} bodies[] = {
    {DATA "generated__exporters-otel-js-0.208.0/01_v1_traces_protobuf_identity.pb",
     SCHEMA_TRACES_REQUEST},
    {DATA "generated__exporters-otel-js-0.208.0/05_v1_logs_protobuf_identity.pb",
     SCHEMA_LOGS_REQUEST},
    {DATA "generated__exporters-otel-js-0.208.0/07_v1_metrics_protobuf_identity.pb",
     SCHEMA_METRICS_REQUEST},
    {DATA "generated__exporters-otel-js-0.208.0/08_v1_metrics_protobuf_identity.pb",
     SCHEMA_METRICS_REQUEST},
};

enum { BODY_COUNT = sizeof(bodies) / sizeof(bodies[0]) };

/* What the guard accepts unpacks within what it promised; this holds for any input. */
static enum guard_answer agree(struct slice body, enum schema_id root)
{
    struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;
    enum guard_answer answer = guard_check(body, root, &limits, &report);

    if (answer != GUARD_OK) {
        assert_non_null(report.reason);
        assert_true(report.error_at <= body.size);
        return answer;
    }
    struct buf packed;
    size_t peak = 0;
    buf_init_growing(&packed, SIZE_MAX);
    assert_null(report.reason);
    assert_true(oracle_canonical(body, root, &packed, &peak));
    assert_true(peak <= report.unpacked_size);
    buf_fini(&packed);
    return answer;
}

/* Bodies of real exporters pass, with their records counted. */
static void real_bodies(void **state)
{
    (void)state;
    for (size_t i = 0; i < BODY_COUNT; i++) {
        struct slice body = file_read(bodies[i].path);
        struct guard_limits limits = GUARD_LIMITS_DEFAULT;
        struct guard_report report;
        assert_int_equal(guard_check(body, bodies[i].root, &limits, &report), GUARD_OK);
        assert_true(report.record_count > 0 && report.record_count < report.message_count);
        assert_true(report.depth >= 5);
        assert_int_equal(agree(body, bodies[i].root), GUARD_OK);
        file_free(body);
    }
}

static void agree_visit(struct slice input, void *context)
{
    (void)agree(input, *(const enum schema_id *)context);
}

/* Damaged bodies are refused, or unpack within what was promised. */
static void damage(void **state)
{
    (void)state;
    for (size_t i = BODY_COUNT - 1; i < BODY_COUNT; i++) { /* The smallest. */
        struct slice body = file_read(bodies[i].path);
        enum schema_id root = bodies[i].root;
        every_damage(body, agree_visit, &root);
        file_free(body);
    }
}

/* A value in a value in a value ... as a log record's body, of so many messages. */
static void write_deep(struct buf *buf, unsigned messages)
{
    size_t opened[OTLP_MESSAGE_DEPTH_MAX + 8];
    unsigned count = 0;

    opened[count++] = wire_write_open(buf, 1); /* ResourceLogs */
    opened[count++] = wire_write_open(buf, 2); /* ScopeLogs */
    opened[count++] = wire_write_open(buf, 2); /* LogRecord */
    opened[count++] = wire_write_open(buf, 5); /* AnyValue */
    while (count + 1 < messages) {
        /* AnyValue.array_value, ArrayValue.values */
        opened[count] = wire_write_open(buf, count % 2 == 0 ? 5 : 1);
        count++;
    }
    while (count > 0) {
        wire_write_close(buf, opened[--count]);
    }
}

/* Depth is allowed up to the limit and not beyond. */
static void depth_limit(void **state)
{
    (void)state;
    for (unsigned depth = 6; depth <= OTLP_MESSAGE_DEPTH_MAX + 1; depth++) {
        struct buf buf;
        struct guard_report report;
        struct guard_limits limits = GUARD_LIMITS_DEFAULT;
        buf_init_growing(&buf, 10000);
        write_deep(&buf, depth);
        enum guard_answer answer =
            guard_check(buf_bytes(&buf), SCHEMA_LOGS_REQUEST, &limits, &report);
        if (depth <= OTLP_MESSAGE_DEPTH_MAX) {
            assert_int_equal(answer, GUARD_OK);
            assert_int_equal(report.depth, depth);
            limits.depth_max = depth - 1;
            assert_int_equal(guard_check(buf_bytes(&buf), SCHEMA_LOGS_REQUEST, &limits, &report),
                             GUARD_TOO_DEEP);
        } else {
            assert_int_equal(answer, GUARD_TOO_DEEP);
        }
        buf_fini(&buf);
    }
}

/* 34 kB of values in values, which end a process that unpacks them, are refused. */
static void deep_bomb(void **state)
{
    (void)state;
    struct buf one;
    struct buf other;
    struct guard_limits limits = GUARD_LIMITS_DEFAULT;
    struct guard_report report;

    /* From the inside out: each turn wraps what there is into one more message. */
    buf_init_growing(&one, 1000000);
    buf_init_growing(&other, 1000000);
    for (unsigned i = 0; i < 10000; i++) {
        uint32_t number = i % 2 == 0 ? 1 : 5;
        buf_reset(&other);
        wire_write_bytes(&other, number, buf_bytes(&one));
        struct buf swap = one;
        one = other;
        other = swap;
    }
    assert_int_equal(guard_check(buf_bytes(&one), SCHEMA_ANY_VALUE, &limits, &report),
                     GUARD_TOO_DEEP);
    buf_fini(&one);
    buf_fini(&other);
}

/* Two bytes that become 200 are counted as 200. */
static void size_bomb(void **state)
{
    (void)state;
    struct buf buf;
    struct guard_report report;
    struct guard_limits limits = GUARD_LIMITS_DEFAULT;

    buf_init_growing(&buf, 10000000);
    size_t resource = wire_write_open(&buf, 1);
    size_t scope = wire_write_open(&buf, 2);
    for (unsigned i = 0; i < 1000000; i++) {
        wire_write_bytes(&buf, 2, SLICE_EMPTY);
    }
    wire_write_close(&buf, scope);
    wire_write_close(&buf, resource);
    assert_int_equal(guard_check(buf_bytes(&buf), SCHEMA_TRACES_REQUEST, &limits, &report),
                     GUARD_TOO_BIG);
    limits.unpacked_size_max = UINT64_C(1) << 40;
    assert_int_equal(guard_check(buf_bytes(&buf), SCHEMA_TRACES_REQUEST, &limits, &report),
                     GUARD_OK);
    assert_int_equal(report.record_count, 1000000);
    limits.unpacked_size_max = report.unpacked_size;
    assert_int_equal(guard_check(buf_bytes(&buf), SCHEMA_TRACES_REQUEST, &limits, &report),
                     GUARD_OK);
    limits.unpacked_size_max = report.unpacked_size - 1;
    assert_int_equal(guard_check(buf_bytes(&buf), SCHEMA_TRACES_REQUEST, &limits, &report),
                     GUARD_TOO_BIG);
    buf_fini(&buf);
}

/* What is wrong has its place. */
static void malformed(void **state)
{
    (void)state;
    const struct {
        struct slice body;
        size_t at;
    } cases[] = {
        {SLICE_INIT("\x0a\x00\x0a"), 2},             /* the second list member breaks off */
        {SLICE_INIT("\x08\x01"), 0},                 /* a varint where a message is */
        {SLICE_INIT("\x0a\x02\x12\x01"), 2},         /* the inner length is too long */
        {SLICE_INIT("\x0a\x00\x0f"), 2},             /* a wire type that there is not */
        {SLICE_INIT("\x0a\x04\x0a\x02\x10\x80"), 4}, /* a varint that goes on */
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct guard_limits limits = GUARD_LIMITS_DEFAULT;
        struct guard_report report;
        assert_int_equal(guard_check(cases[i].body, SCHEMA_LOGS_REQUEST, &limits, &report),
                         GUARD_MALFORMED);
        assert_int_equal(report.error_at, cases[i].at);
        assert_non_null(report.reason);
    }
}

/* Packed and unpacked lists of numbers are both allowed, packed ones of half a number are not. */
static void packed_lists(void **state)
{
    (void)state;
    assert_int_equal(agree(SLICE("\x12\x03\x01\x80\x01"), SCHEMA_BUCKETS), GUARD_OK);
    assert_int_equal(agree(SLICE("\x10\x01\x10\x02"), SCHEMA_BUCKETS), GUARD_OK);
    assert_int_equal(agree(SLICE("\x12\x01\x80"), SCHEMA_BUCKETS), GUARD_MALFORMED);
    assert_int_equal(agree(SLICE("\x12\x00"), SCHEMA_BUCKETS), GUARD_OK);
    assert_int_equal(agree(SLICE("\x32\x08"
                                 "12345678"),
                           SCHEMA_HISTOGRAM_POINT),
                     GUARD_OK);
    assert_int_equal(agree(SLICE("\x32\x07"
                                 "1234567"),
                           SCHEMA_HISTOGRAM_POINT),
                     GUARD_MALFORMED);
}

/* A message that may be there once is refused when it is there twice: protobuf-c would merge, and
 * fails to when both are empty.  Members of a oneof may follow each other. */
static void twice(void **state)
{
    (void)state;
    assert_int_equal(agree(SLICE("\x12\x00\x12\x00"), SCHEMA_KEY_VALUE), GUARD_MALFORMED);
    assert_int_equal(agree(SLICE("\x2a\x00\x2a\x00"), SCHEMA_ANY_VALUE), GUARD_MALFORMED);
    assert_int_equal(agree(SLICE("\x2a\x00\x32\x00\x18\x01"), SCHEMA_ANY_VALUE), GUARD_OK);
    assert_int_equal(agree(SLICE("\x0a\x00\x0a\x00"), SCHEMA_ARRAY_VALUE), GUARD_OK);
    assert_int_equal(agree(SLICE("\x0a\x01x\x0a\x01y"), SCHEMA_KEY_VALUE), GUARD_OK);
}

/* Fields that nobody knows are allowed, and cost. */
static void unknown_fields(void **state)
{
    (void)state;
    struct buf buf;

    buf_init_growing(&buf, 10000);
    for (unsigned i = 0; i < 100; i++) {
        wire_write_bytes(&buf, 999, SLICE("unknown"));
        wire_write_u64(&buf, 998, i);
        wire_write_fixed64(&buf, 997, i);
        wire_write_fixed32(&buf, 996, i);
    }
    assert_int_equal(agree(buf_bytes(&buf), SCHEMA_SPAN), GUARD_OK);
    buf_fini(&buf);
}

static struct slice write_pair(struct buf *out, bool swapped, struct slice key, struct slice value)
{
    buf_reset(out);
    size_t pair = wire_write_open(out, 1);
    if (swapped) {
        wire_write_bytes(out, 2, value);
        wire_write_bytes(out, 1, key);
    } else {
        wire_write_bytes(out, 1, key);
        wire_write_bytes(out, 2, value);
    }
    wire_write_close(out, pair);
    return buf_bytes(out);
}

/* An attribute as all write it is looked at in one go, one with its value before its key field by
 * field: with the same result, up to each limit and beyond. */
static void attributes(void **state)
{
    (void)state;
    static const struct slice keys[] = {SLICE_INIT(""), SLICE_INIT("k"), SLICE_INIT("a.long.key")};
    static const struct slice values[] = {
        SLICE_INIT(""),
        SLICE_INIT("\x0a\x00"),
        SLICE_INIT("\x0a\x05hello"),
        SLICE_INIT("\x0a\x05hell"),
        SLICE_INIT("\x0a\x04hello"),
        SLICE_INIT("\x0a"),
        SLICE_INIT("\x18\x07"),
        SLICE_INIT("\x18\xff\xff\x03"),
        SLICE_INIT("\x18\xff"),
        SLICE_INIT("\x18\x07\x18\x07"),
        SLICE_INIT("\x10\x01"),
        SLICE_INIT("\x21........"),
        SLICE_INIT("\x0a\x81\x00h"),
        SLICE_INIT("\x2a\x02\x0a\x00"),
        SLICE_INIT("\x12\x01x"),
        SLICE_INIT("\x0a\x01x\x0a\x01y"),
    };
    unsigned char bytes[2][256];
    struct buf out[2];
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) * sizeof(values) / sizeof(values[0]);
         i++) {
        struct slice key = keys[i % 3];
        struct slice value = values[i / 3];
        struct guard_report reports[2];
        for (unsigned depth_max = 1; depth_max < 6; depth_max++) {
            for (uint64_t size_max = 0; size_max < 700; size_max += size_max < 200 ? 50 : 1) {
                enum guard_answer answers[2];
                struct guard_limits limits = {.depth_max = depth_max,
                                              .unpacked_size_max = size_max};
                for (unsigned swapped = 0; swapped < 2; swapped++) {
                    buf_init_fixed(&out[swapped], bytes[swapped], sizeof(bytes[swapped]));
                    answers[swapped] =
                        guard_check(write_pair(&out[swapped], swapped == 1, key, value),
                                    SCHEMA_RESOURCE, &limits, &reports[swapped]);
                }
                if (answers[0] == GUARD_OK || answers[1] == GUARD_OK) {
                    assert_int_equal(answers[0], answers[1]);
                    assert_int_equal(reports[0].unpacked_size, reports[1].unpacked_size);
                    assert_int_equal(reports[0].message_count, reports[1].message_count);
                    assert_int_equal(reports[0].depth, reports[1].depth);
                }
            }
        }
    }
}

/* A number in two bytes, the second of which says nothing, where one would do. */
static void write_longer(struct buf *out, uint64_t value)
{
    if (value < 0x80) {
        buf_append_byte(out, (unsigned char)(value | 0x80));
        buf_append_byte(out, 0);
    } else {
        wire_write_varint(out, value);
    }
}

/* The same message with tags and lengths that no encoder writes, so that it is looked at field by
 * field. */
static void write_unusual(struct buf *out, struct slice message, enum schema_id id)
{
    struct wire_read reader;
    struct wire_field field;
    wire_read_init(&reader, message);
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        const struct schema_field *schema =
            schema_field_by_number(schema_message(id), field.number);
        size_t width = field.type == WIRE_FIXED64 ? 8 : 4;
        write_longer(out, (uint64_t)field.number << 3 | (uint64_t)field.type);
        if (field.type == WIRE_VARINT) {
            wire_write_varint(out, field.value);
        } else if (field.type != WIRE_BYTES) {
            buf_append(out, slice_of(message.base + reader.position - width, width));
        } else {
            struct buf inner;
            buf_init_growing(&inner, 1 << 20);
            if (schema != NULL && schema->kind == SCHEMA_MESSAGE) {
                write_unusual(&inner, field.bytes, schema->message);
            } else {
                buf_append(&inner, field.bytes);
            }
            write_longer(out, inner.size);
            buf_append(out, buf_bytes(&inner));
            buf_fini(&inner);
        }
    }
}

/* What is plain is looked at in one go, with the same result as field by field. */
static void plain_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < BODY_COUNT; i++) {
        struct slice body = file_read(bodies[i].path);
        struct guard_limits limits = GUARD_LIMITS_DEFAULT;
        struct guard_report plain;
        struct guard_report unusual;
        struct buf longer;
        buf_init_growing(&longer, 1 << 20);
        write_unusual(&longer, body, bodies[i].root);
        assert_int_equal(guard_check(body, bodies[i].root, &limits, &plain), GUARD_OK);
        assert_int_equal(guard_check(buf_bytes(&longer), bodies[i].root, &limits, &unusual),
                         GUARD_OK);
        assert_int_equal(plain.unpacked_size, unusual.unpacked_size);
        assert_int_equal(plain.message_count, unusual.message_count);
        assert_int_equal(plain.record_count, unusual.record_count);
        assert_int_equal(plain.depth, unusual.depth);
        for (unsigned depth = 1; depth <= unusual.depth; depth++) {
            struct guard_report ignored;
            limits.depth_max = depth;
            assert_int_equal(guard_check(body, bodies[i].root, &limits, &plain),
                             guard_check(buf_bytes(&longer), bodies[i].root, &limits, &ignored));
        }
        limits = GUARD_LIMITS_DEFAULT;
        limits.unpacked_size_max = unusual.unpacked_size;
        assert_int_equal(guard_check(body, bodies[i].root, &limits, &plain), GUARD_OK);
        limits.unpacked_size_max--;
        assert_int_equal(guard_check(body, bodies[i].root, &limits, &plain), GUARD_TOO_BIG);
        buf_fini(&longer);
        file_free(body);
    }
}

/* An empty body is an empty message. */
static void empty(void **state)
{
    (void)state;
    for (enum schema_id id = SCHEMA_TRACES_REQUEST; id < SCHEMA_COUNT; id++) {
        assert_int_equal(agree(SLICE_EMPTY, id), GUARD_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_bodies),  cmocka_unit_test(damage),
        cmocka_unit_test(depth_limit),  cmocka_unit_test(deep_bomb),
        cmocka_unit_test(size_bomb),    cmocka_unit_test(malformed),
        cmocka_unit_test(packed_lists), cmocka_unit_test(unknown_fields),
        cmocka_unit_test(empty),        cmocka_unit_test(twice),
        cmocka_unit_test(attributes),   cmocka_unit_test(plain_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
