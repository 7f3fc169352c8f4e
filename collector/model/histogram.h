/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_HISTOGRAM_H
#define THAW_COLLECTOR_MODEL_HISTOGRAM_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * How durations are distributed, in microseconds.  Buckets are the same everywhere, so histograms
 * add and subtract exactly: up to 128 us each value has its own, above it each power of two is cut
 * into 64 buckets, and a value told for a bucket (its middle) is off by less than 0.8 %.
 *
 * A struct histogram is sparse, sorted by bucket, for the many that hold little; a struct
 * histogram_sum is dense, for adding up and asking.
 */
#define HISTOGRAM_BUCKET_COUNT 2112 /* Up to 2^38 us, three days; longer counts as that. */
#define HISTOGRAM_BUCKET_NONE  UINT16_MAX

struct histogram_entry {
    uint16_t bucket;
    uint32_t count;
};

struct histogram {
    struct histogram_entry *entries;
    uint16_t count;
    uint16_t capacity;
};

struct histogram_sum {
    uint64_t total;
    uint64_t counts[HISTOGRAM_BUCKET_COUNT];
};

/* The bucket of a duration; negative ones are taken as 0. */
uint16_t histogram_bucket(int64_t duration_ns);

/* The least duration of a bucket, and the one that is told for it. */
int64_t histogram_bucket_low_ns(uint16_t bucket);
int64_t histogram_bucket_ns(uint16_t bucket);

void histogram_fini(struct histogram *histogram);

/* Room for the entries of an empty one; false without memory. */
bool histogram_reserve(struct histogram *histogram, uint16_t count) THAW_CHECK;

/* Whether a bucket has any; HISTOGRAM_BUCKET_NONE always has. */
bool histogram_has(const struct histogram *histogram, uint16_t bucket);

/* Count one more, or one less, in a bucket; HISTOGRAM_BUCKET_NONE is nobody.  add: false without
 * memory.  One that was not added must not be removed. */
bool histogram_add(struct histogram *histogram, uint16_t bucket) THAW_CHECK;
void histogram_remove(struct histogram *histogram, uint16_t bucket);

/* Count all that another one counts, and take no more room than that needs; false, and nothing is
 * changed, without memory. */
bool histogram_merge(struct histogram *histogram, const struct histogram *other) THAW_CHECK;

void histogram_sum_add(struct histogram_sum *sum, const struct histogram *histogram);

/*
 * The value at or below which numerator of denominator parts of all lie (nearest rank), in
 * nanoseconds; -1 when there are none.
 */
int64_t histogram_percentile(const struct histogram_sum *sum, uint64_t numerator,
                             uint64_t denominator);

/* The value of the highest bucket that has any, in nanoseconds; -1 when there are none. */
int64_t histogram_max(const struct histogram_sum *sum);

#endif
