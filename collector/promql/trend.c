/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/window.h"

#include "promql/kahan.h"

#include <math.h>

/* The line that fits the samples best: value = slope * (seconds since origin) + intercept. */
static void fit_line(const struct window *window, int64_t origin_ms, double *slope,
                     double *intercept)
{
    struct kahan x = {0}, y = {0}, xy = {0}, xx = {0};
    const struct sample *samples = window->samples;
    double count = (double)window->count;
    bool flat = true;
    for (size_t i = 0; i < window->count; i++) {
        double at = (double)(samples[i].time_ms - origin_ms) / 1000;
        flat = flat && samples[i].value == samples[0].value;
        kahan_add(&x, at);
        kahan_add(&y, samples[i].value);
        kahan_add(&xy, at * samples[i].value);
        kahan_add(&xx, at * at);
    }
    if (flat) {
        bool infinite = isinf(samples[0].value);
        *slope = infinite ? (double)NAN : 0;
        *intercept = infinite ? (double)NAN : samples[0].value;
        return;
    }
    double sum_x = x.sum + x.rest, sum_y = y.sum + y.rest;
    double covariance = xy.sum + xy.rest - sum_x * sum_y / count;
    double variance = xx.sum + xx.rest - sum_x * sum_x / count;
    *slope = covariance / variance;
    *intercept = sum_y / count - *slope * sum_x / count;
}

bool trend_deriv(const struct window *window, struct point *result)
{
    double slope = 0, intercept = 0;
    if (window->count < 2) {
        return false;
    }
    fit_line(window, window->samples[0].time_ms, &slope, &intercept);
    return window_number(result, slope);
}

bool trend_predict(const struct window *window, struct point *result)
{
    double slope = 0, intercept = 0;
    if (window->count < 2) {
        return false;
    }
    fit_line(window, window->time_ms, &slope, &intercept);
    return window_number(result, slope * window->parameters[0] + intercept);
}

bool trend_smooth(const struct window *window, struct point *result)
{
    double smoothing = window->parameters[0], trending = window->parameters[1];
    if (!(smoothing > 0 && smoothing < 1)) {
        result->error = "invalid smoothing factor. Expected: 0 < sf < 1";
        return false;
    }
    if (!(trending > 0 && trending < 1)) {
        result->error = "invalid trend factor. Expected: 0 < tf < 1";
        return false;
    }
    if (window->count < 2) {
        return false;
    }
    double before = 0, now = window->samples[0].value;
    double trend = window->samples[1].value - window->samples[0].value;
    for (size_t i = 1; i < window->count; i++) {
        if (i > 1) {
            trend = trending * (now - before) + (1 - trending) * trend;
        }
        double next = smoothing * window->samples[i].value + (1 - smoothing) * (now + trend);
        before = now;
        now = next;
    }
    return window_number(result, now);
}
