/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/quantile.h"

#include "promql/histogram.h"
#include "promql/kahan.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* --- numbers ---------------------------------------------------------------------------------- */

/* NaN comes first. */
static int by_value(const void *one, const void *other)
{
    double left = *(const double *)one, right = *(const double *)other;
    if (isnan(left) || isnan(right)) {
        return (isnan(left) ? 0 : 1) - (isnan(right) ? 0 : 1);
    }
    return (left > right) - (left < right);
}

/* q outside of its range. */
static bool is_outside(double q, double *result)
{
    *result = isnan(q) ? (double)NAN : q < 0 ? -(double)INFINITY : (double)INFINITY;
    return !(q >= 0 && q <= 1);
}

double quantile_of_numbers(double q, double *values, size_t count)
{
    double result = (double)NAN;
    if (count == 0) {
        return (double)NAN;
    }
    if (is_outside(q, &result)) {
        return result;
    }
    if (count > 1) {
        qsort(values, count, sizeof(*values), by_value);
    }
    double rank = q * (double)(count - 1);
    size_t lower = (size_t)floor(rank);
    size_t upper = lower + 1 < count ? lower + 1 : count - 1;
    double weight = rank - floor(rank);
    return values[lower] * (1 - weight) + values[upper] * weight;
}

/* --- classic histograms ----------------------------------------------------------------------- */

/* Differences of counts below this share of them come of the inexactness of numbers. */
#define SMALL_DELTA 1e-12

static size_t coalesce(struct quantile_bucket *buckets, size_t count)
{
    size_t kept = 0;
    for (size_t i = 1; i < count; i++) {
        if (buckets[i].bound == buckets[kept].bound) {
            buckets[kept].count += buckets[i].count;
        } else {
            buckets[++kept] = buckets[i];
        }
    }
    return kept + 1;
}

static bool almost_equal(double one, double other)
{
    return one == other || fabs(one - other) < SMALL_DELTA * (fabs(one) + fabs(other));
}

static void level(struct quantile_bucket *buckets, size_t count)
{
    double before = buckets[0].count;
    for (size_t i = 1; i < count; i++) {
        if (buckets[i].count < before || almost_equal(before, buckets[i].count)) {
            buckets[i].count = before;
        } else {
            before = buckets[i].count;
        }
    }
}

double quantile_of_buckets(double q, struct quantile_bucket *buckets, size_t count)
{
    double result = (double)NAN;
    if (is_outside(q, &result)) {
        return result;
    }
    if (count == 0 || buckets[count - 1].bound != (double)INFINITY) {
        return (double)NAN;
    }
    count = coalesce(buckets, count);
    level(buckets, count);
    double all = buckets[count - 1].count;
    if (count < 2 || all == 0 || isnan(all)) {
        return (double)NAN;
    }
    double rank = q * all, start = 0;
    size_t at = 0;
    while (at < count - 1 && !(buckets[at].count >= rank)) {
        at++;
    }
    if (at == count - 1) {
        return buckets[count - 2].bound;
    }
    if (at == 0 && buckets[0].bound <= 0) {
        return buckets[0].bound;
    }
    double inside = buckets[at].count;
    if (at > 0) {
        start = buckets[at - 1].bound;
        inside -= buckets[at - 1].count;
        rank -= buckets[at - 1].count;
    }
    return start + (buckets[at].bound - start) * (rank / inside);
}

/* How many are below a value that is inside a bucket. */
static double below_in_bucket(double value, double lower, const struct quantile_bucket *bucket,
                              double rank)
{
    if (lower == -(double)INFINITY) {
        return bucket->count;
    }
    return rank + (bucket->count - rank) * (value - lower) / (bucket->bound - lower);
}

/* How many are below a value. */
static double below_of_buckets(double value, const struct quantile_bucket *buckets, size_t count)
{
    double rank = 0;
    double lower = buckets[0].bound <= 0 ? -(double)INFINITY : 0;
    for (size_t i = 0; i < count; i++) {
        if (lower >= value) {
            return rank;
        }
        if (buckets[i].bound > value) {
            return below_in_bucket(value, lower, &buckets[i], rank);
        }
        rank = buckets[i].count;
        lower = buckets[i].bound;
    }
    return buckets[count - 1].count;
}

double quantile_fraction_of_buckets(double lower, double upper, struct quantile_bucket *buckets,
                                    size_t count)
{
    if (count == 0 || buckets[count - 1].bound != (double)INFINITY) {
        return (double)NAN;
    }
    count = coalesce(buckets, count);
    double all = buckets[count - 1].count;
    if (all == 0 || isnan(lower) || isnan(upper)) {
        return (double)NAN;
    }
    if (lower >= upper) {
        return 0;
    }
    double low = below_of_buckets(lower, buckets, count);
    double high = below_of_buckets(upper, buckets, count);
    return ((high > all ? all : high) - (low > all ? all : low)) / all;
}

