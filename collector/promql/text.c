/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/text.h"

#include "base/number.h"
#include "base/utf8.h"
#include "promql/promql.h"
#include "promql/promql_limits.h"

#include <math.h>
#include <stdlib.h>

/* Digits of a base, 2 to 16, to the number; false where there are none, others, or too many. */
static bool parse_base(struct slice text, unsigned base, double *value)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        unsigned char lower = (unsigned char)(byte | 0x20);
        unsigned digit = base;
        if (byte >= '0' && byte <= '9') {
            digit = (unsigned)(byte - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            digit = (unsigned)(lower - 'a') + 10;
        }
        if (digit >= base || sum > ((uint64_t)INT64_MAX - digit) / base) {
            return false;
        }
        sum = sum * base + digit;
    }
    *value = (double)sum;
    return text.size > 0;
}

bool text_number(struct slice text, double *value)
{
    char copy[64];
    if (slice_equal_nocase(text, SLICE("inf"))) {
        *value = (double)INFINITY;
        return true;
    }
    if (slice_equal_nocase(text, SLICE("nan"))) {
        *value = (double)NAN;
        return true;
    }
    if (slice_starts(text, SLICE("0x")) || slice_starts(text, SLICE("0X"))) {
        return parse_base(slice_skip(text, 2), 16, value);
    }
    if (text.size > 1 && text.base[0] == '0' && parse_base(text, 8, value)) {
        return true;
    }
    if (!slice_copy_text(text, copy, sizeof(copy))) {
        return false;
    }
    char *end = NULL;
    *value = strtod(copy, &end);
    return text.size > 0 && end == copy + text.size && isfinite(*value);
}

struct unit {
    const char *name;
    int64_t ms;
};

/* In the order in which they may stand. */
static const struct unit units[] = {
    {"y", INT64_C(365) * 86400000},
    {"w", INT64_C(7) * 86400000},
    {"d", 86400000},
    {"h", 3600000},
    {"m", 60000},
    {"s", 1000},
    {"ms", 1},
};

bool text_duration(struct slice text, int64_t *duration_ms)
{
    int64_t sum = 0;
    size_t next_unit = 0;
    bool any = false;
    if (slice_equal(text, SLICE("0"))) {
        *duration_ms = 0;
        return true;
    }
    while (text.size > 0) {
        size_t digits = 0;
        int64_t count = 0;
        while (digits < text.size && text.base[digits] >= '0' && text.base[digits] <= '9') {
            count = count * 10 + (text.base[digits] - '0');
            digits++;
            if (count > PROMQL_DURATION_MS_MAX) {
                return false;
            }
        }
        text = slice_skip(text, digits);
        size_t letters = text.size > 1 && text.base[0] == 'm' && text.base[1] == 's' ? 2 : 1;
        struct slice name = slice_take(text, letters);
        while (next_unit < sizeof(units) / sizeof(units[0]) &&
               !slice_equal(name, slice_from(units[next_unit].name))) {
            next_unit++;
        }
        if (digits == 0 || next_unit == sizeof(units) / sizeof(units[0]) ||
            __builtin_mul_overflow(count, units[next_unit].ms, &count) ||
            count > PROMQL_DURATION_MS_MAX - sum) {
            return false;
        }
        sum += count;
        next_unit++;
        any = true;
        text = slice_skip(text, letters);
    }
    *duration_ms = sum;
    return any;
}

enum status promql_parse_duration(struct slice text, int64_t *duration_ms)
{
    return text_duration(text, duration_ms) && *duration_ms > 0 ? STATUS_OK : STATUS_BAD;
}

/* The number that count digits of a base are, from the front of the rest of an escape. */
static bool take_digits(struct slice *rest, size_t count, unsigned base, uint32_t *value)
{
    double parsed = 0;
    if (rest->size < count || !parse_base(slice_take(*rest, count), base, &parsed)) {
        return false;
    }
    *rest = slice_skip(*rest, count);
    *value = (uint32_t)parsed;
    return true;
}

/* What stands behind a backslash, to bytes; the answer is how many, 0 if there is no such escape.
 */
static size_t unescape(struct slice *rest, unsigned char quote, unsigned char *bytes)
{
    static const char names[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
    unsigned char letter = rest->base[0];
    const char *found = letter == 0 ? NULL : strchr(names, letter);
    uint32_t value = 0;
    if (found != NULL || letter == quote) {
        *rest = slice_skip(*rest, 1);
        bytes[0] = found == NULL ? letter : (unsigned char)values[found - names];
        return 1;
    }
    if (letter >= '0' && letter <= '7') {
        bool good = take_digits(rest, 3, 8, &value) && value <= 255;
        bytes[0] = (unsigned char)value;
        return good ? 1 : 0;
    }
    size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (digits == 0) {
        return 0;
    }
    *rest = slice_skip(*rest, 1);
    if (!take_digits(rest, digits, 16, &value)) {
        return 0;
    }
    if (letter == 'x') {
        bytes[0] = (unsigned char)value;
        return 1;
    }
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) {
        return 0;
    }
    return utf8_encode(value, bytes);
}

