/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire.h"

#include "lib/cm.h"
#include "lib/every.h"

/* Values around every size of a varint come back, with as few bytes as they need. */
static void varints(void **state)
{
    (void)state;
    for (unsigned shift = 0; shift < 64; shift++) {
        for (int step = -1; step <= 1; step++) {
            uint64_t value = (UINT64_C(1) << shift) + (uint64_t)(int64_t)step;
            uint64_t back = 0;
            size_t size = 0;
            unsigned char memory[16];
            struct buf buf;
            buf_init_fixed(&buf, memory, sizeof(memory));
            wire_write_varint(&buf, value);
            assert_int_equal(buf.size, wire_varint_size(value));
            assert_int_equal(wire_read_varint(buf_bytes(&buf), &back, &size), WIRE_FIELD);
            assert_true(back == value);
            assert_int_equal(size, buf.size);
        }
    }
}

/* A varint of more than 64 bits is bad, one that breaks off is partial. */
static void wrong_varints(void **state)
{
    (void)state;
    uint64_t value;
    size_t size;

    assert_int_equal(wire_read_varint(SLICE(""), &value, &size), WIRE_PARTIAL);
    assert_int_equal(wire_read_varint(SLICE("\x80\x80"), &value, &size), WIRE_PARTIAL);
    assert_int_equal(
        wire_read_varint(SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), &value, &size),
        WIRE_FIELD);
    assert_true(value == UINT64_MAX);
    assert_int_equal(
        wire_read_varint(SLICE("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), &value, &size),
        WIRE_BAD);
    assert_int_equal(
        wire_read_varint(SLICE("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), &value, &size),
        WIRE_BAD);
}

static void write_all(struct buf *buf)
{
    wire_write_u64(buf, 1, 300);
    wire_write_i64(buf, 2, -2);
    wire_write_sint(buf, 3, -3);
    wire_write_bool(buf, 4, true);
    wire_write_fixed64(buf, 5, UINT64_C(0x0102030405060708));
    wire_write_fixed32(buf, 6, 0x01020304);
    wire_write_double(buf, 7, -0.5);
    wire_write_bytes(buf, (UINT32_C(1) << 29) - 1, SLICE("text"));
    size_t opened = wire_write_open(buf, 9);
    wire_write_bytes(buf, 1, SLICE_EMPTY);
    wire_write_close(buf, opened);
}

/* Every kind of field comes back as what it was. */
static void fields(void **state)
{
    (void)state;
    unsigned char memory[100];
    struct buf buf;
    struct wire_read reader;
    struct wire_field field;

    buf_init_fixed(&buf, memory, sizeof(memory));
    write_all(&buf);
    wire_read_init(&reader, buf_bytes(&buf));
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true(field.number == 1 && field.type == WIRE_VARINT && field.value == 300);
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true((int64_t)field.value == -2);
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true(wire_as_sint(&field) == -3);
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true(field.value == 1);
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true(field.type == WIRE_FIXED64 && field.value == UINT64_C(0x0102030405060708));
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true(field.type == WIRE_FIXED32 && field.value == 0x01020304);
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true(wire_as_double(&field) == -0.5);
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_int_equal(field.number, (1 << 29) - 1);
    assert_slice(field.bytes, "text");
    assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
    assert_true(slice_equal(field.bytes, SLICE("\x0a\0")));
    assert_int_equal(wire_read_next(&reader, &field), WIRE_END);
    assert_int_equal(wire_read_next(&reader, &field), WIRE_END);
}

/* The signed extremes survive zigzag. */
static void zigzag(void **state)
{
    (void)state;
    const int64_t values[] = {0, -1, 1, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        unsigned char memory[16];
        struct buf buf;
        struct wire_read reader;
        struct wire_field field;
        buf_init_fixed(&buf, memory, sizeof(memory));
        wire_write_sint(&buf, 1, values[i]);
        wire_read_init(&reader, buf_bytes(&buf));
        assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
        assert_true(wire_as_sint(&field) == values[i]);
    }
}

/* What no message continues with, and what only breaks off. */
static void wrong_fields(void **state)
{
    (void)state;
    const struct {
        struct slice bytes;
        enum wire_answer answer;
    } cases[] = {
        {SLICE_INIT("\x0b"), WIRE_BAD},                         /* a group begins */
        {SLICE_INIT("\x0c"), WIRE_BAD},                         /* a group ends */
        {SLICE_INIT("\x0e"), WIRE_BAD},                         /* wire type 6 */
        {SLICE_INIT("\x0f"), WIRE_BAD},                         /* wire type 7 */
        {SLICE_INIT("\x00\x00"), WIRE_BAD},                     /* field 0 */
        {SLICE_INIT("\x80\x80\x80\x80\x10\x00"), WIRE_BAD},     /* field 2^29 */
        {SLICE_INIT("\x88\x80\x80\x80\x80\x00\x00"), WIRE_BAD}, /* a tag of six bytes */
        {SLICE_INIT("\x0a\x80\x80\x80\x80\x80\x00"), WIRE_BAD}, /* a length of six bytes */
        {SLICE_INIT("\x0a\xff\xff\xff\xff\x0f"), WIRE_BAD},     /* a length of 2^32 - 1 */
        {SLICE_INIT("\x08"), WIRE_PARTIAL},
        {SLICE_INIT("\x88"), WIRE_PARTIAL},
        {SLICE_INIT("\x09\x01\x02\x03\x04\x05\x06\x07"), WIRE_PARTIAL},
        {SLICE_INIT("\x0d\x01\x02\x03"), WIRE_PARTIAL},
        {SLICE_INIT("\x0a\x02\x01"), WIRE_PARTIAL},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct wire_read reader;
        struct wire_field field;
        wire_read_init(&reader, cases[i].bytes);
        assert_int_equal(wire_read_next(&reader, &field), cases[i].answer);
        assert_int_equal(wire_read_next(&reader, &field), cases[i].answer);
        assert_int_equal(reader.position, 0);
    }
}

/* A submessage of any size gets its shortest length, nested ones too. */
static void submessages(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 120, 127, 128, 129, 16383, 16384, 2097151, 2097152};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf buf;
        struct wire_read reader;
        struct wire_field field;
        buf_init_growing(&buf, 10000000);
        size_t outer = wire_write_open(&buf, 1);
        size_t inner = wire_write_open(&buf, 2);
        buf_append_fill(&buf, 'x', sizes[i]);
        wire_write_close(&buf, inner);
        wire_write_close(&buf, outer);
        size_t inner_size = 1 + wire_varint_size(sizes[i]) + sizes[i];
        assert_int_equal(buf.size, 1 + wire_varint_size(inner_size) + inner_size);
        wire_read_init(&reader, buf_bytes(&buf));
        assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
        wire_read_init(&reader, field.bytes);
        assert_int_equal(wire_read_next(&reader, &field), WIRE_FIELD);
        assert_int_equal(field.bytes.size, sizes[i]);
        assert_int_equal(wire_read_next(&reader, &field), WIRE_END);
        buf_fini(&buf);
    }
}

/* A submessage whose size is known has the same bytes as one that is closed when it is written. */
static void known_sizes(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 127, 128, 16384};
    const uint32_t numbers[] = {1, 15, 16, 2047, 2048};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buf closed;
        struct buf known;
        buf_init_growing(&closed, 100000);
        buf_init_growing(&known, 100000);
        size_t opened = wire_write_open(&closed, numbers[i]);
        buf_append_fill(&closed, 'x', sizes[i]);
        wire_write_close(&closed, opened);
        wire_write_head(&known, numbers[i], sizes[i]);
        assert_int_equal(known.size, wire_head_size(numbers[i], sizes[i]));
        buf_append_fill(&known, 'x', sizes[i]);
        assert_true(slice_equal(buf_bytes(&known), buf_bytes(&closed)));
        buf_fini(&closed);
        buf_fini(&known);
    }
}

