/* SPDX-License-Identifier: Apache-2.0 */
#include "shown.h"

#include "base/buf.h"
#include "base/number.h"

#include <stdlib.h>
#include <string.h>

enum { LINES_MAX = 2048, MATCHERS_MAX = 4 };

static unsigned char arena_memory[32u << 20];
static unsigned char line_memory[4u << 20];
static char text[4u << 20];

struct lines {
    int64_t base_ms;
    struct buf out;
    size_t starts[LINES_MAX + 1];
    size_t count;
};

static void write_labels(struct lines *lines, const struct label_set *labels)
{
    buf_append_byte(&lines->out, '{');
    for (size_t i = 0; i < labels->count; i++) {
        buf_printf(&lines->out, "%s" SLICE_FMT "=" SLICE_FMT, i > 0 ? "," : "",
                   SLICE_ARG(labels->items[i].name), SLICE_ARG(labels->items[i].value));
    }
    buf_append_byte(&lines->out, '}');
}

static void write_number(struct lines *lines, double value)
{
    char digits[NUMBER_TEXT_SIZE];
    (void)number_format_double(value, digits);
    buf_append_text(&lines->out, digits);
}

static void end_line(struct lines *lines)
{
    buf_append_byte(&lines->out, '\n');
    if (lines->count < LINES_MAX) {
        lines->starts[++lines->count] = lines->out.size;
    }
}

static enum status take_series(void *context, const struct series *series)
{
    struct lines *lines = context;
    write_labels(lines, &series->labels);
    for (size_t i = 0; i < series->sample_count; i++) {
        buf_append_byte(&lines->out, ' ');
        write_number(lines, (double)(series->samples[i].time_ms - lines->base_ms) / 1e3);
        buf_append_byte(&lines->out, '=');
        write_number(lines, series->samples[i].value);
    }
    for (size_t i = 0; i < series->histogram_count; i++) {
        const struct native_histogram *histogram = series->histograms[i].histogram;
        buf_append_byte(&lines->out, ' ');
        write_number(lines, (double)(series->histograms[i].time_ms - lines->base_ms) / 1e3);
        buf_printf(&lines->out, "=count:");
        write_number(lines, histogram->count);
        for (size_t k = 0; k < histogram->positive_count; k++) {
            buf_printf(&lines->out, ",%d:", (int)histogram->positive[k].index);
            write_number(lines, histogram->positive[k].count);
        }
    }
    end_line(lines);
    return STATUS_OK;
}

static enum status take_labels(void *context, const struct label_set *labels)
{
    struct lines *lines = context;
    write_labels(lines, labels);
    end_line(lines);
    return STATUS_OK;
}

static int compare(const void *one, const void *other)
{
    return slice_compare(*(const struct slice *)one, *(const struct slice *)other);
}

static const char *sorted(struct lines *lines)
{
    static struct slice items[LINES_MAX];
    size_t size = 0;
    for (size_t i = 0; i < lines->count; i++) {
        items[i] =
            slice_of(lines->out.base + lines->starts[i], lines->starts[i + 1] - lines->starts[i]);
    }
    qsort(items, lines->count, sizeof(items[0]), compare);
    for (size_t i = 0; i < lines->count; i++) {
        memcpy(text + size, items[i].base, items[i].size);
        size += items[i].size;
    }
    text[size] = '\0';
    return text;
}

static struct selection select_of(const struct shown *shown, const char *const *labels,
                                  struct matcher *matchers, int64_t from_s, int64_t to_s)
{
    struct selection selection = {
        .matchers = matchers,
        .from_ms = shown->base_ms + from_s * 1000,
        .to_ms = shown->base_ms + to_s * 1000,
    };
    for (size_t i = 0; labels[i] != NULL; i += 2) {
        matchers[selection.matcher_count++] = (struct matcher){
            .kind = MATCHER_EQUAL,
            .name = slice_from(labels[i]),
            .value = slice_from(labels[i + 1]),
        };
    }
    return selection;
}

const char *shown_select(const struct shown *shown, const char *const *labels, int64_t from_s,
                         int64_t to_s)
{
    static struct lines lines;
    struct matcher matchers[MATCHERS_MAX];
    struct arena arena;
    lines = (struct lines){.base_ms = shown->base_ms};
    buf_init_fixed(&lines.out, line_memory, sizeof(line_memory));
    arena_init(&arena, arena_memory, sizeof(arena_memory));
    struct selection selection = select_of(shown, labels, matchers, from_s, to_s);
    enum status status =
        shown->source->select(shown->source->context, &selection, &arena, take_series, &lines);
    return status == STATUS_OK ? sorted(&lines) : status_name(status);
}

const char *shown_list(const struct shown *shown, const char *const *labels, int64_t from_s,
                       int64_t to_s)
{
    static struct lines lines;
    struct matcher matchers[MATCHERS_MAX];
    struct arena arena;
    lines = (struct lines){.base_ms = shown->base_ms};
    buf_init_fixed(&lines.out, line_memory, sizeof(line_memory));
    arena_init(&arena, arena_memory, sizeof(arena_memory));
    struct selection selection = select_of(shown, labels, matchers, from_s, to_s);
    enum status status =
        shown->source->list(shown->source->context, &selection, &arena, take_labels, &lines);
    return status == STATUS_OK ? sorted(&lines) : status_name(status);
}
