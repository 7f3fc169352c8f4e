/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/window.h"

#include "promql/histogram.h"
#include "promql/kahan.h"
#include "promql/quantile.h"

#include <math.h>

/* --- sums ------------------------------------------------------------------------------------- */

/* Numbers and histograms have no sum together. */
static bool is_mixed(const struct window *window)
{
    return window->count > 0 && window->histogram_count > 0;
}

static bool sum_histograms(const struct window *window, bool mean, struct point *result)
{
    struct histogram_sum sum = {0};
    histogram_sum_begin(&sum, window->arena);
    for (size_t i = 0; i < window->histogram_count; i++) {
        if (!histogram_sum_add_one(&sum, window->histograms[i].histogram)) {
            return false;
        }
    }
    result->histogram = histogram_sum_end(&sum, mean ? 1 / (double)sum.count : 1);
    return result->histogram != NULL;
}

bool over_time_avg(const struct window *window, struct point *result)
{
    if (is_mixed(window)) {
        return false;
    }
    if (window->count == 0) {
        return sum_histograms(window, true, result);
    }
    struct kahan_mean mean = {0};
    for (size_t i = 0; i < window->count; i++) {
        kahan_mean_add(&mean, window->samples[i].value);
    }
    return window_number(result, kahan_mean_value(&mean));
}

bool over_time_sum(const struct window *window, struct point *result)
{
    if (is_mixed(window)) {
        return false;
    }
    if (window->count == 0) {
        return sum_histograms(window, false, result);
    }
    struct kahan sum = {0};
    for (size_t i = 0; i < window->count; i++) {
        kahan_add(&sum, window->samples[i].value);
    }
    return window_number(result, kahan_value(&sum));
}

/* --- of samples of both kinds ----------------------------------------------------------------- */

bool over_time_count(const struct window *window, struct point *result)
{
    return window_number(result, (double)(window->count + window->histogram_count));
}

bool over_time_present(const struct window *window, struct point *result)
{
    (void)window;
    return window_number(result, 1);
}

bool over_time_last(const struct window *window, struct point *result)
{
    const struct sample *sample = window->count == 0 ? NULL : &window->samples[window->count - 1];
    const struct histogram_sample *histogram =
        window->histogram_count == 0 ? NULL : &window->histograms[window->histogram_count - 1];
    if (histogram == NULL || (sample != NULL && sample->time_ms > histogram->time_ms)) {
        return window_number(result, sample->value);
    }
    result->histogram = histogram->histogram;
    return true;
}

/* --- of numbers ------------------------------------------------------------------------------- */

bool over_time_max(const struct window *window, struct point *result)
{
    if (window->count == 0) {
        return false;
    }
    double most = window->samples[0].value;
    for (size_t i = 1; i < window->count; i++) {
        double value = window->samples[i].value;
        most = value > most || isnan(most) ? value : most;
    }
    return window_number(result, most);
}

bool over_time_min(const struct window *window, struct point *result)
{
    if (window->count == 0) {
        return false;
    }
    double least = window->samples[0].value;
    for (size_t i = 1; i < window->count; i++) {
        double value = window->samples[i].value;
        least = value < least || isnan(least) ? value : least;
    }
    return window_number(result, least);
}

bool over_time_quantile(const struct window *window, struct point *result)
{
    if (window->count == 0) {
        return false;
    }
    size_t mark = arena_mark(window->arena);
    double *values = arena_alloc_array(window->arena, window->count, sizeof(*values));
    if (values == NULL) {
        return false;
    }
    for (size_t i = 0; i < window->count; i++) {
        values[i] = window->samples[i].value;
    }
    result->value = quantile_of_numbers(window->parameters[0], values, window->count);
    arena_rewind(window->arena, mark);
    return true;
}

static double variance(const struct window *window)
{
    double count = 0;
    struct kahan mean = {0}, squares = {0};
    for (size_t i = 0; i < window->count; i++) {
        double value = window->samples[i].value;
        count += 1;
        double delta = value - (mean.sum + mean.rest);
        kahan_add(&mean, delta / count);
        kahan_add(&squares, delta * (value - (mean.sum + mean.rest)));
    }
    return (squares.sum + squares.rest) / count;
}

bool over_time_stdvar(const struct window *window, struct point *result)
{
    return window->count > 0 && window_number(result, variance(window));
}

bool over_time_stddev(const struct window *window, struct point *result)
{
    return window->count > 0 && window_number(result, sqrt(variance(window)));
}
