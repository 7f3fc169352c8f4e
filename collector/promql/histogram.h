/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_HISTOGRAM_H
#define THAW_COLLECTOR_PROMQL_HISTOGRAM_H

#include "base/arena.h"
#include "base/status.h"
#include "promql/kahan.h"
#include "promql/sample.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Arithmetic on native histograms.  Results are new and lie in the arena; NULL without room.  Of
 * two schemas the result has the coarser one, of two thresholds of zero the larger, moved up to the
 * end of a bucket that it would cut.  A result lists no bucket that is empty.
 */
const struct native_histogram *histogram_scaled(const struct native_histogram *histogram,
                                                double factor, struct arena *arena) THAW_CHECK;

/* one + sign * other; sign is 1 or -1. */
const struct native_histogram *histogram_plus(const struct native_histogram *one,
                                              const struct native_histogram *other, double sign,
                                              struct arena *arena) THAW_CHECK;

/* The same in a coarser schema. */
const struct native_histogram *histogram_coarser(const struct native_histogram *histogram,
                                                 int32_t schema, struct arena *arena) THAW_CHECK;

/* Same schema, buckets and numbers, bit for bit; empty buckets say nothing. */
bool histogram_equal(const struct native_histogram *one, const struct native_histogram *other);

/* Whether a counter was reset between the earlier and the later one: something in it is less. */
bool histogram_was_reset(const struct native_histogram *earlier,
                         const struct native_histogram *later);

/*
 * A sum of many that does not leave one histogram for each step in the arena: buckets are merged
 * from one pair of buffers into another.
 */
struct histogram_buckets {
    struct histogram_bucket *items;
    size_t count, capacity;
};

struct histogram_sum {
    struct native_histogram total;
    struct histogram_buckets positive[2], negative[2]; /* total is in [0], [1] is spare. */
    struct arena *arena;
    struct kahan observed; /* The sum of observations, exactly. */
    size_t count;          /* Histograms added. */
};

void histogram_sum_begin(struct histogram_sum *sum, struct arena *arena);
bool histogram_sum_add_one(struct histogram_sum *sum,
                           const struct native_histogram *histogram) THAW_CHECK;

/* The sum, multiplied; a copy in the arena. */
const struct native_histogram *histogram_sum_end(struct histogram_sum *sum,
                                                 double factor) THAW_CHECK;

/* --- buckets in order ------------------------------------------------------------------------- */

struct histogram_range {
    double lower, upper, count;
};

/* Walk over the buckets, upwards or downwards, that of zero (where it counts anything) in between.
 */
struct histogram_walk {
    const struct native_histogram *histogram;
    size_t visited;
    bool downwards;
};

bool histogram_walk_next(struct histogram_walk *walk, struct histogram_range *range);

#endif
