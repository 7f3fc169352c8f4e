/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/template_value.h"

#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Columns that a value may be filled up to. */
#define WIDTH_MAX 200

/* Bytes of one value before it is filled up. */
#define CELL_SIZE_MAX 4096

/* One verb with what stands before it. */
struct verb {
    bool minus, plus, space, zero, sharp;
    int width;     /* -1: none. */
    int precision; /* -1: none. */
    char letter;
};

static void print_quoted(struct slice text, struct buf *out)
{
    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = text.base[i];
        if (c == '"' || c == '\\') {
            buf_append_byte(out, '\\');
            buf_append_byte(out, c);
        } else if (c == '\n') {
            buf_append_text(out, "\\n");
        } else if (c == '\t') {
            buf_append_text(out, "\\t");
        } else if (c < 0x20 || c == 0x7f) {
            buf_printf(out, "\\x%02x", c);
        } else {
            buf_append_byte(out, c);
        }
    }
    buf_append_byte(out, '"');
}

/* "%!d(float64=5)": what Go says of a verb that a value does not have. */
static void print_wrong(const struct verb *verb, const struct template_value *value,
                        struct buf *out)
{
    buf_printf(out, "%%!%c(%s=", verb->letter, template_kind_name(value->kind));
    template_value_print(value, out);
    buf_append_byte(out, ')');
}

static void print_integer(const struct verb *verb, const struct template_value *value,
                          struct buf *out)
{
    int64_t integer = value->of.integer;
    uint64_t size = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    const char *sign = integer < 0 ? "-" : verb->plus ? "+" : verb->space ? " " : "";
    switch (verb->letter) {
    case 'd':
    case 'v':
        buf_printf(out, "%s%llu", sign, (unsigned long long)size);
        break;
    case 'x':
        buf_printf(out, "%s%s%llx", sign, verb->sharp ? "0x" : "", (unsigned long long)size);
        break;
    case 'X':
        buf_printf(out, "%s%s%llX", sign, verb->sharp ? "0X" : "", (unsigned long long)size);
        break;
    case 'U':
        buf_printf(out, "U+%04llX", (unsigned long long)size);
        break;
    case 'o':
        buf_printf(out, "%s%s%llo", sign, verb->sharp ? "0" : "", (unsigned long long)size);
        break;
    case 'b':
        buf_append_text(out, sign);
        for (int bit = size == 0 ? 0 : 63 - __builtin_clzll(size); bit >= 0; bit--) {
            buf_append_byte(out, (size >> bit & 1) != 0 ? '1' : '0');
        }
        break;
    case 'c': {
        unsigned char bytes[UTF8_SIZE_MAX];
        bool scalar = size <= 0x10ffff && (size < 0xd800 || size > 0xdfff);
        size_t count = utf8_encode(scalar ? (uint32_t)size : 0xfffd, bytes);
        buf_append(out, slice_of(bytes, count));
        break;
    }
    default:
        print_wrong(verb, value, out);
        break;
    }
}

static void print_number(const struct verb *verb, const struct template_value *value,
                         struct buf *out)
{
    double number = value->of.number;
    bool signs = number >= 0 && (verb->plus || verb->space);
    char letter = verb->letter == 'v' ? 'g' : verb->letter == 'F' ? 'f' : verb->letter;
    int precision = verb->precision < 0 && (letter == 'f' || letter == 'e' || letter == 'E')
                        ? 6
                        : verb->precision;
    if (strchr("gGeEf", letter) == NULL) {
        print_wrong(verb, value, out);
        return;
    }
    if (signs) {
        buf_append_byte(out, verb->plus ? '+' : ' ');
    }
    template_number_print(number, letter, precision, out);
}

static void print_text(const struct verb *verb, const struct template_value *value, struct buf *out)
{
    struct slice text = value->of.text;
    if (verb->precision >= 0) {
        /* So many characters, not bytes. */
        size_t at = 0;
        for (int count = 0; count < verb->precision && at < text.size; count++) {
            at++;
            while (at < text.size && (text.base[at] & 0xc0) == 0x80) {
                at++;
            }
        }
        text = slice_take(text, at);
    }
    switch (verb->letter) {
    case 's':
    case 'v':
        buf_append(out, text);
        break;
    case 'q':
        print_quoted(text, out);
        break;
    case 'x':
    case 'X':
        for (size_t i = 0; i < text.size; i++) {
            buf_printf(out, verb->letter == 'x' ? "%02x" : "%02X", text.base[i]);
        }
        break;
    default:
        print_wrong(verb, value, out);
        break;
    }
}

