/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/sent.h"

#include "base/number.h"
#include "model/rows.h"
#include "series/chunk.h"
#include "series/series_labels.h"
#include "series/series_limits.h"
#include "sources/sources_limits.h"

#include <math.h>
#include <string.h>

/* The numbers in front of buckets. */
enum { SENT_COUNT, SENT_SUM, SENT_PARTS, SENT_ZERO = SENT_PARTS, SENT_BUCKETS };

/* Samples grow by doubling. */
enum { SENT_FIRST = 64 };

/* One series of the store, copied out of it. */
struct sent_row {
    struct slice metric, identity;
    enum series_kind kind;
    uint32_t number, generation;
    uint16_t width, bound_count;
    double *bounds;
    /* Samples: times and width numbers each, or histograms. */
    int64_t *times;
    double *values;
    struct histogram_sample *histograms;
    size_t count, capacity;
    int64_t step_ms, repeated_ms; /* Of the latest. */
    bool full;
};

struct sent_call {
    struct series_store *store;
    const struct selection *selection;
    struct arena *arena;
    series_visit *visit;
    labels_visit *visit_labels;
    void *context;
    enum status status;
};

static bool sent_matches(struct sent_call *call, struct slice name, struct slice value)
{
    enum pattern_answer answer = matchers_match_value(
        call->selection->matchers, call->selection->matcher_count, name, value, call->arena);
    if (answer == PATTERN_LIMIT) {
        call->status = STATUS_BAD;
    }
    return answer == PATTERN_MATCHES;
}

/* ---- Names. ---- */

static const char *const sent_endings[] = {"_bucket", "_sum", "_count", ""};

static struct slice sent_name(struct sent_call *call, struct slice metric, const char *ending)
{
    return ending[0] == '\0' ? metric
                             : arena_printf(call->arena, SLICE_FMT "%s", SLICE_ARG(metric), ending);
}

/* Whether any series of a metric may have a name that is wanted. */
static bool sent_wants_metric(struct sent_call *call, const struct series_metric *metric)
{
    bool parts = metric->kind == SERIES_HISTOGRAM || metric->kind == SERIES_SUMMARY;
    size_t mark = arena_mark(call->arena);
    bool wanted = !parts && sent_matches(call, LABEL_NAME, metric->name);
    for (size_t i = 0; parts && i < 4 && !wanted; i++) {
        wanted = sent_matches(call, LABEL_NAME, sent_name(call, metric->name, sent_endings[i]));
    }
    arena_rewind(call->arena, mark);
    return wanted;
}

/* ---- Samples. ---- */

static bool sent_grow(struct sent_call *call, struct sent_row *row)
{
    size_t capacity = row->capacity == 0 ? SENT_FIRST : row->capacity * 2;
    int64_t *times = arena_alloc_array(call->arena, capacity, sizeof(times[0]));
    double *values = NULL;
    struct histogram_sample *histograms = NULL;
    if (row->kind == SERIES_EXPONENTIAL) {
        histograms = arena_alloc_array(call->arena, capacity, sizeof(histograms[0]));
    } else {
        values = arena_alloc_array(call->arena, capacity * row->width, sizeof(values[0]));
    }
    if (times == NULL || (values == NULL && histograms == NULL)) {
        return false;
    }
    if (row->count > 0) {
        memcpy(times, row->times, row->count * sizeof(times[0]));
        if (values != NULL) {
            memcpy(values, row->values, row->count * row->width * sizeof(values[0]));
        } else {
            memcpy(histograms, row->histograms, row->count * sizeof(histograms[0]));
        }
    }
    row->times = times;
    row->values = values;
    row->histograms = histograms;
    row->capacity = capacity;
    return true;
}

static const struct histogram_bucket *sent_buckets(struct sent_call *call, int32_t offset,
                                                   const double *counts, size_t count, size_t *used)
{
    struct histogram_bucket *buckets =
        arena_alloc_array(call->arena, count + 1, sizeof(buckets[0]));
    *used = 0;
    for (size_t i = 0; buckets != NULL && i < count; i++) {
        if (counts[i] != 0) {
            buckets[(*used)++] = (struct histogram_bucket){offset + (int32_t)i + 1, counts[i]};
        }
    }
    return buckets;
}

