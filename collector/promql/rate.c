/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/window.h"

#include "promql/histogram.h"

#include <math.h>

/* --- from the first sample to the last -------------------------------------------------------- */

/* How much a number changed; of a counter, what was there before each reset is added. */
static double change(const struct window *window, bool counter)
{
    const struct sample *samples = window->samples;
    double sum = samples[window->count - 1].value - samples[0].value;
    for (size_t i = 1; i < window->count && counter; i++) {
        if (samples[i].value < samples[i - 1].value) {
            sum += samples[i - 1].value;
        }
    }
    return sum;
}

/* The same of a histogram. */
static const struct native_histogram *histogram_change(const struct window *window, bool counter)
{
    const struct histogram_sample *samples = window->histograms;
    size_t last = window->histogram_count - 1;
    const struct native_histogram *first = samples[0].histogram;
    struct native_histogram nothing = {0};
    if (counter && histogram_was_reset(first, samples[1].histogram)) {
        /* Then the first says nothing, whatever its buckets are. */
        nothing.schema = samples[1].histogram->schema;
        first = &nothing;
    }
    int32_t schema = first->schema;
    for (size_t i = 1; i <= last; i++) {
        bool counts = counter || i == last;
        int32_t own = samples[i].histogram->schema;
        schema = counts && own < schema ? own : schema;
    }
    const struct native_histogram *sum =
        histogram_coarser(samples[last].histogram, schema, window->arena);
    sum = sum == NULL ? NULL : histogram_plus(sum, first, -1, window->arena);
    const struct native_histogram *before = first;
    for (size_t i = 1; i <= last && counter && sum != NULL; i++) {
        const struct native_histogram *now = samples[i].histogram;
        if (histogram_was_reset(before, now)) {
            sum = histogram_plus(sum, before, 1, window->arena);
        }
        before = now;
    }
    return sum;
}

/* Where the samples lie in the window, and what decides how far to go on beyond them. */
struct extent {
    int64_t first_ms, last_ms;
    size_t count;
    double first, change; /* Of a number, or of the count of a histogram. */
};

/*
 * By how much the change over the samples is less than that over the window: samples near an end of
 * the window are taken to go on to it, others half of their distance; a counter not below zero.
 */
static double extrapolation(const struct window *window, const struct extent *extent, bool counter)
{
    double to_start = (double)(extent->first_ms - window->from_ms) / 1000;
    double to_end = (double)(window->to_ms - extent->last_ms) / 1000;
    double sampled = (double)(extent->last_ms - extent->first_ms) / 1000;
    double between = sampled / (double)(extent->count - 1);
    double threshold = between * 1.1;
    to_start = to_start >= threshold ? between / 2 : to_start;
    to_end = to_end >= threshold ? between / 2 : to_end;
    if (counter && extent->change > 0 && extent->first >= 0) {
        double to_zero = sampled * (extent->first / extent->change);
        to_start = to_zero < to_start ? to_zero : to_start;
    }
    return (sampled + to_start + to_end) / sampled;
}

static bool extrapolated(const struct window *window, bool counter, bool per_second,
                         struct point *result)
{
    double seconds = per_second ? (double)(window->to_ms - window->from_ms) / 1000 : 1;
    if (window->count > 0 && window->histogram_count > 0) {
        return false;
    }
    if (window->count >= 2) {
        double sum = change(window, counter);
        struct extent extent = {window->samples[0].time_ms,
                                window->samples[window->count - 1].time_ms, window->count,
                                window->samples[0].value, sum};
        double factor = extrapolation(window, &extent, counter);
        return window_number(result, sum * (factor / seconds));
    }
    if (window->histogram_count >= 2) {
        const struct native_histogram *sum = histogram_change(window, counter);
        if (sum == NULL) {
            return false;
        }
        size_t last = window->histogram_count - 1;
        struct extent extent = {window->histograms[0].time_ms, window->histograms[last].time_ms,
                                window->histogram_count, window->histograms[0].histogram->count,
                                sum->count};
        double factor = extrapolation(window, &extent, counter);
        result->histogram = histogram_scaled(sum, factor / seconds, window->arena);
        return result->histogram != NULL;
    }
    return false;
}

