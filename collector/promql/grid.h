/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_GRID_H
#define THAW_COLLECTOR_PROMQL_GRID_H

#include "base/arena.h"
#include "base/status.h"
#include "promql/labels.h"
#include "promql/node.h"
#include "promql/sample.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Values of series at steps.  A grid belongs to one node's evaluation; whoever gets it may change
 * it in place.
 *
 * Invariants of a row: values has a cell for each step; a cell that holds the marker of staleness
 * is empty, unless histograms has something for that step (then values says nothing).
 */
struct grid_row {
    struct label_set labels;
    double *values;
    const struct native_histogram **histograms; /* NULL: none at any step. */
};

struct grid {
    struct grid_row *rows;
    size_t count;
    size_t steps;
};

/* A value, a histogram, or neither: the content of a cell. */
struct point {
    double value;
    const struct native_histogram *histogram;
    const char *error; /* What a function says against it, for the whole query. */
};

static inline bool grid_has_float(const struct grid_row *row, size_t step)
{
    return !sample_is_stale(row->values[step]);
}

static inline const struct native_histogram *grid_histogram(const struct grid_row *row, size_t step)
{
    return row->histograms == NULL ? NULL : row->histograms[step];
}

static inline bool grid_has(const struct grid_row *row, size_t step)
{
    return grid_has_float(row, step) || grid_histogram(row, step) != NULL;
}

/* Make a cell empty. */
void grid_clear(struct grid_row *row, size_t step);

/* Rows for count series with empty cells; false without room. */
bool grid_init(struct grid *grid, struct arena *arena, size_t count, size_t steps) THAW_CHECK;

/* Empty cells for one row that grid_init() did not make. */
bool grid_row_init(struct grid_row *row, struct arena *arena, size_t steps) THAW_CHECK;

/* Put a histogram into a cell. */
bool grid_put_histogram(struct grid_row *row, struct arena *arena, size_t step, size_t steps,
                        const struct native_histogram *histogram) THAW_CHECK;

/* Forget all histograms: of functions that know numbers alone. */
void grid_drop_histograms(struct grid *grid);

/* Leave out rows without any cell. */
void grid_drop_empty(struct grid *grid);

/* Leave out the name of the metric of every row; false without room. */
bool grid_drop_names(struct grid *grid, struct arena *arena) THAW_CHECK;

/* --- labels ----------------------------------------------------------------------------------- */

/* The labels without the name of the metric; the same memory where that is possible. */
bool grid_without_name(const struct label_set *labels, struct arena *arena,
                       struct label_set *without) THAW_CHECK;

/* The labels of these names, or those of all other names (and not the metric's name); into items,
 * which has room for as many as there are. */
struct label_set grid_keep(const struct label_set *labels, const struct node_labels *names,
                           struct label *items);
struct label_set grid_leave(const struct label_set *labels, const struct node_labels *names,
                            bool with_name, struct label *items);

/* The labels with one set, or taken away where the value is empty; false without room. */
bool grid_with_label(const struct label_set *labels, struct arena *arena, const struct label *label,
                     struct label_set *with) THAW_CHECK;

/* The number of labels of the row that has most. */
size_t grid_label_count_max(const struct grid *grid);

#endif
