/* SPDX-License-Identifier: Apache-2.0 */
#include "shelf.h"

#include "promql/promql.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void shelf_init(struct shelf *shelf, struct arena *arena)
{
    *shelf = (struct shelf){.arena = arena};
    shelf->series = calloc(SHELF_SERIES_MAX, sizeof(*shelf->series));
    if (shelf->series == NULL) {
        abort();
    }
}

void shelf_fini(struct shelf *shelf)
{
    for (size_t i = 0; i < shelf->count; i++) {
        free(shelf->series[i].samples);
        free(shelf->series[i].histograms);
    }
    free(shelf->series);
}

/* The labels of a selector that has nothing but =. */
static struct label_set labels_of(struct shelf *shelf, struct slice selector)
{
    const struct matcher *matchers = NULL;
    size_t count = 0;
    struct promql_error error;
    if (promql_parse_selector(selector, shelf->arena, &matchers, &count, &error) != STATUS_OK) {
        fprintf(stderr, SLICE_FMT ": %s\n", SLICE_ARG(selector), error.message);
        abort();
    }
    struct label *items = arena_alloc_array(shelf->arena, count + 1, sizeof(*items));
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct label){matchers[i].name, matchers[i].value};
    }
    return (struct label_set){items, labels_normalise(items, count)};
}

struct shelf_series *shelf_find(struct shelf *shelf, struct slice selector)
{
    size_t mark = arena_mark(shelf->arena);
    struct label_set labels = labels_of(shelf, selector);
    for (size_t i = shelf->count; i > 0; i--) {
        if (labels_equal(&shelf->series[i - 1].labels, &labels)) {
            arena_rewind(shelf->arena, mark);
            return &shelf->series[i - 1];
        }
    }
    if (shelf->count == SHELF_SERIES_MAX) {
        abort();
    }
    shelf->series[shelf->count].labels = labels;
    return &shelf->series[shelf->count++];
}

/* Room for one more. */
static void *more(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) {
        return items;
    }
    *capacity = 2 * *capacity + 8;
    void *moved = realloc(items, *capacity * size);
    if (moved == NULL) {
        abort();
    }
    return moved;
}

void shelf_add(struct shelf_series *series, int64_t time_ms, double value)
{
    series->samples = more(series->samples, series->sample_count, &series->sample_capacity,
                           sizeof(*series->samples));
    series->samples[series->sample_count++] = (struct sample){time_ms, value};
}

void shelf_add_histogram(struct shelf_series *series, int64_t time_ms,
                         const struct native_histogram *histogram)
{
    series->histograms = more(series->histograms, series->histogram_count,
                              &series->histogram_capacity, sizeof(*series->histograms));
    series->histograms[series->histogram_count++] = (struct histogram_sample){time_ms, histogram};
}

/* --- reading ---------------------------------------------------------------------------------- */

static const char *read_buckets(struct shelf *shelf, const char *text,
                                const struct histogram_bucket **buckets, size_t *count)
{
    struct histogram_bucket *items = arena_alloc_array(shelf->arena, 400, sizeof(*items));
    int index = 0, size = 0;
    double value = 0;
    while (sscanf(text, " %d:%lf%n", &index, &value, &size) == 2 && *count < 400) {
        items[(*count)++] = (struct histogram_bucket){index, value};
        text += size;
    }
    *buckets = items;
    while (*text == ' ' || *text == ';') {
        text++;
    }
    return text;
}

static bool read_histogram(struct shelf *shelf, struct shelf_series *series, int64_t time_ms,
                           const char *text)
{
    struct native_histogram *made = arena_alloc_array(shelf->arena, 1, sizeof(*made));
    int schema = 0, size = 0;
    if (sscanf(text, "{ %d %lf %lf %lf %lf ;%n", &schema, &made->zero_threshold, &made->zero_count,
               &made->count, &made->sum, &size) != 5) {
        return false;
    }
    made->schema = schema;
    text = read_buckets(shelf, text + size, &made->positive, &made->positive_count);
    text = read_buckets(shelf, text, &made->negative, &made->negative_count);
    shelf_add_histogram(series, time_ms, made);
    return *text == '}';
}

