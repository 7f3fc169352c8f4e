/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include "base/ensure.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

/* Digits of 64 bits, in decimal. */
#define DIGITS_MAX 20

/* What stands between the percent sign and the letter. */
struct conversion {
    unsigned digits_min; /* %0N */
    int size;            /* %.*s, or -1. */
    bool is_long;        /* 64 bits: ll, z. */
    char letter;
};

/* Read one, behind the percent sign.  The answer is what follows it. */
static const char *format_read(const char *at, struct conversion *conversion, va_list *values)
{
    *conversion = (struct conversion){.size = -1};
    if (at[0] == '.' && at[1] == '*') {
        conversion->size = va_arg(*values, int);
        at += 2;
    }
    if (at[0] == '0') {
        conversion->digits_min = (unsigned)(at[1] - '0');
        at += 2;
    }
    if (at[0] == 'z') {
        conversion->is_long = true;
        at++;
    } else if (at[0] == 'l') {
        conversion->is_long = true;
        at += 2;
    }
    conversion->letter = at[0];
    return at + 1;
}

static void format_number(struct buf *buf, uint64_t number, unsigned base, unsigned digits_min)
{
    char text[DIGITS_MAX];
    size_t at = sizeof(text);
    while (number > 0 || sizeof(text) - at < digits_min || at == sizeof(text)) {
        text[--at] = "0123456789abcdef"[number % base];
        number /= base;
    }
    buf_append(buf, slice_of(text + at, sizeof(text) - at));
}

static void format_signed(struct buf *buf, int64_t number, unsigned digits_min)
{
    if (number < 0) {
        buf_append_byte(buf, '-');
    }
    uint64_t magnitude = (uint64_t)number;
    format_number(buf, number < 0 ? 0 - magnitude : magnitude, 10, digits_min);
}

/* Append one value, and step over it. */
static void format_value(struct buf *buf, const struct conversion *conversion, va_list *values)
{
    bool is_long = conversion->is_long;
    unsigned digits_min = conversion->digits_min;
    ENSURE(digits_min < 10);
    if (conversion->letter == 's') {
        const char *text = va_arg(*values, const char *);
        size_t size_max = conversion->size < 0 ? SIZE_MAX : (size_t)conversion->size;
        /* A slice of nothing may lie nowhere. */
        buf_append(buf, slice_of(text, size_max == 0 ? 0 : strnlen(text, size_max)));
    } else if (conversion->letter == 'd') {
        int64_t number = is_long ? va_arg(*values, long long) : va_arg(*values, int);
        format_signed(buf, number, digits_min);
    } else {
        ENSURE(conversion->letter == 'u' || conversion->letter == 'x');
        uint64_t number = is_long ? va_arg(*values, unsigned long long) : va_arg(*values, unsigned);
        format_number(buf, number, conversion->letter == 'x' ? 16 : 10, digits_min);
    }
}

static void format_all(struct buf *buf, const char *format, va_list *values)
{
    size_t before = buf->size;
    struct conversion conversion;
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        buf_append(buf, slice_of(format, plain));
        format += plain;
        if (*format != '\0') {
            format = format_read(format + 1, &conversion, values);
            format_value(buf, &conversion, values);
        }
    }
    if (buf_overflowed(buf)) {
        buf->size = before;
    }
}

void format_append(struct buf *buf, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    format_all(buf, format, &values);
    va_end(values);
}

struct slice format_arena(struct arena *arena, const char *format, ...)
{
    struct buf text;
    va_list values;
    size_t mark = arena_mark(arena);
    size_t left = arena_left(arena);
    char *memory = arena_alloc(arena, left > 0 ? left : 1);
    if (memory == NULL) {
        return SLICE_EMPTY;
    }
    /* The text is written where it will lie, with the place of the NUL kept free. */
    buf_init_fixed(&text, memory, left - 1);
    va_start(values, format);
    format_all(&text, format, &values);
    va_end(values);
    arena_rewind(arena, mark);
    if (buf_overflowed(&text)) {
        arena->overflowed = true;
        return SLICE_EMPTY;
    }
    memory[text.size] = '\0';
    ENSURE(arena_alloc(arena, text.size + 1) == memory);
    return buf_bytes(&text);
}
