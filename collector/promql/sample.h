/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_SAMPLE_H
#define THAW_COLLECTOR_PROMQL_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Samples as the language knows them: a number or a native histogram at a millisecond.
 */
struct sample {
    int64_t time_ms;
    double value;
};

/*
 * A native histogram, as OTLP's exponential one.  With base = 2^(2^-schema), the bucket of index i
 * counts what is in (base^(i-1), base^i]; on the negative side the same mirrored.  (OTLP's offset
 * counts from 0 where this counts from 1: index = offset + 1 + position.)  What is in
 * [-zero_threshold, zero_threshold] is in the bucket of zero.
 *
 * Invariants: schema is in [-4, 8] (finer ones of OTLP are merged by whoever makes them); indexes
 * ascend strictly in each list and are within 2^30 of 0; a count of 0 may be listed and means the
 * same as one that is not.
 */
struct histogram_bucket {
    int32_t index;
    double count;
};

struct native_histogram {
    int32_t schema;
    double zero_threshold;
    double zero_count;
    double count; /* Of all; NaN observations are counted here and in no bucket. */
    double sum;   /* The marker of staleness here makes it a marker. */
    const struct histogram_bucket *positive, *negative;
    size_t positive_count, negative_count;
};

#define HISTOGRAM_SCHEMA_MIN (-4)
#define HISTOGRAM_SCHEMA_MAX 8

struct histogram_sample {
    int64_t time_ms;
    const struct native_histogram *histogram;
};

/* The value that says "from here on there is no such series, until there is a sample again":
 * the NaN that Prometheus uses, told from others by its bits. */
#define SAMPLE_STALE_BITS UINT64_C(0x7ff0000000000002)

static inline double sample_stale(void)
{
    const uint64_t bits = SAMPLE_STALE_BITS;
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline bool sample_is_stale(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits == SAMPLE_STALE_BITS;
}

#endif
