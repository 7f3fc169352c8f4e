/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_write.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void json_write_init(struct json_write *writer, struct buf *out)
{
    *writer = (struct json_write){.out = out, .first = true};
}

static bool json_write_in_object(const struct json_write *writer)
{
    unsigned top = writer->depth - 1;

    return writer->depth > 0 && (writer->in_object[top / 64] >> (top % 64) & 1) != 0;
}

static void json_write_comma(struct json_write *writer)
{
    if (!writer->first) {
        buf_append_byte(writer->out, ',');
    }
    writer->first = false;
}

/* What stands before every value. */
static void json_write_value(struct json_write *writer)
{
    if (json_write_in_object(writer)) {
        ENSURE(writer->keyed); /* Values in objects have keys. */
        writer->keyed = false;
        return;
    }
    ENSURE(writer->depth > 0 || writer->first); /* There is one value. */
    json_write_comma(writer);
}

static void json_write_begin(struct json_write *writer, bool object)
{
    json_write_value(writer);
    ENSURE(writer->depth < JSON_DEPTH_MAX);
    uint64_t bit = UINT64_C(1) << (writer->depth % 64);
    if (object) {
        writer->in_object[writer->depth / 64] |= bit;
    } else {
        writer->in_object[writer->depth / 64] &= ~bit;
    }
    writer->depth++;
    writer->first = true;
    buf_append_byte(writer->out, object ? '{' : '[');
}

static void json_write_end(struct json_write *writer, bool object)
{
    ENSURE(writer->depth > 0 && json_write_in_object(writer) == object && !writer->keyed);
    writer->depth--;
    writer->first = false;
    buf_append_byte(writer->out, object ? '}' : ']');
}

void json_write_object_begin(struct json_write *writer)
{
    json_write_begin(writer, true);
}

void json_write_object_end(struct json_write *writer)
{
    json_write_end(writer, true);
}

void json_write_array_begin(struct json_write *writer)
{
    json_write_begin(writer, false);
}

void json_write_array_end(struct json_write *writer)
{
    json_write_end(writer, false);
}

static void json_write_escape(struct buf *out, unsigned char byte)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char text[6] = {'\\', 'u', '0', '0', 0, 0};

    switch (byte) {
    case '"':
    case '\\':
        text[1] = byte;
        break;
    case '\n':
        text[1] = 'n';
        break;
    case '\r':
        text[1] = 'r';
        break;
    case '\t':
        text[1] = 't';
        break;
    default:
        text[4] = (unsigned char)digits[byte >> 4];
        text[5] = (unsigned char)digits[byte & 15];
        break;
    }
    buf_append(out, slice_of(text, text[1] == 'u' ? 6 : 2));
}

static void json_write_quoted(struct buf *out, struct slice text)
{
    size_t start = 0;

    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        /* DEL is no control character to JSON, but a terminal may take it for one. */
        if (byte < 0x20 || byte == '"' || byte == '\\' || byte == 0x7f) {
            utf8_sanitise(slice_of(text.base + start, i - start), out);
            json_write_escape(out, byte);
            start = i + 1;
        }
    }
    utf8_sanitise(slice_skip(text, start), out);
    buf_append_byte(out, '"');
}

void json_write_key(struct json_write *writer, struct slice key)
{
    ENSURE(json_write_in_object(writer) && !writer->keyed);
    json_write_comma(writer);
    json_write_quoted(writer->out, key);
    buf_append_byte(writer->out, ':');
    writer->keyed = true;
}

void json_write_string(struct json_write *writer, struct slice text)
{
    json_write_value(writer);
    json_write_quoted(writer->out, text);
}

void json_write_u64(struct json_write *writer, uint64_t value)
{
    json_write_value(writer);
    buf_append_u64(writer->out, value);
}

void json_write_i64(struct json_write *writer, int64_t value)
{
    json_write_value(writer);
    buf_append_i64(writer->out, value);
}

void json_write_u64_text(struct json_write *writer, uint64_t value)
{
    char text[NUMBER_TEXT_SIZE];

    json_write_string(writer, slice_of(text, number_format_u64(value, text)));
}

void json_write_i64_text(struct json_write *writer, int64_t value)
{
    char text[NUMBER_TEXT_SIZE];

    json_write_string(writer, slice_of(text, number_format_i64(value, text)));
}

void json_write_scaled(struct json_write *writer, int64_t value, unsigned digits)
{
    char text[NUMBER_TEXT_SIZE];

    json_write_raw(writer, slice_of(text, number_format_scaled(value, digits, text)));
}

void json_write_double(struct json_write *writer, double value, enum json_nonfinite nonfinite)
{
    char text[NUMBER_TEXT_SIZE];
    struct slice number = slice_of(text, number_format_double(value, text));

    if (isfinite(value)) {
        json_write_raw(writer, number);
    } else if (nonfinite == JSON_NONFINITE_TEXT) {
        json_write_string(writer, number);
    } else {
        json_write_null(writer);
    }
}

void json_write_bool(struct json_write *writer, bool value)
{
    json_write_raw(writer, value ? SLICE("true") : SLICE("false"));
}

void json_write_null(struct json_write *writer)
{
    json_write_raw(writer, SLICE("null"));
}

void json_write_raw(struct json_write *writer, struct slice json)
{
    json_write_value(writer);
    buf_append(writer->out, json);
}

void json_write_hex(struct json_write *writer, struct slice bytes)
{
    json_write_value(writer);
    buf_append_byte(writer->out, '"');
    for (size_t i = 0; i < bytes.size; i++) {
        char digits[2];
        hex_encode(slice_of(bytes.base + i, 1), digits);
        buf_append(writer->out, slice_of(digits, sizeof(digits)));
    }
    buf_append_byte(writer->out, '"');
}

void json_write_base64(struct json_write *writer, struct slice bytes)
{
    json_write_value(writer);
    buf_append_byte(writer->out, '"');
    base64_encode(bytes, writer->out);
    buf_append_byte(writer->out, '"');
}

void json_write_printf(struct json_write *writer, const char *format, ...)
{
    char text[512];
    va_list values;

    va_start(values, format);
    int size = vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    ENSURE(size >= 0);
    size_t shown = (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1;
    json_write_string(writer, slice_of(text, shown));
}

void json_write_member_string(struct json_write *writer, struct slice key, struct slice value)
{
    json_write_key(writer, key);
    json_write_string(writer, value);
}

void json_write_member_u64(struct json_write *writer, struct slice key, uint64_t value)
{
    json_write_key(writer, key);
    json_write_u64(writer, value);
}

void json_write_member_i64(struct json_write *writer, struct slice key, int64_t value)
{
    json_write_key(writer, key);
    json_write_i64(writer, value);
}

void json_write_member_u64_text(struct json_write *writer, struct slice key, uint64_t value)
{
    json_write_key(writer, key);
    json_write_u64_text(writer, value);
}

void json_write_member_bool(struct json_write *writer, struct slice key, bool value)
{
    json_write_key(writer, key);
    json_write_bool(writer, value);
}

void json_write_member_null(struct json_write *writer, struct slice key)
{
    json_write_key(writer, key);
    json_write_null(writer);
}

void json_write_member_object(struct json_write *writer, struct slice key)
{
    json_write_key(writer, key);
    json_write_object_begin(writer);
}

void json_write_member_array(struct json_write *writer, struct slice key)
{
    json_write_key(writer, key);
    json_write_array_begin(writer);
}

void json_write_finish(const struct json_write *writer)
{
    ENSURE(writer->depth == 0 && !writer->first && !writer->keyed);
}
