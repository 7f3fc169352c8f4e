/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_text.h"

#include "base/number.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

struct range {
    uint32_t first;
    uint32_t last;
};

static bool in_ranges(uint32_t code_point, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (code_point >= ranges[i].first && code_point <= ranges[i].last) {
            return true;
        }
    }
    return false;
}

/* Characters that command a terminal or reorder what stands beside them. */
static bool is_hostile(uint32_t code_point)
{
    static const struct range ranges[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},     {0x61c, 0x61c},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
        {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xe0000, 0xe0fff},
    };
    return in_ranges(code_point, ranges, sizeof(ranges) / sizeof(ranges[0]));
}

/* Characters that take no column of their own, and that take two. */
static size_t width_of(uint32_t code_point)
{
    static const struct range none[] = {{0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},
                                        {0x610, 0x61a},   {0x64b, 0x65f},   {0x1ab0, 0x1aff},
                                        {0x1dc0, 0x1dff}, {0x20d0, 0x20ff}, {0xfe20, 0xfe2f}};
    static const struct range two[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0xa4cf},
                                       {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                                       {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                                       {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    if (in_ranges(code_point, none, sizeof(none) / sizeof(none[0]))) {
        return 0;
    }
    return in_ranges(code_point, two, sizeof(two) / sizeof(two[0])) ? 2 : 1;
}

/* Append the first character of text, escaped if need be; the answer is its size in text. */
static size_t append_character(struct slice text, struct buf *out)
{
    uint32_t code_point = 0;
    size_t size = utf8_decode(text, &code_point);
    if (size == 0) {
        buf_printf(out, "\\x%02x", (unsigned)text.base[0]);
        return 1;
    }
    if (code_point == '\n') {
        buf_append_text(out, "\\n");
    } else if (code_point == '\t') {
        buf_append_text(out, "\\t");
    } else if (code_point < 0x100 && is_hostile(code_point)) {
        buf_printf(out, "\\x%02x", (unsigned)code_point);
    } else if (is_hostile(code_point)) {
        buf_printf(out, "\\u{%x}", (unsigned)code_point);
    } else {
        buf_append(out, slice_take(text, size));
    }
    return size;
}

void cli_text_safe(struct slice text, struct buf *out)
{
    while (text.size > 0) {
        text = slice_skip(text, append_character(text, out));
    }
}

size_t cli_text_width(struct slice text)
{
    size_t width = 0;
    while (text.size > 0) {
        uint32_t code_point = 0;
        size_t size = utf8_decode(text, &code_point);
        width += size == 0 ? 1 : width_of(code_point);
        text = slice_skip(text, size == 0 ? 1 : size);
    }
    return width;
}

/* The longest front of safe text that takes at most so many columns. */
static struct slice front_of_width(struct slice text, size_t width)
{
    size_t size = 0;
    size_t used = 0;
    while (size < text.size) {
        uint32_t code_point = 0;
        size_t step = utf8_decode(slice_skip(text, size), &code_point);
        size_t columns = step == 0 ? 1 : width_of(code_point);
        if (used + columns > width) {
            break;
        }
        used += columns;
        size += step == 0 ? 1 : step;
    }
    return slice_take(text, size);
}

struct slice cli_text_cell(struct slice text, size_t width, struct arena *arena)
{
    struct buf safe;
    /* An escape is at most ten times as long as what it stands for. */
    size_t size_max = text.size < SIZE_MAX / 10 - 1 ? text.size * 10 + 1 : 0;
    void *memory = size_max == 0 ? NULL : arena_alloc(arena, size_max);
    if (memory == NULL) {
        return SLICE_EMPTY;
    }
    buf_init_fixed(&safe, memory, size_max);
    cli_text_safe(text, &safe);
    struct slice cell = buf_bytes(&safe);
    if (width == 0 || cli_text_width(cell) <= width) {
        return cell;
    }
    struct slice front = front_of_width(cell, width - 1);
    return arena_printf(arena, SLICE_FMT "~", SLICE_ARG(front));
}

struct slice cli_text_duration(double ms, struct arena *arena)
{
    if (ms < 0) {
        struct slice size = cli_text_duration(-ms, arena);
        return arena_printf(arena, "-" SLICE_FMT, SLICE_ARG(size));
    }
    if (ms >= 3600000) {
        return arena_printf(arena, "%.1f h", ms / 3600000);
    }
    if (ms >= 120000) {
        return arena_printf(arena, "%.1f min", ms / 60000);
    }
    if (ms >= 1000) {
        return arena_printf(arena, "%.2f s", ms / 1000);
    }
    if (!(ms > 0)) {
        return SLICE("0 ms");
    }
    return arena_printf(arena, ms >= 99.95 ? "%.0f ms" : ms >= 9.995 ? "%.1f ms" : "%.2f ms", ms);
}

struct slice cli_text_instant(uint64_t epoch_ns, struct arena *arena)
{
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format(epoch_ns, 3, text);
    /* "2026-11-23T14:53:25.123Z" without the letters. */
    text[10] = ' ';
    return arena_dup(arena, slice_of(text, size - 1));
}

/* Digits that count in an amount: enough to tell invocations apart. */
#define MONEY_DIGITS 6

/* Where an amount is cut: behind MONEY_DIGITS digits that count, but not before the cents. */
static size_t money_end(struct slice amount, size_t point)
{
    size_t counted = 0;
    for (size_t i = 0; i < amount.size; i++) {
        bool digit = amount.base[i] >= '0' && amount.base[i] <= '9';
        counted += digit && (counted > 0 || amount.base[i] != '0');
        if (counted >= MONEY_DIGITS && i >= point + 2) {
            return i + 1;
        }
    }
    return amount.size;
}

/* Add one to the last digit, carrying; true if a one is to be put in front of all. */
static bool round_up(unsigned char *text, size_t size)
{
    for (size_t i = size; i > 0; i--) {
        if (text[i - 1] == '9') {
            text[i - 1] = '0';
        } else if (text[i - 1] >= '0' && text[i - 1] <= '8') {
            text[i - 1]++;
            return false;
        }
    }
    return true;
}

struct slice cli_text_money(struct slice amount, struct arena *arena)
{
    struct slice sign = slice_starts(amount, SLICE("-")) ? SLICE("-") : SLICE_EMPTY;
    amount = slice_skip(amount, sign.size);
    size_t point = slice_find_byte(amount, '.');
    size_t end = point == SLICE_NONE ? amount.size : money_end(amount, point);
    unsigned char *copy = end == 0 ? NULL : arena_alloc(arena, end);
    if (copy == NULL) {
        return SLICE_EMPTY;
    }
    memcpy(copy, amount.base, end);
    bool carry = end < amount.size && amount.base[end] >= '5' && round_up(copy, end);
    return arena_printf(arena, SLICE_FMT "$%s" SLICE_FMT, SLICE_ARG(sign), carry ? "1" : "",
                        SLICE_ARG(slice_of(copy, end)));
}

struct slice cli_text_share(double share, struct arena *arena)
{
    return arena_printf(arena, share > 0 && share < 0.001 ? "%.3f %%" : "%.1f %%", share * 100);
}

struct slice cli_text_count(double count, struct arena *arena)
{
    if (count < 0 || count >= 1e15) {
        return arena_printf(arena, "%.0f", count);
    }
    char digits[NUMBER_TEXT_SIZE];
    size_t size = number_format_u64((uint64_t)(count + 0.5), digits);
    char text[NUMBER_TEXT_SIZE * 2];
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && (size - i) % 3 == 0) {
            text[used] = ',';
            used++;
        }
        text[used] = digits[i];
        used++;
    }
    return arena_dup(arena, slice_of(text, used));
}

struct slice cli_text_ago(uint64_t epoch_ns, uint64_t now_ns, struct arena *arena)
{
    if (epoch_ns == 0) {
        return SLICE("-");
    }
    if (epoch_ns > now_ns) {
        return cli_text_instant(epoch_ns, arena);
    }
    uint64_t s = (now_ns - epoch_ns) / 1000000000;
    if (s < 120) {
        return arena_printf(arena, "%llu s ago", (unsigned long long)s);
    }
    if (s < 7200) {
        return arena_printf(arena, "%llu min ago", (unsigned long long)(s / 60));
    }
    if (s < 172800) {
        return arena_printf(arena, "%llu h ago", (unsigned long long)(s / 3600));
    }
    return arena_printf(arena, "%llu days ago", (unsigned long long)(s / 86400));
}

const char *cli_text_form(uint64_t count, const char *one, const char *many)
{
    return count == 1 ? one : many;
}

void cli_text_style(const struct cli_screen *screen, enum cli_style style, struct buf *out)
{
    static const char *const codes[] = {
        [CLI_PLAIN] = "\x1b[0m", [CLI_BOLD] = "\x1b[1m",   [CLI_DIM] = "\x1b[2m",
        [CLI_RED] = "\x1b[31m",  [CLI_GREEN] = "\x1b[32m", [CLI_YELLOW] = "\x1b[33m",
        [CLI_BLUE] = "\x1b[36m",
    };
    if (screen->colour) {
        buf_append_text(out, codes[style]);
    }
}