bool rate_delta(const struct window *window, struct point *result)
{
    return extrapolated(window, false, false, result);
}

bool rate_increase(const struct window *window, struct point *result)
{
    return extrapolated(window, true, false, result);
}

bool rate_rate(const struct window *window, struct point *result)
{
    return extrapolated(window, true, true, result);
}

/* --- the last two samples --------------------------------------------------------------------- */

/* One sample of either kind. */
struct either {
    int64_t time_ms;
    double value;
    const struct native_histogram *histogram;
};

/* Walk over the samples of both kinds in the order of their times. */
struct both {
    const struct window *window;
    size_t samples, histograms; /* Taken, from the front. */
};

static bool both_next(struct both *both, struct either *next)
{
    const struct window *window = both->window;
    bool no_sample = both->samples == window->count;
    bool no_histogram = both->histograms == window->histogram_count;
    if (no_sample && no_histogram) {
        return false;
    }
    if (no_histogram || (!no_sample && window->samples[both->samples].time_ms <
                                           window->histograms[both->histograms].time_ms)) {
        const struct sample *sample = &window->samples[both->samples++];
        *next = (struct either){sample->time_ms, sample->value, NULL};
        return true;
    }
    const struct histogram_sample *sample = &window->histograms[both->histograms++];
    *next = (struct either){sample->time_ms, 0, sample->histogram};
    return true;
}

static bool last_two(const struct window *window, struct either *before, struct either *last)
{
    if (window->count + window->histogram_count < 2) {
        return false;
    }
    struct both both = {.window = window};
    both.samples = window->count > 2 ? window->count - 2 : 0;
    both.histograms = window->histogram_count > 2 ? window->histogram_count - 2 : 0;
    *last = (struct either){0};
    do {
        *before = *last;
    } while (both_next(&both, last) &&
             (both.samples < window->count || both.histograms < window->histogram_count));
    return true;
}

static bool instant(const struct window *window, bool counter, struct point *result)
{
    struct either before, last;
    if (!last_two(window, &before, &last) ||
        (before.histogram == NULL) != (last.histogram == NULL)) {
        return false;
    }
    double seconds = counter ? (double)(last.time_ms - before.time_ms) / 1000 : 1;
    if (last.histogram == NULL) {
        bool was_reset = counter && last.value < before.value;
        return window_number(result, (last.value - (was_reset ? 0 : before.value)) / seconds);
    }
    const struct native_histogram *sum = last.histogram;
    if (!counter || !histogram_was_reset(before.histogram, last.histogram)) {
        sum = histogram_plus(last.histogram, before.histogram, -1, window->arena);
    }
    result->histogram = sum == NULL ? NULL : histogram_scaled(sum, 1 / seconds, window->arena);
    return result->histogram != NULL;
}

bool rate_idelta(const struct window *window, struct point *result)
{
    return instant(window, false, result);
}

bool rate_irate(const struct window *window, struct point *result)
{
    return instant(window, true, result);
}

/* --- counting --------------------------------------------------------------------------------- */

static bool is_reset(const struct either *before, const struct either *now)
{
    if (before->histogram != NULL && now->histogram != NULL) {
        return histogram_was_reset(before->histogram, now->histogram);
    }
    return before->histogram != now->histogram || now->value < before->value;
}

static bool is_change(const struct either *before, const struct either *now)
{
    if (before->histogram != NULL && now->histogram != NULL) {
        return !histogram_equal(before->histogram, now->histogram);
    }
    return before->histogram != now->histogram ||
           (now->value != before->value && !(isnan(now->value) && isnan(before->value)));
}

static bool count_pairs(const struct window *window,
                        bool (*counts)(const struct either *, const struct either *),
                        struct point *result)
{
    struct both both = {.window = window};
    struct either before, now;
    double count = 0;
    if (!both_next(&both, &before)) {
        return false;
    }
    for (; both_next(&both, &now); before = now) {
        count += counts(&before, &now);
    }
    return window_number(result, count);
}

bool rate_resets(const struct window *window, struct point *result)
{
    return count_pairs(window, is_reset, result);
}

bool rate_changes(const struct window *window, struct point *result)
{
    return count_pairs(window, is_change, result);
}
