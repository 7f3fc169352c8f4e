/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_METRIC_H
#define THAW_COLLECTOR_MODEL_METRIC_H

#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Metrics as they came in a body, for those who keep them as series (collector/series).  They live
 * as the batch does that has them.
 */
enum metric_kind {
    METRIC_NONE, /* No data, or of a kind that is not known. */
    METRIC_GAUGE,
    METRIC_SUM,
    METRIC_HISTOGRAM,
    METRIC_EXPONENTIAL,
    METRIC_SUMMARY,
};

/* As OTLP numbers it. */
enum metric_temporality { METRIC_UNSPECIFIED, METRIC_DELTA, METRIC_CUMULATIVE };

/* A point's flag: the series has no value now. */
#define METRIC_POINT_NO_VALUE 1u

struct metric_doubles {
    const double *items;
    size_t count;
};

struct metric_counts {
    const uint64_t *items;
    size_t count;
};

/* Buckets of an exponential histogram: the first is at offset. */
struct metric_buckets {
    int32_t offset;
    struct metric_counts counts;
};

struct metric_point {
    struct attrs attrs;
    uint64_t start_ns, time_ns; /* 0: not told. */
    uint32_t flags;
    bool valued;  /* A gauge or sum has a value. */
    double value; /* Of those. */
    /* Histograms and summaries. */
    uint64_t count;
    double sum;
    bool summed;                  /* There is a sum. */
    struct metric_counts counts;  /* By bucket, */
    struct metric_doubles bounds; /* between these: one less, or neither. */
    int32_t scale;                /* Exponential: */
    uint64_t zero_count;          /* */
    double zero_threshold;        /* */
    struct metric_buckets positive, negative;
    struct metric_doubles quantiles; /* Summaries, */
    struct metric_doubles values;    /* as many. */
};

struct metric {
    const struct resource *resource;
    const struct scope *scope;
    struct slice name, description, unit;
    enum metric_kind kind;
    enum metric_temporality temporality;
    bool monotonic;
    const struct metric_point *points;
    size_t point_count;
};

#endif