static void print_cell(const struct verb *verb, const struct template_value *value, struct buf *out)
{
    switch (value->kind) {
    case TEMPLATE_INT:
        print_integer(verb, value, out);
        break;
    case TEMPLATE_FLOAT:
        print_number(verb, value, out);
        break;
    case TEMPLATE_TEXT:
        print_text(verb, value, out);
        break;
    case TEMPLATE_BOOL:
        if (verb->letter == 't' || verb->letter == 'v') {
            template_value_print(value, out);
        } else {
            print_wrong(verb, value, out);
        }
        break;
    case TEMPLATE_NIL:
        buf_printf(out, verb->letter == 'v' ? "<nil>" : "%%!%c(<nil>)", verb->letter);
        break;
    case TEMPLATE_LABELS:
    case TEMPLATE_SAMPLE:
    case TEMPLATE_VECTOR:
    case TEMPLATE_DATA:
    case TEMPLATE_TIME:
    case TEMPLATE_ARGS:
        template_value_print(value, out);
        break;
    }
}

/* Fill a cell up to its width: with zeros behind the sign, or with spaces. */
static void print_filled(const struct verb *verb, struct slice cell, struct buf *out)
{
    size_t columns = 0;
    for (size_t i = 0; i < cell.size; i++) {
        columns += (cell.base[i] & 0xc0) != 0x80;
    }
    size_t width = verb->width < 0 ? 0 : (size_t)verb->width;
    size_t fill = width > columns ? width - columns : 0;
    bool zeros = verb->zero && !verb->minus;
    bool sign = zeros && cell.size > 0 && (cell.base[0] == '-' || cell.base[0] == '+');
    if (sign) {
        buf_append_byte(out, cell.base[0]);
        cell = slice_skip(cell, 1);
    }
    if (!verb->minus) {
        buf_append_fill(out, zeros ? '0' : ' ', fill);
    }
    buf_append(out, cell);
    if (verb->minus) {
        buf_append_fill(out, ' ', fill);
    }
}

static int take_count(struct slice *rest)
{
    int count = -1;
    while (rest->size > 0 && rest->base[0] >= '0' && rest->base[0] <= '9') {
        count = (count < 0 ? 0 : count) * 10 + (rest->base[0] - '0');
        count = count > WIDTH_MAX ? WIDTH_MAX : count;
        *rest = slice_skip(*rest, 1);
    }
    return count;
}

/* What stands behind a percent sign. */
static struct verb take_verb(struct slice *rest)
{
    struct verb verb = {.width = -1, .precision = -1};
    for (bool more = true; more && rest->size > 0;) {
        switch (rest->base[0]) {
        case '-':
            verb.minus = true;
            break;
        case '+':
            verb.plus = true;
            break;
        case ' ':
            verb.space = true;
            break;
        case '0':
            verb.zero = true;
            break;
        case '#':
            verb.sharp = true;
            break;
        default:
            more = false;
            continue;
        }
        *rest = slice_skip(*rest, 1);
    }
    verb.width = take_count(rest);
    if (rest->size > 0 && rest->base[0] == '.') {
        *rest = slice_skip(*rest, 1);
        verb.precision = take_count(rest);
        verb.precision = verb.precision < 0 ? 0 : verb.precision;
    }
    if (rest->size > 0) {
        verb.letter = (char)rest->base[0];
        *rest = slice_skip(*rest, 1);
    }
    return verb;
}

static void print_verb(const struct verb *verb, const struct template_value *value, struct buf *out)
{
    char memory[CELL_SIZE_MAX];
    struct buf cell;
    if (verb->width < 0) {
        print_cell(verb, value, out);
        return;
    }
    buf_init_fixed(&cell, memory, sizeof(memory));
    print_cell(verb, value, &cell);
    print_filled(verb, buf_bytes(&cell), out);
}

/* Values that no verb was for. */
static void print_extra(const struct template_value *values, size_t count, struct buf *out)
{
    buf_append_text(out, "%!(EXTRA ");
    for (size_t i = 0; i < count; i++) {
        buf_append_text(out, i > 0 ? ", " : "");
        if (values[i].kind == TEMPLATE_NIL) {
            buf_append_text(out, "<nil>");
            continue;
        }
        buf_printf(out, "%s=", template_kind_name(values[i].kind));
        template_value_print(&values[i], out);
    }
    buf_append_byte(out, ')');
}

void template_printf(struct slice format, const struct template_value *values, size_t count,
                     struct buf *out)
{
    size_t next = 0;
    struct slice rest = format;
    while (rest.size > 0) {
        size_t at = slice_find_byte(rest, '%');
        buf_append(out, slice_take(rest, at == SLICE_NONE ? rest.size : at));
        if (at == SLICE_NONE) {
            break;
        }
        rest = slice_skip(rest, at + 1);
        struct verb verb = take_verb(&rest);
        if (verb.letter == '\0') {
            buf_append_text(out, "%!(NOVERB)");
        } else if (verb.letter == '%') {
            buf_append_byte(out, '%');
        } else if (next >= count) {
            buf_printf(out, "%%!%c(MISSING)", verb.letter);
        } else {
            print_verb(&verb, &values[next], out);
            next++;
        }
    }
    if (next < count) {
        print_extra(&values[next], count - next, out);
    }
}
