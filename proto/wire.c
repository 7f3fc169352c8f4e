/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire.h"

#include "proto/proto_limits.h"

#include "base/ensure.h"

#include <string.h>

/* A 64-bit varint is at most ten bytes, the last of which holds one bit. */
enum { WIRE_VARINT_SIZE_MAX = 10 };

/* Tags and lengths are 32-bit numbers: like other readers, we refuse longer forms of them. */
enum { WIRE_VARINT32_SIZE_MAX = 5 };

/* Field numbers are 29 bits. */
#define WIRE_NUMBER_MAX ((UINT64_C(1) << 29) - 1)

/* ---- Reading. ---- */

enum wire_answer wire_read_varint(struct slice bytes, uint64_t *value, size_t *size)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < WIRE_VARINT_SIZE_MAX; i++) {
        if (i == bytes.size) {
            return WIRE_PARTIAL;
        }
        unsigned char byte = bytes.base[i];
        if (i == WIRE_VARINT_SIZE_MAX - 1 && byte > 1) {
            return WIRE_BAD;
        }
        sum |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *value = sum;
            *size = i + 1;
            return WIRE_FIELD;
        }
    }
    return WIRE_BAD;
}

void wire_read_init(struct wire_read *reader, struct slice message)
{
    *reader = (struct wire_read){.message = message};
}

static uint64_t wire_load(const unsigned char *bytes, size_t size)
{
    uint64_t value = 0;

    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)bytes[i] << (8 * i);
    }
    return value;
}

static enum wire_answer wire_read_fixed(struct slice rest, size_t width, uint64_t *value,
                                        size_t *size)
{
    if (rest.size < width) {
        return WIRE_PARTIAL;
    }
    *value = wire_load(rest.base, width);
    *size = width;
    return WIRE_FIELD;
}

static enum wire_answer wire_read_counted(struct slice rest, struct slice *bytes, size_t *size)
{
    uint64_t length = 0;
    size_t prefix = 0;
    enum wire_answer answer = wire_read_varint(rest, &length, &prefix);

    if (answer != WIRE_FIELD) {
        return answer;
    }
    if (prefix > WIRE_VARINT32_SIZE_MAX || length > INT32_MAX) {
        return WIRE_BAD;
    }
    rest = slice_skip(rest, prefix);
    if (length > rest.size) {
        return WIRE_PARTIAL;
    }
    *bytes = slice_take(rest, (size_t)length);
    *size = prefix + (size_t)length;
    return WIRE_FIELD;
}

/* Read what follows a tag whose type is in field. */
static enum wire_answer wire_read_payload(struct slice rest, struct wire_field *field, size_t *size)
{
    switch (field->type) {
    case WIRE_VARINT:
        return wire_read_varint(rest, &field->value, size);
    case WIRE_FIXED64:
        return wire_read_fixed(rest, 8, &field->value, size);
    case WIRE_BYTES:
        return wire_read_counted(rest, &field->bytes, size);
    case WIRE_FIXED32:
        return wire_read_fixed(rest, 4, &field->value, size);
    }
    return WIRE_BAD; /* Groups, and types that there are not. */
}

/* Most fields are bytes with a tag and a length of one byte each. */
static bool wire_read_short(struct wire_read *reader, struct wire_field *field)
{
    size_t left = reader->message.size - reader->position;
    if (left < 2) {
        return false;
    }
    const unsigned char *at = reader->message.base + reader->position;
    bool is_short = at[0] < 0x80 && at[0] >= 8 && (at[0] & 7) == WIRE_BYTES && at[1] < 0x80 &&
                    at[1] <= left - 2;
    if (is_short) {
        field->number = at[0] >> 3;
        field->type = WIRE_BYTES;
        field->value = 0;
        field->bytes = (struct slice){at + 2, at[1]};
        reader->position += 2 + (size_t)at[1];
    }
    return is_short;
}

enum wire_answer wire_read_next(struct wire_read *reader, struct wire_field *field)
{
    if (wire_read_short(reader, field)) {
        return WIRE_FIELD;
    }
    struct slice rest = slice_skip(reader->message, reader->position);
    uint64_t tag = 0;
    size_t tag_size = 0;
    size_t size = 0;

    if (rest.size == 0) {
        return WIRE_END;
    }
    enum wire_answer answer = wire_read_varint(rest, &tag, &tag_size);
    if (answer != WIRE_FIELD) {
        return answer;
    }
    if (tag_size > WIRE_VARINT32_SIZE_MAX || tag >> 3 == 0 || tag >> 3 > WIRE_NUMBER_MAX) {
        return WIRE_BAD;
    }
    *field = (struct wire_field){
        .number = (uint32_t)(tag >> 3),
        .type = (enum wire_type)(tag & 7),
    };
    answer = wire_read_payload(slice_skip(rest, tag_size), field, &size);
    if (answer == WIRE_FIELD) {
        reader->position += tag_size + size;
    }
    return answer;
}

int64_t wire_as_sint(const struct wire_field *field)
{
    /* Zigzag: 0, -1, 1, -2, 2 ... are 0, 1, 2, 3, 4 ... */
    return (int64_t)(field->value >> 1) ^ -(int64_t)(field->value & 1);
}

