/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/promql.h"

#include "promql/eval.h"
#include "promql/promql_limits.h"

#include <stdio.h>
#include <stdlib.h>

/* --- from grids to series --------------------------------------------------------------------- */

/* The samples of a row, with their times. */
static bool make_series(struct eval *eval, const struct grid_row *row, struct series *series)
{
    size_t floats = 0, histograms = 0;
    for (size_t step = 0; step < eval->steps; step++) {
        bool has_histogram = grid_histogram(row, step) != NULL;
        histograms += has_histogram;
        floats += !has_histogram && grid_has_float(row, step);
    }
    struct sample *samples = NULL;
    struct histogram_sample *natives = NULL;
    if (floats > 0) {
        samples = arena_alloc_array(eval->arena, floats, sizeof(*samples));
    }
    if (histograms > 0) {
        natives = arena_alloc_array(eval->arena, histograms, sizeof(*natives));
    }
    if ((floats > 0 && samples == NULL) || (histograms > 0 && natives == NULL)) {
        return false;
    }
    floats = histograms = 0;
    for (size_t step = 0; step < eval->steps; step++) {
        const struct native_histogram *histogram = grid_histogram(row, step);
        if (histogram != NULL) {
            natives[histograms++] = (struct histogram_sample){eval_time(eval, step), histogram};
        } else if (grid_has_float(row, step)) {
            samples[floats++] = (struct sample){eval_time(eval, step), row->values[step]};
        }
    }
    *series = (struct series){row->labels, samples, floats, natives, histograms};
    return true;
}

static int by_labels(const void *one, const void *other)
{
    const struct series *left = one, *right = other;
    return labels_compare(&left->labels, &right->labels);
}

static enum status store_grid(struct eval *eval, struct grid *grid, struct promql_value *value)
{
    size_t series_max = eval->shared->run->series_max;
    grid_drop_empty(grid);
    if (series_max > 0 && grid->count > series_max) {
        return eval_fail(eval, STATUS_FULL, "the result has more than %zu series", series_max);
    }
    struct series *series = arena_alloc_array(eval->arena, grid->count + 1, sizeof(*series));
    if (series == NULL) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < grid->count; i++) {
        if (!make_series(eval, &grid->rows[i], &series[i])) {
            return eval_full(eval);
        }
    }
    value->series = series;
    value->series_count = grid->count;
    if (value->type == PROMQL_MATRIX && grid->count > 1) {
        qsort(series, grid->count, sizeof(*series), by_labels);
    }
    return STATUS_OK;
}

/* --- runs ------------------------------------------------------------------------------------- */

static bool time_is_near(int64_t time_ms)
{
    return time_ms >= -PROMQL_TIME_MS_MAX && time_ms <= PROMQL_TIME_MS_MAX;
}

/* What an evaluation is before it begins. */
static void begin(struct eval *eval, struct eval_shared *shared, const struct promql_run *run,
                  const struct promql_range *range, struct promql_error *error)
{
    *error = (struct promql_error){0};
    *shared = (struct eval_shared){.run = run,
                                   .error = error,
                                   .query_start_ms = range->start_ms,
                                   .query_end_ms = range->end_ms};
    shared->warnings = growing_of(run->arena, sizeof(struct slice));
    *eval = (struct eval){.shared = shared,
                          .arena = run->arena,
                          .start_ms = range->start_ms,
                          .step_ms = range->step_ms,
                          .steps = 1};
}

static enum status end(struct eval *eval, enum status status, struct promql_value *value)
{
    value->warnings = eval->shared->warnings.items;
    value->warning_count = eval->shared->warnings.count;
    value->samples_read = eval->shared->samples_read;
    if (status == STATUS_OK && arena_overflowed(eval->arena)) {
        return eval_full(eval);
    }
    return status;
}

/* A range, or subquery, alone: the samples as they are. */
static enum status instant_matrix(struct eval *eval, const struct node *node,
                                  struct promql_value *value)
{
    struct eval_series found;
    enum status status = eval_range(eval, node, &found);
    if (status != STATUS_OK) {
        return status;
    }
    int64_t to_ms = eval_reference(eval, &found.when, 0), from_ms = to_ms - found.range_ms;
    size_t kept = 0;
    for (size_t i = 0; i < found.count; i++) {
        struct series *series = &found.items[i];
        while (series->sample_count > 0 && series->samples[0].time_ms <= from_ms) {
            series->samples++;
            series->sample_count--;
        }
        while (series->histogram_count > 0 && series->histograms[0].time_ms <= from_ms) {
            series->histograms++;
            series->histogram_count--;
        }
        if (series->sample_count + series->histogram_count > 0) {
            found.items[kept++] = *series;
        }
    }
    value->series = found.items;
    value->series_count = kept;
    if (kept > 1) {
        qsort(found.items, kept, sizeof(*found.items), by_labels);
    }
    return STATUS_OK;
}

enum status promql_instant(const struct promql_query *query, const struct promql_run *run,
                           int64_t time_ms, struct promql_value *value, struct promql_error *error)
{
    struct eval eval;
    struct eval_shared shared;
    struct grid grid;
    const struct promql_range range = {time_ms, time_ms, 1};
    begin(&eval, &shared, run, &range, error);
    *value = (struct promql_value){.type = query->root->type, .time_ms = time_ms};
    if (!time_is_near(time_ms)) {
        return eval_fail(&eval, STATUS_BAD, "the time of evaluation is out of range");
    }
    if (query->root->kind == NODE_STRING) {
        value->string = query->root->string;
        return STATUS_OK;
    }
    if (value->type == PROMQL_MATRIX) {
        return end(&eval, instant_matrix(&eval, query->root, value), value);
    }
    enum status status = eval_node(&eval, query->root, &grid);
    if (status == STATUS_OK && value->type == PROMQL_SCALAR) {
        value->scalar = grid.rows[0].values[0];
    } else if (status == STATUS_OK) {
        status = store_grid(&eval, &grid, value);
    }
    return end(&eval, status, value);
}

enum status promql_range(const struct promql_query *query, const struct promql_run *run,
                         const struct promql_range *range, struct promql_value *value,
                         struct promql_error *error)
{
    struct eval eval;
    struct eval_shared shared;
    struct grid grid;
    begin(&eval, &shared, run, range, error);
    *value = (struct promql_value){.type = PROMQL_MATRIX, .time_ms = range->start_ms};
    enum promql_type type = query->root->type;
    if (type != PROMQL_SCALAR && type != PROMQL_VECTOR) {
        return eval_fail(
            &eval, STATUS_BAD,
            "invalid expression type \"%s\" for range query, must be Scalar or instant "
            "Vector",
            type == PROMQL_STRING ? "string" : "range vector");
    }
    if (!time_is_near(range->start_ms) || !time_is_near(range->end_ms) || range->step_ms <= 0 ||
        range->step_ms > PROMQL_DURATION_MS_MAX || range->end_ms < range->start_ms) {
        return eval_fail(&eval, STATUS_BAD, "the range has no steps, or is out of range");
    }
    int64_t count = (range->end_ms - range->start_ms) / range->step_ms + 1;
    if (count > PROMQL_STEP_COUNT_MAX) {
        return eval_fail(&eval, STATUS_BAD,
                         "exceeded maximum resolution of %d points per timeseries. Try decreasing "
                         "the query resolution (?step=XX)",
                         PROMQL_STEP_COUNT_MAX);
    }
    eval.steps = (size_t)count;
    enum status status = eval_node(&eval, query->root, &grid);
    if (status == STATUS_OK) {
        status = store_grid(&eval, &grid, value);
    }
    return end(&eval, status, value);
}