static const struct native_histogram *sent_native(struct sent_call *call,
                                                  const struct series_sample *sample)
{
    const struct chunk_shape *shape = sample->shape;
    const double *values = sample->values;
    struct native_histogram *native = arena_alloc_array(call->arena, 1, sizeof(*native));
    if (native == NULL) {
        return NULL;
    }
    *native = (struct native_histogram){
        .schema = shape->scale,
        .zero_threshold = shape->zero_threshold,
        .zero_count = values[SENT_ZERO],
        .count = values[SENT_COUNT],
        .sum = values[SENT_SUM],
    };
    native->positive = sent_buckets(call, shape->positive_offset, values + SENT_BUCKETS,
                                    shape->positive_count, &native->positive_count);
    native->negative =
        sent_buckets(call, shape->negative_offset, values + SENT_BUCKETS + shape->positive_count,
                     shape->negative_count, &native->negative_count);
    return native->positive != NULL && native->negative != NULL ? native : NULL;
}

struct sent_take {
    struct sent_call *call;
    struct sent_row *row;
};

static bool sent_put(struct sent_call *call, struct sent_row *row, int64_t time_ms,
                     const double *values, const struct native_histogram *native)
{
    if (row->count == row->capacity && !sent_grow(call, row)) {
        return false;
    }
    row->times[row->count] = time_ms;
    if (row->kind == SERIES_EXPONENTIAL) {
        row->histograms[row->count] = (struct histogram_sample){time_ms, native};
    } else {
        memcpy(&row->values[row->count * row->width], values, row->width * sizeof(values[0]));
    }
    row->count++;
    return true;
}

/* The latest sample again and again, up to the next one, where it is of the hour. */
static bool sent_repeat(struct sent_call *call, struct sent_row *row, int64_t to_ms)
{
    if (row->count == 0 || row->step_ms < SERIES_STEP_3_MS) {
        return true;
    }
    int64_t latest_ms = row->times[row->count - 1];
    int64_t end_ms = latest_ms + 2 * row->step_ms < to_ms ? latest_ms + 2 * row->step_ms : to_ms;
    for (int64_t at_ms = latest_ms + SENT_REPEAT_MS; at_ms < end_ms; at_ms += SENT_REPEAT_MS) {
        size_t last = row->count - 1;
        const double *values =
            row->kind == SERIES_EXPONENTIAL ? NULL : &row->values[last * row->width];
        const struct native_histogram *native =
            row->kind == SERIES_EXPONENTIAL ? row->histograms[last].histogram : NULL;
        double copy[SERIES_WIDTH_MAX];
        if (values != NULL) {
            memcpy(copy, values, row->width * sizeof(copy[0]));
        }
        if (!sent_put(call, row, at_ms, copy, native)) {
            return false;
        }
    }
    return true;
}

static bool sent_take(void *context, const struct series_sample *sample)
{
    struct sent_take *take = context;
    struct sent_call *call = take->call;
    struct sent_row *row = take->row;
    const struct native_histogram *native = NULL;
    if (row->kind == SERIES_EXPONENTIAL) {
        native = sent_native(call, sample);
    } else if (sample->width != row->width) {
        return true;
    }
    bool good = (row->kind != SERIES_EXPONENTIAL || native != NULL) &&
                sent_repeat(call, row, sample->time_ms) &&
                sent_put(call, row, sample->time_ms, sample->values, native);
    row->step_ms = sample->step_ms;
    row->full = !good;
    return good;
}

/* ---- Series. ---- */

/* What a series is called, and which of the numbers it is. */
struct sent_part {
    const char *ending;
    const char *extra; /* le or quantile; NULL. */
    struct slice extra_value;
    unsigned index;
    bool adds; /* It is the sum of all buckets up to that one. */
};