bool text_unquote(struct slice text, struct arena *arena, struct slice *value, const char **reason)
{
    unsigned char quote = text.base[0];
    struct slice rest = slice_skip(slice_take(text, text.size - 1), 1);
    if (quote == '`' || slice_find_byte(rest, '\\') == SLICE_NONE) {
        *value = rest;
        return true;
    }
    *value = SLICE_EMPTY;
    unsigned char *bytes = arena_alloc(arena, text.size + UTF8_SIZE_MAX);
    if (bytes == NULL) {
        return true;
    }
    size_t size = 0;
    while (rest.size > 0) {
        if (rest.base[0] != '\\') {
            bytes[size++] = rest.base[0];
            rest = slice_skip(rest, 1);
            continue;
        }
        rest = slice_skip(rest, 1);
        size_t made = rest.size == 0 ? 0 : unescape(&rest, quote, bytes + size);
        if (made == 0) {
            *reason = "invalid syntax";
            return false;
        }
        size += made;
    }
    *value = slice_of(bytes, size);
    return true;
}

void text_quote(struct slice text, struct buf *out)
{
    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = text.base[i];
        if (byte == '"' || byte == '\\') {
            buf_append_byte(out, '\\');
            buf_append_byte(out, byte);
        } else if (byte == '\n') {
            buf_append_text(out, "\\n");
        } else if (byte < 0x20 || byte == 0x7f) {
            buf_printf(out, "\\x%02x", byte);
        } else {
            buf_append_byte(out, byte);
        }
    }
    buf_append_byte(out, '"');
}

void text_labels(const struct label_set *labels, struct buf *out)
{
    buf_append_byte(out, '{');
    for (size_t i = 0; i < labels->count; i++) {
        buf_append_text(out, i == 0 ? "" : ", ");
        if (text_is_plain_label(labels->items[i].name)) {
            buf_append(out, labels->items[i].name);
        } else {
            text_quote(labels->items[i].name, out);
        }
        buf_append_byte(out, '=');
        text_quote(labels->items[i].value, out);
    }
    buf_append_byte(out, '}');
}

bool text_is_plain_label(struct slice name)
{
    for (size_t i = 0; i < name.size; i++) {
        unsigned char byte = name.base[i];
        bool letter = byte == '_' || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && (i == 0 || byte < '0' || byte > '9')) {
            return false;
        }
    }
    return name.size > 0;
}

/* The digits of a shortest text, and where its point is: 1.5e-7 is "15" with the point at -6. */
static size_t split_digits(const char *text, char *digits, int *point)
{
    size_t count = 0;
    int before = 0, exponent = 0;
    bool seen_point = false;
    for (; *text != 0 && *text != 'e' && *text != 'E'; text++) {
        if (*text == '.') {
            seen_point = true;
        } else {
            digits[count++] = *text;
            before += seen_point ? 0 : 1;
        }
    }
    if (*text != 0) {
        exponent = (int)strtol(text + 1, NULL, 10);
    }
    *point = before + exponent;
    return count;
}

void promql_format_number(double value, struct buf *out)
{
    char text[NUMBER_TEXT_SIZE], digits[NUMBER_TEXT_SIZE];
    if (isnan(value)) {
        buf_append_text(out, "NaN");
        return;
    }
    if (isinf(value)) {
        buf_append_text(out, value > 0 ? "+Inf" : "-Inf");
        return;
    }
    number_format_double(value, text);
    size_t minus = text[0] == '-';
    if (strpbrk(text, "eE") == NULL) {
        size_t size = strlen(text);
        size -= size > 2 && strcmp(text + size - 2, ".0") == 0 ? 2 : 0;
        buf_append(out, slice_of(text, size));
        return;
    }
    int point = 0;
    size_t count = split_digits(text + minus, digits, &point);
    buf_append_text(out, minus ? "-" : "");
    if (point <= 0) {
        buf_append_text(out, "0.");
        buf_append_fill(out, '0', (size_t)-point);
        buf_append(out, slice_of(digits, count));
    } else if ((size_t)point >= count) {
        buf_append(out, slice_of(digits, count));
        buf_append_fill(out, '0', (size_t)point - count);
    } else {
        buf_append(out, slice_of(digits, (size_t)point));
        buf_append_byte(out, '.');
        buf_append(out, slice_of(digits + point, count - (size_t)point));
    }
}
