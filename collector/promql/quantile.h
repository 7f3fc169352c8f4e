/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_QUANTILE_H
#define THAW_COLLECTOR_PROMQL_QUANTILE_H

#include "promql/sample.h"

#include <stddef.h>

/*
 * Quantiles and fractions, of numbers and of histograms of both kinds.  A q outside of [0, 1] gives
 * an infinity of its side, NaN gives NaN.  Pure.
 */

/* Of numbers, which it sorts. */
double quantile_of_numbers(double q, double *values, size_t count);

/* A bucket of a classic histogram: how many are not more than bound. */
struct quantile_bucket {
    double bound, count;
};

/* Of a classic histogram, whose buckets ascend and are changed: those of the same bound are added,
 * and decreases are levelled.  NaN if the last bound is not +Inf, or nothing is counted. */
double quantile_of_buckets(double q, struct quantile_bucket *buckets, size_t count);

/* The share of observations between two values. */
double quantile_fraction_of_buckets(double lower, double upper, struct quantile_bucket *buckets,
                                    size_t count);

/* The same of native histograms, interpolated exponentially in all buckets but that of zero. */
double quantile_of_native(double q, const struct native_histogram *histogram);
double quantile_fraction_of_native(double lower, double upper,
                                   const struct native_histogram *histogram);

/* The estimated variance of what a native histogram counts. */
double quantile_variance_of_native(const struct native_histogram *histogram);

#endif