/* Room for __name__ and for le or quantile. */
enum { SENT_LABELS_MORE = 2 };

static struct label_set sent_labels(struct sent_call *call, const struct sent_row *row,
                                    const struct sent_part *part)
{
    struct slice identity = slice_skip(row->identity, 1);
    size_t most = (size_t)row->identity.base[0] + SENT_LABELS_MORE;
    struct label *labels = arena_alloc_array(call->arena, most, sizeof(labels[0]));
    struct series_label label;
    size_t count = 0;
    if (labels == NULL) {
        call->status = STATUS_FULL;
        return (struct label_set){NULL, 0};
    }
    while (series_labels_next(&identity, &label)) {
        if (part->extra == NULL || !slice_equal(label.name, slice_from(part->extra))) {
            labels[count++] = (struct label){label.name, label.value};
        }
    }
    if (part->extra != NULL) {
        labels[count++] = (struct label){slice_from(part->extra), part->extra_value};
    }
    labels[count++] = (struct label){LABEL_NAME, sent_name(call, row->metric, part->ending)};
    return (struct label_set){labels, labels_normalise(labels, count)};
}

static double sent_value(const struct sent_row *row, const struct sent_part *part, size_t sample)
{
    const double *values = &row->values[sample * row->width];
    if (!part->adds) {
        return values[part->index];
    }
    double sum = 0;
    for (unsigned i = SENT_PARTS; i <= part->index; i++) {
        sum += values[i];
    }
    /* The marker of a series that ended is no number to add. */
    return sample_is_stale(values[SENT_PARTS]) ? values[SENT_PARTS] : sum;
}

static void sent_part(struct sent_call *call, const struct sent_row *row,
                      const struct sent_part *part)
{
    struct label_set labels = sent_labels(call, row, part);
    if (call->status != STATUS_OK) {
        return;
    }
    enum pattern_answer answer = matchers_match(
        call->selection->matchers, call->selection->matcher_count, &labels, call->arena);
    if (answer != PATTERN_MATCHES) {
        call->status = answer == PATTERN_LIMIT ? STATUS_BAD : STATUS_OK;
        return;
    }
    if (call->visit_labels != NULL) {
        call->status = call->visit_labels(call->context, &labels);
        return;
    }
    struct series series = {.labels = labels};
    if (row->kind == SERIES_EXPONENTIAL) {
        series.histograms = row->histograms;
        series.histogram_count = row->count;
    } else {
        struct sample *samples = arena_alloc_array(call->arena, row->count, sizeof(samples[0]));
        for (size_t i = 0; samples != NULL && i < row->count; i++) {
            samples[i] = (struct sample){row->times[i], sent_value(row, part, i)};
        }
        series.samples = samples;
        series.sample_count = row->count;
        if (samples == NULL) {
            call->status = STATUS_FULL;
            return;
        }
    }
    call->status = call->visit(call->context, &series);
}

static struct slice sent_bound(struct sent_call *call, double bound)
{
    char text[NUMBER_TEXT_SIZE];
    if (isinf(bound)) {
        return bound > 0 ? SLICE("+Inf") : SLICE("-Inf");
    }
    size_t size = number_format_double(bound, text);
    return arena_dup(call->arena, slice_of(text, size));
}

static void sent_histogram(struct sent_call *call, const struct sent_row *row)
{
    bool infinite = row->bound_count > 0 && isinf(row->bounds[row->bound_count - 1]);
    sent_part(call, row, &(struct sent_part){.ending = "_count", .index = SENT_COUNT});
    if (call->status == STATUS_OK) {
        sent_part(call, row, &(struct sent_part){.ending = "_sum", .index = SENT_SUM});
    }
    for (unsigned i = 0; i < row->bound_count && call->status == STATUS_OK; i++) {
        sent_part(call, row,
                  &(struct sent_part){.ending = "_bucket",
                                      .extra = "le",
                                      .extra_value = sent_bound(call, row->bounds[i]),
                                      .index = SENT_PARTS + i,
                                      .adds = true});
    }
    if (call->status == STATUS_OK && !infinite) {
        sent_part(call, row,
                  &(struct sent_part){.ending = "_bucket",
                                      .extra = "le",
                                      .extra_value = SLICE("+Inf"),
                                      .index = SENT_COUNT});
    }
}

