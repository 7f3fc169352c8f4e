/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_page.h"

#include "base/utf8.h"

#include <stdarg.h>
#include <stdio.h>

/* Columns of the names of fields, and of the longest bar. */
#define FIELD_WIDTH 14
#define BAR_WIDTH   32
#define BAR_COUNT   12

void text_page_title(const struct text_page *page, const char *title)
{
    buf_append_byte(page->out, '\n');
    cli_text_style(page->screen, CLI_BOLD, page->out);
    buf_append_text(page->out, title);
    cli_text_style(page->screen, CLI_PLAIN, page->out);
    buf_append_byte(page->out, '\n');
}

/* The longest front that takes at most so many columns, but a character at least. */
static struct slice front_of(struct slice text, size_t width)
{
    size_t size = 0;
    while (size < text.size) {
        uint32_t code_point = 0;
        size_t step = utf8_decode(slice_skip(text, size), &code_point);
        step = step == 0 ? 1 : step;
        if (size > 0 && cli_text_width(slice_take(text, size + step)) > width) {
            break;
        }
        size += step;
    }
    return slice_take(text, size);
}

/* Append words from this column on, going on at indent where the width ends. */
static void wrap(const struct text_page *page, struct slice text, size_t indent, size_t column)
{
    bool first = true;
    while (text.size > 0) {
        struct slice word;
        struct slice rest;
        (void)slice_cut(text, ' ', &word, &rest);
        /* A word that is longer than a line is broken. */
        word = front_of(word, page->width - indent);
        text = slice_skip(text, word.size);
        text = slice_skip(text, text.size > 0 && text.base[0] == ' ');
        size_t width = cli_text_width(word);
        if (!first && column + 1 + width > page->width) {
            buf_append_byte(page->out, '\n');
            buf_append_fill(page->out, ' ', indent);
            column = indent;
            first = true;
        }
        if (!first) {
            buf_append_byte(page->out, ' ');
            column++;
        }
        buf_append(page->out, word);
        column += width;
        first = false;
    }
    buf_append_byte(page->out, '\n');
}

/* Long enough for the longest sentence with all its values. */
#define SENTENCE_SIZE_MAX 2048

__attribute__((format(printf, 3, 0))) static void
wrap_formatted(const struct text_page *page, size_t indent, const char *format, va_list values)
{
    char text[SENTENCE_SIZE_MAX];
    int size = vsnprintf(text, sizeof(text), format, values);
    if (size > 0) {
        size_t kept = (size_t)size < sizeof(text) ? (size_t)size : sizeof(text) - 1;
        wrap(page, slice_of(text, kept), indent, indent);
    }
}

void text_page_note(const struct text_page *page, size_t indent, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    buf_append_fill(page->out, ' ', indent);
    wrap_formatted(page, indent, format, values);
    va_end(values);
}

void text_page_field(const struct text_page *page, const char *name, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    cli_text_style(page->screen, CLI_DIM, page->out);
    buf_printf(page->out, "%-*s", FIELD_WIDTH, name);
    cli_text_style(page->screen, CLI_PLAIN, page->out);
    wrap_formatted(page, FIELD_WIDTH, format, values);
    va_end(values);
}

static void append_bar(const struct text_page *page, uint64_t count, uint64_t most)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    uint64_t parts = most == 0 ? 0 : (uint64_t)((double)count / (double)most * BAR_WIDTH * 8 + 0.5);
    if (count > 0 && parts == 0) {
        parts = 1;
    }
    cli_text_style(page->screen, CLI_BLUE, page->out);
    for (uint64_t i = 0; i < parts / 8; i++) {
        buf_append_text(page->out, page->screen->utf8 ? "█" : "#");
    }
    if (page->screen->utf8) {
        buf_append_text(page->out, eighths[parts % 8]);
    } else if (parts > 0 && parts < 8) {
        buf_append_byte(page->out, '#');
    }
    cli_text_style(page->screen, CLI_PLAIN, page->out);
}

void text_page_bars(const struct text_page *page, const struct spread *spread)
{
    struct spread_bars bars;
    uint64_t most = 0;
    spread_bars(spread, BAR_COUNT, &bars);
    for (size_t i = 0; i < bars.count; i++) {
        most = bars.counts[i] > most ? bars.counts[i] : most;
    }
    for (size_t i = 0; i < bars.count; i++) {
        struct slice low = text_page_duration(page, bars.low_ns[i]);
        struct slice high = text_page_duration(page, bars.low_ns[i + 1]);
        buf_printf(page->out, "  %9.*s to %9.*s ", SLICE_ARG(low), SLICE_ARG(high));
        append_bar(page, bars.counts[i], most);
        struct slice count = text_page_count(page, bars.counts[i]);
        buf_printf(page->out, "%s" SLICE_FMT "\n", bars.counts[i] > 0 ? " " : "", SLICE_ARG(count));
    }
}

struct slice text_page_label(const struct text_page *page, const struct label *label)
{
    return label->size == 0 ? SLICE("-") : cli_text_cell(label_text(label), 0, page->arena);
}

struct slice text_page_duration(const struct text_page *page, int64_t value_ns)
{
    return value_ns < 0 ? SLICE("-") : cli_text_duration((double)value_ns / 1e6, page->arena);
}

struct slice text_page_after(const struct text_page *page, int64_t after_ns)
{
    if (after_ns < 1000000000) {
        return arena_printf(page->arena, "+%lld ms", (long long)(after_ns / 1000000));
    }
    struct slice after = text_page_duration(page, after_ns);
    return arena_printf(page->arena, "+" SLICE_FMT, SLICE_ARG(after));
}

struct slice text_page_period(const struct text_page *page, int64_t period_ns)
{
    double days = (double)period_ns / 86400e9;
    return days < 2 ? text_page_duration(page, period_ns)
                    : arena_printf(page->arena, "%.1f days", days);
}

struct slice text_page_count(const struct text_page *page, uint64_t count)
{
    return cli_text_count((double)count, page->arena);
}

struct slice text_page_money(const struct text_page *page, struct money amount)
{
    char text[MONEY_TEXT_SIZE];
    size_t size = money_format(amount, text);
    return cli_text_money(slice_of(text, size), page->arena);
}

struct slice text_page_share(const struct text_page *page, uint64_t part, uint64_t whole)
{
    return whole == 0 ? SLICE("-") : cli_text_share((double)part / (double)whole, page->arena);
}

struct slice text_page_instant(const struct text_page *page, int64_t at_ns)
{
    return at_ns < 0 ? SLICE("-") : cli_text_instant((uint64_t)at_ns, page->arena);
}

struct slice text_page_mb(const struct text_page *page, int64_t mb)
{
    return mb < 0 ? SLICE("-") : arena_printf(page->arena, "%lld MB", (long long)mb);
}

struct slice text_page_per_million(const struct text_page *page, struct money amount,
                                   uint64_t count)
{
    if (count == 0) {
        return SLICE("-");
    }
    double dollars = money_to_double(amount) / (double)count * 1e6;
    return arena_printf(page->arena, dollars >= 1000 ? "$%.0f" : "$%.2f", dollars);
}