/* The part of a line behind the selector begins at the first space outside of quotes. */
static size_t selector_size(const char *line)
{
    bool quoted = false;
    size_t at = 0;
    for (; line[at] != 0 && (quoted || line[at] != ' '); at++) {
        if (line[at] == '\\' && line[at + 1] != 0) {
            at++;
        } else if (line[at] == '"') {
            quoted = !quoted;
        }
    }
    return at;
}

static bool read_line(struct shelf *shelf, const char *line)
{
    size_t size = selector_size(line);
    struct shelf_series *series = shelf_find(shelf, slice_of(line, size));
    char *end = NULL;
    int64_t time_ms = strtoll(line + size, &end, 10);
    while (*end == ' ') {
        end++;
    }
    if (*end == '{') {
        return read_histogram(shelf, series, time_ms, end);
    }
    if (strcmp(end, "stale") == 0) {
        shelf_add(series, time_ms, sample_stale());
        return true;
    }
    char *last = NULL;
    double value = strtod(end, &last);
    shelf_add(series, time_ms, value);
    return last != end && *last == 0;
}

bool shelf_read(struct shelf *shelf, struct slice text)
{
    struct slice line;
    static char copy[65536];
    while (text.size > 0) {
        slice_cut(text, '\n', &line, &text);
        if (line.size > 0 &&
            (!slice_copy_text(line, copy, sizeof(copy)) || !read_line(shelf, copy))) {
            return false;
        }
    }
    return true;
}

/* --- as a source ------------------------------------------------------------------------------ */

/* What of a series is in a span. */
static struct series cut(const struct shelf_series *own, int64_t from_ms, int64_t to_ms)
{
    struct series series = {own->labels, own->samples, own->sample_count, own->histograms,
                            own->histogram_count};
    while (series.sample_count > 0 && series.samples[0].time_ms < from_ms) {
        series.samples++;
        series.sample_count--;
    }
    while (series.sample_count > 0 && series.samples[series.sample_count - 1].time_ms > to_ms) {
        series.sample_count--;
    }
    while (series.histogram_count > 0 && series.histograms[0].time_ms < from_ms) {
        series.histograms++;
        series.histogram_count--;
    }
    while (series.histogram_count > 0 &&
           series.histograms[series.histogram_count - 1].time_ms > to_ms) {
        series.histogram_count--;
    }
    return series;
}

static enum status shelf_select(void *context, const struct selection *selection,
                                struct arena *arena, series_visit *visit, void *visit_context)
{
    struct shelf *shelf = context;
    shelf->selects++;
    for (size_t i = 0; i < shelf->count; i++) {
        enum pattern_answer answer = matchers_match(selection->matchers, selection->matcher_count,
                                                    &shelf->series[i].labels, arena);
        if (answer == PATTERN_LIMIT) {
            return STATUS_BAD;
        }
        struct series series = cut(&shelf->series[i], selection->from_ms, selection->to_ms);
        if (answer != PATTERN_MATCHES || series.sample_count + series.histogram_count == 0) {
            continue;
        }
        enum status status = visit(visit_context, &series);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* What of a series is told to who wants labels alone. */
struct labels_only {
    labels_visit *visit;
    void *context;
};

static enum status show_labels(void *context, const struct series *series)
{
    const struct labels_only *only = context;
    return only->visit(only->context, &series->labels);
}

static enum status shelf_list(void *context, const struct selection *selection, struct arena *arena,
                              labels_visit *visit, void *visit_context)
{
    struct labels_only only = {visit, visit_context};
    return shelf_select(context, selection, arena, show_labels, &only);
}

struct series_source shelf_source(struct shelf *shelf)
{
    return (struct series_source){shelf, shelf_select, shelf_list};
}