static void sent_summary(struct sent_call *call, const struct sent_row *row)
{
    sent_part(call, row, &(struct sent_part){.ending = "_count", .index = SENT_COUNT});
    if (call->status == STATUS_OK) {
        sent_part(call, row, &(struct sent_part){.ending = "_sum", .index = SENT_SUM});
    }
    for (unsigned i = 0; i < row->bound_count && call->status == STATUS_OK; i++) {
        sent_part(call, row,
                  &(struct sent_part){.ending = "",
                                      .extra = "quantile",
                                      .extra_value = sent_bound(call, row->bounds[i]),
                                      .index = SENT_PARTS + i});
    }
}

/* Copy what a series is; false where it is none that is wanted. */
static bool sent_copy(struct sent_call *call, const struct series_metric *metric, uint32_t number,
                      const struct series_row_facts *facts, struct sent_row *row)
{
    const struct selection *selection = call->selection;
    if (facts->last_ms + 2 * SERIES_STEP_3_MS < selection->from_ms ||
        facts->first_ms > selection->to_ms) {
        return false;
    }
    struct slice identity = slice_skip(facts->identity, 1);
    struct series_label label;
    while (series_labels_next(&identity, &label)) {
        if (!sent_matches(call, label.name, label.value)) {
            return false;
        }
    }
    *row = (struct sent_row){
        .metric = arena_dup(call->arena, metric->name),
        .identity = arena_dup(call->arena, facts->identity),
        .kind = metric->kind,
        .number = number,
        .generation = facts->generation,
        .width = facts->width,
        .bound_count = facts->bound_count,
    };
    row->bounds = arena_alloc_array(call->arena, (size_t)facts->bound_count + 1, sizeof(double));
    if (row->bounds == NULL || row->identity.size == 0) {
        call->status = STATUS_FULL;
        return false;
    }
    memcpy(row->bounds, facts->bounds, facts->bound_count * sizeof(double));
    if (call->visit != NULL) {
        struct sent_take take = {call, row};
        /* What was kept by the hour may begin before. */
        (void)series_samples(call->store, number, selection->from_ms - 2 * SERIES_STEP_3_MS,
                             selection->to_ms, sent_take, &take);
        if (row->full || !sent_repeat(call, row, selection->to_ms + 1)) {
            call->status = STATUS_FULL;
        }
    }
    return call->status == STATUS_OK;
}

/* Leave out what is before the span: it was there to be repeated. */
static void sent_trim(struct sent_call *call, struct sent_row *row)
{
    size_t first = 0;
    while (first < row->count && row->times[first] < call->selection->from_ms) {
        first++;
    }
    if (first == 0) {
        return;
    }
    row->count -= first;
    row->times += first;
    if (row->kind == SERIES_EXPONENTIAL) {
        row->histograms += first;
    } else {
        row->values += first * row->width;
    }
}

static void sent_show(struct sent_call *call, struct sent_row *row)
{
    if (call->visit != NULL) {
        sent_trim(call, row);
        if (row->count == 0) {
            return;
        }
    }
    switch (row->kind) {
    case SERIES_HISTOGRAM:
        sent_histogram(call, row);
        return;
    case SERIES_SUMMARY:
        sent_summary(call, row);
        return;
    case SERIES_GAUGE:
    case SERIES_COUNTER:
    case SERIES_EXPONENTIAL:
    case SERIES_KIND_COUNT:
        sent_part(call, row, &(struct sent_part){.ending = ""});
        return;
    }
}

/* ---- All. ---- */