double wire_as_double(const struct wire_field *field)
{
    double value;

    memcpy(&value, &field->value, sizeof(value));
    return value;
}

/* ---- Writing. ---- */

size_t wire_varint_size(uint64_t value)
{
    size_t size = 1;

    while (value >= 0x80) {
        value >>= 7;
        size++;
    }
    return size;
}

/* Store a varint at bytes, where there is room for it; the answer is its size. */
static size_t wire_store_varint(unsigned char *bytes, uint64_t value)
{
    size_t size = 0;

    while (value >= 0x80) {
        bytes[size++] = (unsigned char)(value | 0x80);
        value >>= 7;
    }
    bytes[size++] = (unsigned char)value;
    return size;
}

void wire_write_varint(struct buf *out, uint64_t value)
{
    unsigned char bytes[WIRE_VARINT_SIZE_MAX];

    buf_append(out, slice_of(bytes, wire_store_varint(bytes, value)));
}

void wire_write_tag(struct buf *out, uint32_t number, enum wire_type type)
{
    ENSURE(number >= 1 && number <= WIRE_NUMBER_MAX);
    wire_write_varint(out, (uint64_t)number << 3 | (uint64_t)type);
}

static void wire_write_raw(struct buf *out, uint64_t value, size_t size)
{
    unsigned char bytes[8];

    for (size_t i = 0; i < size; i++) {
        bytes[i] = (unsigned char)(value >> (8 * i));
    }
    buf_append(out, slice_of(bytes, size));
}

void wire_write_raw64(struct buf *out, uint64_t value)
{
    wire_write_raw(out, value, 8);
}

/* Append a tag and a varint at once: nearly all of what is written is that. */
static void wire_write_pair(struct buf *out, uint32_t number, enum wire_type type, uint64_t value)
{
    uint64_t tag = (uint64_t)number << 3 | (uint64_t)type;
    unsigned char bytes[2 * WIRE_VARINT_SIZE_MAX];

    ENSURE(number >= 1 && number <= WIRE_NUMBER_MAX);
    if (!out->overflowed && out->capacity - out->size >= sizeof(bytes)) {
        unsigned char *place = out->base + out->size;
        size_t size = wire_store_varint(place, tag);
        buf_commit(out, size + wire_store_varint(place + size, value));
        return;
    }
    size_t size = wire_store_varint(bytes, tag);
    size += wire_store_varint(bytes + size, value);
    buf_append(out, slice_of(bytes, size));
}

void wire_write_u64(struct buf *out, uint32_t number, uint64_t value)
{
    wire_write_pair(out, number, WIRE_VARINT, value);
}

void wire_write_i64(struct buf *out, uint32_t number, int64_t value)
{
    wire_write_u64(out, number, (uint64_t)value);
}

void wire_write_sint(struct buf *out, uint32_t number, int64_t value)
{
    uint64_t sign = value < 0 ? UINT64_MAX : 0;

    wire_write_u64(out, number, (uint64_t)value << 1 ^ sign);
}

void wire_write_bool(struct buf *out, uint32_t number, bool value)
{
    wire_write_u64(out, number, value ? 1 : 0);
}

void wire_write_fixed64(struct buf *out, uint32_t number, uint64_t value)
{
    wire_write_tag(out, number, WIRE_FIXED64);
    wire_write_raw(out, value, 8);
}

void wire_write_fixed32(struct buf *out, uint32_t number, uint32_t value)
{
    wire_write_tag(out, number, WIRE_FIXED32);
    wire_write_raw(out, value, 4);
}

void wire_write_double(struct buf *out, uint32_t number, double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    wire_write_fixed64(out, number, bits);
}

void wire_write_bytes(struct buf *out, uint32_t number, struct slice bytes)
{
    wire_write_pair(out, number, WIRE_BYTES, bytes.size);
    buf_append(out, bytes);
}

void wire_write_head(struct buf *out, uint32_t number, size_t size)
{
    wire_write_pair(out, number, WIRE_BYTES, size);
}

size_t wire_head_size(uint32_t number, size_t size)
{
    return wire_varint_size((uint64_t)number << 3) + wire_varint_size(size);
}

size_t wire_write_open(struct buf *out, uint32_t number)
{
    /* The length of most submessages takes one byte; wire_write_close() makes room for more. */
    wire_write_pair(out, number, WIRE_BYTES, 0);
    return out->size;
}

void wire_write_close(struct buf *out, size_t opened)
{
    if (buf_overflowed(out)) {
        return; /* The content is rubbish already, and opened may lie behind its end. */
    }
    ENSURE(opened >= 1 && opened <= out->size);
    size_t size = out->size - opened;
    ENSURE(size <= WIRE_MESSAGE_SIZE_MAX);

    unsigned char length[WIRE_VARINT_SIZE_MAX];
    size_t length_size = wire_store_varint(length, size);
    if (length_size > 1) {
        if (buf_reserve(out, length_size - 1) == NULL) {
            return;
        }
        unsigned char *content = out->base + opened;
        memmove(content + (length_size - 1), content, size);
        buf_commit(out, length_size - 1);
    }
    memcpy(out->base + opened - 1, length, length_size);
}
