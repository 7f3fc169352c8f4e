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

void attribute_text(struct buf *out, uint32_t field, struct slice key, struct slice value)
{
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

void attribute_int(struct buf *out, uint32_t field, struct slice key, int64_t value)
{
    size_t pair = wire_write_open(out, field);
    attribute_string_field(out, PAIR_KEY, key);
    size_t any = wire_write_open(out, PAIR_VALUE);
    wire_write_i64(out, VALUE_INT, value);
    wire_write_close(out, any);
    wire_write_close(out, pair);
}

void attribute_double(struct buf *out, uint32_t field, struct slice key, double value)
{
    size_t pair = wire_write_open(out, field);
    attribute_string_field(out, PAIR_KEY, key);
    size_t any = wire_write_open(out, PAIR_VALUE);
    wire_write_double(out, VALUE_DOUBLE, value);
    wire_write_close(out, any);
    wire_write_close(out, pair);
}

void attribute_bool(struct buf *out, uint32_t field, struct slice key, bool value)
{
    size_t pair = wire_write_open(out, field);
    attribute_string_field(out, PAIR_KEY, key);
    size_t any = wire_write_open(out, PAIR_VALUE);
    wire_write_bool(out, VALUE_BOOL, value);
    wire_write_close(out, any);
    wire_write_close(out, pair);
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