/* The numbers of a metric's series, copied; the lock is held. */
static uint32_t *sent_numbers(struct sent_call *call, uint32_t first, size_t *count)
{
    struct series_row_facts facts;
    *count = 0;
    for (uint32_t row = first; series_row(call->store, row, &facts); row = facts.next) {
        (*count)++;
    }
    uint32_t *numbers = arena_alloc_array(call->arena, *count + 1, sizeof(numbers[0]));
    size_t at = 0;
    for (uint32_t row = first; numbers != NULL && series_row(call->store, row, &facts);
         row = facts.next) {
        numbers[at++] = row;
    }
    return numbers;
}

static bool sent_impatient(struct sent_call *call)
{
    const struct patience *patience = call->selection->patience;
    if (patience != NULL && patience->over(patience->context)) {
        call->status = STATUS_TIMEOUT;
    }
    return call->status != STATUS_OK;
}

/* A series: copied under the lock, shown without it. */
static void sent_series(struct sent_call *call, uint32_t metric_number, uint32_t number)
{
    struct series_metric metric;
    struct series_row_facts facts;
    struct sent_row row;
    series_read_begin(call->store);
    bool there = series_row(call->store, number, &facts) && facts.metric == metric_number &&
                 series_metric(call->store, metric_number, &metric) &&
                 sent_copy(call, &metric, number, &facts, &row);
    series_read_end(call->store);
    if (there) {
        sent_show(call, &row);
    }
}

static void sent_metric(struct sent_call *call, uint32_t number)
{
    struct series_metric metric;
    size_t count = 0;
    uint32_t *numbers = NULL;
    series_read_begin(call->store);
    bool wanted = number < series_metric_count(call->store) &&
                  series_metric(call->store, number, &metric) && sent_wants_metric(call, &metric);
    if (wanted) {
        numbers = sent_numbers(call, metric.first, &count);
    }
    series_read_end(call->store);
    if (wanted && numbers == NULL) {
        call->status = STATUS_FULL;
    }
    for (size_t i = 0; numbers != NULL && i < count && !sent_impatient(call); i++) {
        sent_series(call, number, numbers[i]);
    }
}

static enum status sent_run(struct sent_call *call)
{
    series_read_begin(call->store);
    uint32_t count = series_metric_count(call->store);
    series_read_end(call->store);
    for (uint32_t i = 0; i < count && call->status == STATUS_OK; i++) {
        sent_metric(call, i);
    }
    return call->status;
}

static enum status sent_select(void *context, const struct selection *selection,
                               struct arena *arena, series_visit *visit, void *visit_context)
{
    struct sent_call call = {.store = context,
                             .selection = selection,
                             .arena = arena,
                             .visit = visit,
                             .context = visit_context};
    return sent_run(&call);
}

static enum status sent_list(void *context, const struct selection *selection, struct arena *arena,
                             labels_visit *visit, void *visit_context)
{
    struct sent_call call = {.store = context,
                             .selection = selection,
                             .arena = arena,
                             .visit_labels = visit,
                             .context = visit_context};
    return sent_run(&call);
}

struct series_source sent_source(struct series_store *store)
{
    return (struct series_source){.context = store, .select = sent_select, .list = sent_list};
}

enum status sent_metrics(struct series_store *store, struct arena *arena, sent_visit *visit,
                         void *context)
{
    static const enum source_kind kinds[SERIES_KIND_COUNT] = {
        [SERIES_GAUGE] = SOURCE_GAUGE,         [SERIES_COUNTER] = SOURCE_COUNTER,
        [SERIES_HISTOGRAM] = SOURCE_HISTOGRAM, [SERIES_EXPONENTIAL] = SOURCE_HISTOGRAM,
        [SERIES_SUMMARY] = SOURCE_SUMMARY,
    };
    series_read_begin(store);
    for (uint32_t i = 0; i < series_metric_count(store); i++) {
        struct series_metric metric;
        if (series_metric(store, i, &metric)) {
            struct source_metric shown = {
                .name = arena_dup(arena, metric.name),
                .unit = arena_dup(arena, metric.unit),
                .help = arena_dup(arena, metric.help),
                .kind = kinds[metric.kind],
            };
            visit(context, &shown);
        }
    }
    series_read_end(store);
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_OK;
}
