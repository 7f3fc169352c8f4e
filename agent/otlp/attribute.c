/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/attribute.h"

#include "base/utf8.h"
#include "proto/wire.h"

/* KeyValue and AnyValue. */
enum {
    PAIR_KEY = 1,
    PAIR_VALUE = 2,
    VALUE_STRING = 1,
    VALUE_BOOL = 2,
    VALUE_INT = 3,
    VALUE_DOUBLE = 4,
};

/* An AnyValue of a number or a flag: a tag and a varint, with room for the quick way to write. */
#define SCALAR_SIZE_MAX 32u

void attribute_string_field(struct buf *out, uint32_t field, struct slice text)
{
    if (utf8_valid(text)) {
        wire_write_bytes(out, field, text);
        return;
    }
    size_t opened = wire_write_open(out, field);
    utf8_sanitise(text, out);
    wire_write_close(out, opened);
}

/* Write a pair up to its AnyValue, whose any_size bytes are appended next.  The key is valid. */
static void write_pair(struct buf *out, uint32_t field, struct slice key, size_t any_size)
{
    size_t key_size = wire_head_size(PAIR_KEY, key.size) + key.size;
    wire_write_head(out, field, key_size + wire_head_size(PAIR_VALUE, any_size) + any_size);
    wire_write_bytes(out, PAIR_KEY, key);
    wire_write_head(out, PAIR_VALUE, any_size);
}

void attribute_text(struct buf *out, uint32_t field, struct slice key, struct slice value)
{
    if (utf8_valid(key) && utf8_valid(value)) {
        write_pair(out, field, key, wire_head_size(VALUE_STRING, value.size) + value.size);
        wire_write_bytes(out, VALUE_STRING, value);
        return;
    }
    size_t pair = wire_write_open(out, field);
    attribute_string_field(out, PAIR_KEY, key);
    size_t any = wire_write_open(out, PAIR_VALUE);
    attribute_string_field(out, VALUE_STRING, value);
    wire_write_close(out, any);
    wire_write_close(out, pair);
}

struct attribute_open attribute_text_open(struct buf *out, uint32_t field, struct slice key)
{
    struct attribute_open open;
    open.pair = wire_write_open(out, field);
    attribute_string_field(out, PAIR_KEY, key);
    open.any = wire_write_open(out, PAIR_VALUE);
    open.string = wire_write_open(out, VALUE_STRING);
    return open;
}

void attribute_text_close(struct buf *out, struct attribute_open open)
{
    wire_write_close(out, open.string);
    wire_write_close(out, open.any);
    wire_write_close(out, open.pair);
}

void attribute_json(struct buf *out, uint32_t field, struct slice key, struct json_string value)
{
    struct attribute_open open = attribute_text_open(out, field, key);
    json_string_decode(value, out);
    attribute_text_close(out, open);
}

/* Write a pair whose AnyValue is these bytes. */
static void write_scalar(struct buf *out, uint32_t field, struct slice key, const struct buf *any)
{
    if (utf8_valid(key)) {
        write_pair(out, field, key, any->size);
        buf_append(out, buf_bytes(any));
        return;
    }
    size_t pair = wire_write_open(out, field);
    attribute_string_field(out, PAIR_KEY, key);
    wire_write_bytes(out, PAIR_VALUE, buf_bytes(any));
    wire_write_close(out, pair);
}

void attribute_int(struct buf *out, uint32_t field, struct slice key, int64_t value)
{
    unsigned char bytes[SCALAR_SIZE_MAX];
    struct buf any;
    buf_init_fixed(&any, bytes, sizeof(bytes));
    wire_write_i64(&any, VALUE_INT, value);
    write_scalar(out, field, key, &any);
}

void attribute_double(struct buf *out, uint32_t field, struct slice key, double value)
{
    unsigned char bytes[SCALAR_SIZE_MAX];
    struct buf any;
    buf_init_fixed(&any, bytes, sizeof(bytes));
    wire_write_double(&any, VALUE_DOUBLE, value);
    write_scalar(out, field, key, &any);
}

void attribute_bool(struct buf *out, uint32_t field, struct slice key, bool value)
{
    unsigned char bytes[SCALAR_SIZE_MAX];
    struct buf any;
    buf_init_fixed(&any, bytes, sizeof(bytes));
    wire_write_bool(&any, VALUE_BOOL, value);
    write_scalar(out, field, key, &any);
}

void attribute_text_known(struct buf *out, uint32_t field, struct slice key, struct slice value)
{
    if (value.size > 0) {
        attribute_text(out, field, key, value);
    }
}

void attribute_int_known(struct buf *out, uint32_t field, struct slice key, int64_t value)
{
    if (value != INT64_MIN) {
        attribute_int(out, field, key, value);
    }
}
