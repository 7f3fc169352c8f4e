/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TEST_PROMQL_SHELF_H
#define THAW_TEST_PROMQL_SHELF_H

#include "base/arena.h"
#include "base/slice.h"
#include "promql/source.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Series in memory, as a source: for the tests of the language, and for its comparison with a real
 * Prometheus.  A series is named as in a selector: up{job="a"}.
 */
#define SHELF_SERIES_MAX 4096

struct shelf_series {
    struct label_set labels;
    struct sample *samples;
    struct histogram_sample *histograms;
    size_t sample_count, sample_capacity, histogram_count, histogram_capacity;
};

struct shelf {
    struct arena *arena; /* Labels, histograms. */
    struct shelf_series *series;
    size_t count;
    size_t selects; /* Calls of select(). */
};

void shelf_init(struct shelf *shelf, struct arena *arena);
void shelf_fini(struct shelf *shelf);

/* The series of these labels, made if there is none.  Labels that are none end the program. */
struct shelf_series *shelf_find(struct shelf *shelf, struct slice selector);

/* Samples come in the order of time. */
void shelf_add(struct shelf_series *series, int64_t time_ms, double value);
void shelf_add_histogram(struct shelf_series *series, int64_t time_ms,
                         const struct native_histogram *histogram);

/*
 * Lines of text, one sample each:
 *   SELECTOR TIME_MS VALUE                (VALUE: a number, or stale)
 *   SELECTOR TIME_MS { SCHEMA ZERO_THRESHOLD ZERO_COUNT COUNT SUM ; INDEX:COUNT ... ; INDEX:COUNT
 * ... } of which the first list is that of positive buckets.  False for a line that is none.
 */
bool shelf_read(struct shelf *shelf, struct slice text);

struct series_source shelf_source(struct shelf *shelf);

#endif
