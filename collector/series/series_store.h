/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_STORE_H
#define THAW_SERIES_STORE_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The metrics that functions and services send (OTLP), as series of samples: named as Prometheus
 * names them, delta sums added up to counters, thinned as they get old (series_limits.h).  It is a
 * function of the bodies applied, in their order: what comes again, early or late counts once
 * (docs/reference/metrics.md).
 *
 * One thread (the store's writer) applies, ticks and saves; any thread reads between
 * series_read_begin() and series_read_end(), which must be short: copy into your arena.
 */
struct series_store;

/* NULL without memory.  The key keeps senders from choosing what collides. */
struct series_store *series_create(const struct hash_key *key) THAW_CHECK;
void series_free(struct series_store *store); /* NULL is fine. */

/* Keep less than series_limits.h allows; before the first body. */
void series_limit(struct series_store *store, uint32_t count_max, uint32_t owner_count_max,
                  uint64_t bytes_max);

/* Take in the metrics of a batch that arrived then. */
void series_apply(struct series_store *store, uint64_t arrival_ns, const struct batch *batch);

/* Let time pass: thin and forget what is old, a part of all series at each call. */
void series_tick(struct series_store *store, uint64_t now_ns);

/* Thin and forget in all series at once. */
void series_settle(struct series_store *store, uint64_t now_ns);

/* ---- As bytes (docs/formats/series.md). ---- */

typedef bool series_sink(void *context, struct slice bytes);

/* STATUS_IO: the sink wants no more; STATUS_FULL: no memory. */
enum status series_save(const struct series_store *store, series_sink *sink,
                        void *context) THAW_CHECK;

/* Into a store that is new.  STATUS_BAD: these are no such bytes, *reason says why; STATUS_FULL.
 * Then it is good for series_free() alone. */
enum status series_load(struct series_store *store, struct slice bytes,
                        const char **reason) THAW_CHECK;

/* ---- Reading: between these two, or by the thread that applies. ---- */

void series_read_begin(struct series_store *store);
void series_read_end(struct series_store *store);

/* Why a point was refused. */
enum series_reason {
    SERIES_OWNER_LIMIT, /* Its function has too many series, */
    SERIES_COUNT_LIMIT, /* or all have. */
    SERIES_OLD,         /* It is before what its series has, or absurdly old. */
    SERIES_AHEAD,       /* Its time is yet to come. */
    SERIES_LABELS,      /* It has too many attributes. */
    SERIES_SHAPE,       /* Buckets and bounds that do not go together, or too many of them. */
    SERIES_UNSPECIFIED, /* Neither delta nor cumulative. */
    SERIES_NAMELESS,    /* Its metric has no name, or no kind that is known. */
    SERIES_MEMORY,      /* There is no memory for it. */
    SERIES_REASON_COUNT,
};

const char *series_reason_name(enum series_reason reason);

/* Of whom points were refused.  Where too many are, the function and metric are "(other)". */
struct series_refusal {
    enum series_reason reason;
    char owner[64], metric[64]; /* Their beginnings. */
    uint64_t count;
    uint64_t last_ns; /* When it last happened. */
};

struct series_stats {
    uint32_t count, count_max; /* Series. */
    uint32_t owners, owner_count_max;
    uint64_t bytes, bytes_max; /* Of samples. */
    uint64_t samples;          /* Kept now. */
    uint64_t points;           /* Taken in. */
    uint64_t repeated;         /* Points that were there already. */
    uint64_t refused[SERIES_REASON_COUNT];
    uint64_t evicted;  /* Series forgotten to make room. */
    uint64_t cut;      /* Samples forgotten for want of memory. */
    unsigned pressure; /* How often ages are halved. */
};

void series_stats(const struct series_store *store, struct series_stats *stats);

/* The refusals, of which there are so many, by index. */
size_t series_refusal_count(const struct series_store *store);
void series_refusal(const struct series_store *store, size_t index, struct series_refusal *refusal);

/* What a series is. */
enum series_kind {
    SERIES_GAUGE,
    SERIES_COUNTER,
    SERIES_HISTOGRAM,
    SERIES_EXPONENTIAL,
    SERIES_SUMMARY,
    SERIES_KIND_COUNT,
};

/* A metric: what its series have in common.  Metrics are numbered from 0; some numbers have none.
 * Slices are good until series_read_end(). */
struct series_metric {
    struct slice name; /* Of histograms and summaries without _bucket, _sum and _count. */
    struct slice help, unit;
    enum series_kind kind;
    uint32_t first; /* Its first series, ROW_NONE: none. */
};

uint32_t series_metric_count(const struct series_store *store);
bool series_metric(const struct series_store *store, uint32_t number, struct series_metric *metric);

/* A series.  Numbers are those of a metric's list; they may be another's after
 * series_read_end(), which generation tells. */
struct series_row_facts {
    struct slice identity; /* Its labels: series_labels.h. */
    uint32_t generation;
    uint32_t next; /* Of its metric; ROW_NONE. */
    uint32_t metric;
    uint16_t width;       /* Numbers of a sample, */
    const double *bounds; /* bounds of its buckets, or quantiles */
    uint16_t bound_count;
    int64_t first_ms, last_ms; /* Of its samples. */
};

bool series_row(const struct series_store *store, uint32_t row, struct series_row_facts *facts);

/*
 * The samples of a series in a span of time (both ends inclusive), oldest first; what is denser
 * than a tier's steps is all there.  Numbers of a sample: of gauges and counters the value; of
 * histograms count, sum, and each bucket's own count; of summaries count, sum, and each quantile's
 * value; of exponential ones count, sum, count of zero, positive buckets, negative ones, as the
 * shape says. They are good during the call.
 */
struct chunk_shape;
struct series_sample {
    int64_t time_ms;
    const double *values;
    unsigned width;
    const struct chunk_shape *shape; /* Exponential; else NULL. */
    int64_t step_ms; /* How far apart samples of its age are; the next may be that far away. */
};
typedef bool series_sample_visit(void *context, const struct series_sample *sample);

/* False: visit wanted no more. */
bool series_samples(const struct series_store *store, uint32_t row, int64_t from_ms, int64_t to_ms,
                    series_sample_visit *visit, void *context);

#endif
