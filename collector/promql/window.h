/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_WINDOW_H
#define THAW_COLLECTOR_PROMQL_WINDOW_H

#include "base/arena.h"
#include "promql/grid.h"
#include "promql/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a function of a range sees at one step: the samples of one series in (from, to].  There is
 * at least one sample or histogram.  Results that are histograms lie in the arena.
 */
struct window {
    const struct sample *samples;
    size_t count;
    const struct histogram_sample *histograms;
    size_t histogram_count;
    int64_t from_ms, to_ms;
    int64_t time_ms;      /* Of the step: to_ms without offset and @. */
    double parameters[2]; /* The scalars among the arguments, in their order. */
    struct arena *arena;
};

/* A number as result. */
static inline bool window_number(struct point *result, double value)
{
    result->value = value;
    return true;
}

/* --- rate.c ----------------------------------------------------------------------------------- */

bool rate_delta(const struct window *window, struct point *result);
bool rate_increase(const struct window *window, struct point *result);
bool rate_rate(const struct window *window, struct point *result);
bool rate_idelta(const struct window *window, struct point *result);
bool rate_irate(const struct window *window, struct point *result);
bool rate_resets(const struct window *window, struct point *result);
bool rate_changes(const struct window *window, struct point *result);

/* --- over_time.c ------------------------------------------------------------------------------ */

bool over_time_avg(const struct window *window, struct point *result);
bool over_time_count(const struct window *window, struct point *result);
bool over_time_last(const struct window *window, struct point *result);
bool over_time_max(const struct window *window, struct point *result);
bool over_time_min(const struct window *window, struct point *result);
bool over_time_present(const struct window *window, struct point *result);
bool over_time_quantile(const struct window *window, struct point *result);
bool over_time_stddev(const struct window *window, struct point *result);
bool over_time_stdvar(const struct window *window, struct point *result);
bool over_time_sum(const struct window *window, struct point *result);

/* --- trend.c ---------------------------------------------------------------------------------- */

bool trend_deriv(const struct window *window, struct point *result);
bool trend_predict(const struct window *window, struct point *result);
bool trend_smooth(const struct window *window, struct point *result);

#endif