/* A buf of any size that is too small overflows and nothing worse; one that fits is filled. */
static void out_of_room(void **state)
{
    (void)state;
    unsigned char memory[400];
    struct buf whole;

    buf_init_fixed(&whole, memory, sizeof(memory));
    size_t opened = wire_write_open(&whole, 1);
    write_all(&whole);
    buf_append_fill(&whole, 'x', 200);
    wire_write_close(&whole, opened);
    for (size_t size = 0; size <= whole.size; size++) {
        unsigned char less[400];
        struct buf buf;
        buf_init_fixed(&buf, less, size);
        opened = wire_write_open(&buf, 1);
        write_all(&buf);
        buf_append_fill(&buf, 'x', 200);
        wire_write_close(&buf, opened);
        assert_int_equal(buf_overflowed(&buf), size < whole.size);
    }
}

static void read_all(struct slice input, void *context)
{
    struct wire_read reader;
    struct wire_field field;

    (void)context;
    wire_read_init(&reader, input);
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        assert_true(reader.position <= input.size);
        if (field.type == WIRE_BYTES && field.bytes.size > 0) {
            assert_true(field.bytes.base >= input.base &&
                        field.bytes.base + field.bytes.size <= input.base + input.size);
        }
    }
}

/* Nothing is read behind the message, and no field lies outside of it. */
static void damage(void **state)
{
    (void)state;
    unsigned char memory[100];
    struct buf buf;

    buf_init_fixed(&buf, memory, sizeof(memory));
    write_all(&buf);
    every_damage(buf_bytes(&buf), read_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(varints),      cmocka_unit_test(wrong_varints),
        cmocka_unit_test(fields),       cmocka_unit_test(zigzag),
        cmocka_unit_test(wrong_fields), cmocka_unit_test(submessages),
        cmocka_unit_test(out_of_room),  cmocka_unit_test(damage),
        cmocka_unit_test(known_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
