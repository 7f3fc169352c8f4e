/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_PRIVATE_H
#define THAW_SERIES_PRIVATE_H

#include "base/map.h"
#include "model/metric.h"
#include "model/rows.h"
#include "series/chunk.h"
#include "series/series_labels.h"
#include "series/series_limits.h"
#include "series/series_store.h"

#include <pthread.h>

/* What the files of the store share. */

/* No time. */
#define SERIES_NEVER INT64_MIN

/* The chunks of a series, oldest first; behind them the one that still takes samples. */
struct series_chunks {
    struct chunk *first, *tail;
    struct chunk *open;     /* NULL: the next sample begins one. */
    struct chunk_last last; /* Of it. */
};

struct series_row {
    bool used;
    uint16_t width;
    uint16_t bound_count;
    uint32_t generation;
    uint32_t metric, owner;
    uint32_t next, before; /* In the list of its metric. */
    uint32_t identity_size;
    uint64_t hash;
    unsigned char *identity;
    uint64_t start_ns;         /* Of the latest cumulative point. */
    int64_t pending_ms;        /* When values were so; SERIES_NEVER: there are none. */
    double *values;            /* The latest: perhaps not yet in a chunk.  Its memory is also */
    double *bounds;            /* that of bounds and of chunks.last.values. */
    uint64_t *recent;          /* Delta: ends of intervals, SERIES_RECENT_COUNT; 0: none. */
    struct chunk_shape *shape; /* Exponential: of values. */
    struct series_chunks chunks;
};

struct series_metric_row {
    bool used;
    enum series_kind kind;
    unsigned char *memory; /* Name, help, unit. */
    uint16_t name_size, help_size, unit_size;
    uint32_t count; /* Series. */
    uint32_t first;
    uint64_t hash;
};

struct series_owner {
    unsigned char *memory; /* Its name; NULL: there is none. */
    uint16_t size;
    uint32_t count; /* Series. */
    uint64_t hash;
    bool over; /* It was refused a series since the latest sweep. */
};

struct series_store {
    pthread_mutex_t lock;
    struct hash_key key;
    uint32_t count_max, owner_count_max;
    uint64_t bytes_max;
    struct series_row *rows;
    uint32_t row_count, row_capacity, row_free; /* row_free: where to look for a free one. */
    struct map row_map;
    struct series_metric_row *metrics;
    uint32_t metric_count, metric_capacity;
    struct map metric_map;
    struct series_owner *owners;
    uint32_t owner_count, owner_capacity;
    struct map owner_map;
    struct series_stats stats;
    struct series_refusal refusals[SERIES_REFUSAL_COUNT_MAX];
    size_t refusal_count;
    uint32_t tick_at; /* The row at which the next tick goes on. */
    int64_t swept_ms;
    uint64_t now_ns;
    struct arena sender, arena; /* Of the labels of a resource, and of one point. */
    unsigned char *arena_memory;
    double *scratch; /* SERIES_WIDTH_MAX numbers, twice. */
};

/* ---- series_table.c: rows, metrics and owners. ---- */

/* The metric of a name and kind, made if new; ROW_NONE without room. */
uint32_t series_table_metric(struct series_store *store, struct slice name, enum series_kind kind,
                             struct slice help, struct slice unit);

/* What makes a series one. */
struct series_key {
    uint32_t metric;
    struct slice identity;
    struct slice owner;
    const double *bounds; /* Part of the identity of histograms and summaries. */
    uint16_t bound_count;
    uint16_t width;                  /* Of what is new. */
    const struct chunk_shape *shape; /* Exponential; else NULL. */
};

/* The row of a key, or ROW_NONE; made, with a reason where it cannot be. */
uint32_t series_table_find(const struct series_store *store, const struct series_key *key);
uint32_t series_table_make(struct series_store *store, const struct series_key *key,
                           enum series_reason *reason);
void series_table_remove(struct series_store *store, uint32_t row);

/* A metric goes if it has no series. */
void series_table_release(struct series_store *store, uint32_t metric);

struct slice series_table_name(const struct series_metric_row *metric);

/* Forget series that are idle, of owners and in all where others want their place. */
void series_table_sweep(struct series_store *store, int64_t now_ms);

/* ---- series_keep.c: the samples of a row. ---- */

/* Take values at a time later than all that there are; apart: what is pending stays a sample of its
 * own, however close.  False without memory. */
bool series_keep_put(struct series_store *store, struct series_row *row, int64_t time_ms,
                     const double *values, bool apart) THAW_CHECK;

/* Other numbers of other meaning from now on: values of the new shape. */
bool series_keep_reshape(struct series_store *store, struct series_row *row,
                         const struct chunk_shape *shape, const double *values) THAW_CHECK;

/* Thin and forget what is old in a row. */
void series_keep_thin(struct series_store *store, struct series_row *row, int64_t now_ms);

void series_keep_free(struct series_store *store, struct series_row *row);

/* How far apart samples of a tier are. */
int64_t series_keep_step_ms(unsigned tier);

/* ---- series_shape.c: exponential histograms. ---- */

/* Numbers of a sample of this shape. */
static inline unsigned series_shape_width(const struct chunk_shape *shape)
{
    return 3U + shape->positive_count + shape->negative_count;
}

/* The shape of a point, no finer than the language knows; false: there is none. */
bool series_shape_of(const struct metric_point *point, struct chunk_shape *shape) THAW_CHECK;
void series_shape_values(const struct metric_point *point, const struct chunk_shape *shape,
                         double *values);

/* A shape that holds both; false: there is none that is narrow enough. */
bool series_shape_join(const struct chunk_shape *one, const struct chunk_shape *other,
                       struct chunk_shape *joined) THAW_CHECK;
bool series_shape_same(const struct chunk_shape *one, const struct chunk_shape *other);

/* Add the numbers of one shape to those of one that holds it. */
void series_shape_add(const struct chunk_shape *from, const double *values,
                      const struct chunk_shape *to, double *sums);

/* ---- series_refuse.c ---- */

void series_refuse(struct series_store *store, enum series_reason reason, struct slice owner,
                   struct slice metric, uint64_t count);

#endif