/* --- native histograms ------------------------------------------------------------------------ */

static bool is_zero_bucket(const struct histogram_range *range)
{
    return range->lower <= 0 && range->upper >= 0;
}

/* The bucket of zero begins, or ends, at 0 where nothing is counted on the other side. */
static void narrow_zero(const struct native_histogram *histogram, struct histogram_range *range)
{
    if (!is_zero_bucket(range)) {
        return;
    }
    if (histogram->negative_count == 0 && histogram->positive_count > 0) {
        range->lower = 0;
    } else if (histogram->positive_count == 0 && histogram->negative_count > 0) {
        range->upper = 0;
    }
}

/* The value at a share of a bucket. */
static double value_inside(const struct histogram_range *range, double share)
{
    if (is_zero_bucket(range)) {
        return range->lower + (range->upper - range->lower) * share;
    }
    double lower = log2(fabs(range->lower)), upper = log2(fabs(range->upper));
    if (range->lower > 0) {
        return exp2(lower + (upper - lower) * share);
    }
    return -exp2(upper + (lower - upper) * (1 - share));
}

double quantile_of_native(double q, const struct native_histogram *histogram)
{
    double result = (double)NAN;
    if (isnan(q) || histogram->count == 0) {
        return q < 0 ? -(double)INFINITY : q > 1 ? (double)INFINITY : (double)NAN;
    }
    if (is_outside(q, &result)) {
        return result;
    }
    /* From the nearer end, so that little is lost; but observations that are NaN are in no bucket,
     * and what is above them cannot be counted from there. */
    bool upwards = isnan(histogram->sum) || q < 0.5;
    double rank = (upwards ? q : 1 - q) * histogram->count, seen = 0;
    struct histogram_walk walk = {.histogram = histogram, .downwards = !upwards};
    struct histogram_range range = {0}, next;
    while (histogram_walk_next(&walk, &next)) {
        range = next;
        if (range.count == 0) {
            continue;
        }
        seen += range.count;
        if (seen >= rank) {
            break;
        }
    }
    narrow_zero(histogram, &range);
    seen = seen > histogram->count ? histogram->count : seen;
    if (seen < rank) {
        return isnan(histogram->sum) ? (double)NAN : range.upper;
    }
    double inside = upwards ? rank - (seen - range.count) : seen - rank;
    return value_inside(&range, inside / range.count);
}

/* The share of a bucket that is below a value inside it. */
static double share_below(const struct histogram_range *range, double value)
{
    if (is_zero_bucket(range)) {
        return (value - range->lower) / (range->upper - range->lower);
    }
    double lower = log2(fabs(range->lower)), upper = log2(fabs(range->upper));
    double at = log2(fabs(value));
    return value > 0 ? (at - lower) / (upper - lower) : 1 - (at - upper) / (lower - upper);
}

/* How many are below a value, or all. */
static double below_of_native(double value, const struct native_histogram *histogram, double all)
{
    struct histogram_walk walk = {.histogram = histogram};
    struct histogram_range range;
    double rank = 0;
    while (histogram_walk_next(&walk, &range)) {
        narrow_zero(histogram, &range);
        if (range.lower >= value) {
            return rank;
        }
        if (range.upper > value) {
            return rank + range.count * share_below(&range, value);
        }
        rank += range.count;
    }
    return all;
}

double quantile_fraction_of_native(double lower, double upper,
                                   const struct native_histogram *histogram)
{
    if (histogram->count == 0 || isnan(lower) || isnan(upper)) {
        return (double)NAN;
    }
    if (lower >= upper) {
        return 0;
    }
    double all = histogram->count;
    if (isnan(histogram->sum)) { /* Observations that are NaN are counted in no bucket. */
        struct histogram_walk walk = {.histogram = histogram};
        struct histogram_range range;
        for (all = 0; histogram_walk_next(&walk, &range);) {
            all += range.count;
        }
    }
    double low = below_of_native(lower, histogram, all);
    double high = below_of_native(upper, histogram, all);
    return ((high > all ? all : high) - (low > all ? all : low)) / histogram->count;
}

double quantile_variance_of_native(const struct native_histogram *histogram)
{
    struct histogram_walk walk = {.histogram = histogram};
    struct histogram_range range;
    struct kahan sum = {0};
    double mean = histogram->sum / histogram->count;
    while (histogram_walk_next(&walk, &range)) {
        if (range.count == 0) {
            continue;
        }
        double value = 0;
        if (!is_zero_bucket(&range)) {
            value = sqrt(range.upper * range.lower);
            value = range.upper < 0 ? -value : value;
        }
        kahan_add(&sum, range.count * (value - mean) * (value - mean));
    }
    return kahan_value(&sum) / histogram->count;
}
