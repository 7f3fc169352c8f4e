/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/eval.h"

#include "promql/promql_limits.h"

/* --- when ------------------------------------------------------------------------------------- */

int64_t eval_reference(const struct eval *eval, const struct node_when *when, size_t step)
{
    int64_t at_ms = 0;
    switch (when->at) {
    case AT_EVALUATION:
        at_ms = eval_time(eval, step);
        break;
    case AT_TIME:
        at_ms = when->at_ms;
        break;
    case AT_START:
        at_ms = eval->shared->query_start_ms;
        break;
    case AT_END:
        at_ms = eval->shared->query_end_ms;
        break;
    }
    return at_ms - when->offset_ms;
}

static int64_t lookback_of(const struct eval *eval)
{
    int64_t own = eval->shared->run->lookback_ms;
    return own > 0 ? own : PROMQL_LOOKBACK_MS;
}

/* --- asking the source ------------------------------------------------------------------------ */

struct collecting {
    struct eval *eval;
    struct growing series;
};

static enum status collect(void *context, const struct series *series)
{
    struct collecting *collecting = context;
    struct eval *eval = collecting->eval;
    size_t series_max = eval->shared->run->series_max;
    size_t samples = series->sample_count + series->histogram_count;
    eval->shared->samples_read += samples;
    enum status status = eval_count(eval, samples);
    if (status != STATUS_OK) {
        return status;
    }
    if (series_max > 0 && collecting->series.count == series_max) {
        return eval_fail(eval, STATUS_FULL, "a selector of the query finds more than %zu series",
                         series_max);
    }
    struct series *slot = growing_push(&collecting->series);
    if (slot == NULL) {
        return eval_full(eval);
    }
    *slot = *series;
    return STATUS_OK;
}

/* What a source answered, if nobody has told an error yet. */
static enum status tell_source(struct eval *eval, enum status status)
{
    switch (status) {
    case STATUS_OK:
        return status;
    case STATUS_FULL:
        return eval_full(eval);
    case STATUS_TIMEOUT:
        return eval_fail(eval, status, "query timed out while samples were read");
    case STATUS_BAD:
        return eval_pattern_limit(eval);
    case STATUS_AGAIN:
    case STATUS_DENIED:
    case STATUS_EXISTS:
    case STATUS_IO:
    case STATUS_NOT_FOUND:
    case STATUS_CLOSED:
        break;
    }
    (void)eval_fail(eval, status, "samples could not be read: %s", status_name(status));
    eval->shared->error->kind = PROMQL_ERROR_SOURCE;
    return status;
}

static enum status select_series(struct eval *eval, const struct node_selector *selector,
                                 int64_t from_ms, int64_t to_ms, struct growing *series)
{
    const struct promql_run *run = eval->shared->run;
    const struct selection selection = {.matchers = selector->matchers,
                                        .matcher_count = selector->matcher_count,
                                        .from_ms = from_ms,
                                        .to_ms = to_ms,
                                        .patience = run->patience};
    struct collecting collecting = {eval, growing_of(eval->arena, sizeof(struct series))};
    enum status status =
        run->source->select(run->source->context, &selection, eval->arena, collect, &collecting);
    *series = collecting.series;
    return eval->shared->error->kind == PROMQL_ERROR_NONE ? tell_source(eval, status) : status;
}

/* --- instants --------------------------------------------------------------------------------- */

/* The latest sample and histogram that are not after a time, found by going on from where the step
 * before was: indexes are one more than those of the found ones. */
struct cursor {
    const struct series *series;
    size_t samples, histograms;
};

static void cursor_move(struct cursor *cursor, int64_t time_ms)
{
    const struct series *series = cursor->series;
    while (cursor->samples < series->sample_count &&
           series->samples[cursor->samples].time_ms <= time_ms) {
        cursor->samples++;
    }
    while (cursor->histograms < series->histogram_count &&
           series->histograms[cursor->histograms].time_ms <= time_ms) {
        cursor->histograms++;
    }
}

/* The newer of both, if it is not older than the lookback and no marker of staleness. */
static bool cursor_point(const struct cursor *cursor, int64_t oldest_ms, struct point *point,
                         int64_t *time_ms)
{
    const struct sample *sample =
        cursor->samples == 0 ? NULL : &cursor->series->samples[cursor->samples - 1];
    const struct histogram_sample *histogram =
        cursor->histograms == 0 ? NULL : &cursor->series->histograms[cursor->histograms - 1];
    if (sample != NULL && histogram != NULL) {
        if (sample->time_ms > histogram->time_ms) {
            histogram = NULL;
        } else {
            sample = NULL;
        }
    }
    *point = (struct point){0};
    if (sample != NULL) {
        *time_ms = sample->time_ms;
        point->value = sample->value;
        return sample->time_ms > oldest_ms && !sample_is_stale(sample->value);
    }
    if (histogram != NULL) {
        *time_ms = histogram->time_ms;
        point->histogram = histogram->histogram;
        return histogram->time_ms > oldest_ms && !sample_is_stale(histogram->histogram->sum);
    }
    return false;
}

static enum status fill_row(struct eval *eval, const struct node_when *when, bool times,
                            const struct series *series, struct grid_row *row)
{
    struct cursor cursor = {.series = series};
    int64_t lookback_ms = lookback_of(eval);
    row->labels = series->labels;
    for (size_t step = 0; step < eval->steps; step++) {
        struct point point;
        int64_t time_ms = 0, reference_ms = eval_reference(eval, when, step);
        cursor_move(&cursor, reference_ms);
        if (!cursor_point(&cursor, reference_ms - lookback_ms, &point, &time_ms)) {
            continue;
        }
        if (times) {
            row->values[step] = (double)time_ms / 1000;
        } else if (point.histogram == NULL) {
            row->values[step] = point.value;
        } else if (!grid_put_histogram(row, eval->arena, step, eval->steps, point.histogram)) {
            return eval_full(eval);
        }
    }
    return eval_count(eval, eval->steps);
}

static enum status select_instants(struct eval *eval, const struct node *node, bool times,
                                   struct grid *grid)
{
    const struct node_when *when = &node->selector.when;
    struct growing found;
    int64_t from_ms = eval_reference(eval, when, 0) - lookback_of(eval) + 1;
    int64_t to_ms = eval_reference(eval, when, eval->steps - 1);
    enum status status = select_series(eval, &node->selector, from_ms, to_ms, &found);
    if (status != STATUS_OK) {
        return status;
    }
    if (!grid_init(grid, eval->arena, found.count, eval->steps)) {
        return eval_full(eval);
    }
    const struct series *series = found.items;
    for (size_t i = 0; i < found.count && status == STATUS_OK; i++) {
        status = fill_row(eval, when, times, &series[i], &grid->rows[i]);
    }
    grid_drop_empty(grid);
    return status;
}

enum status eval_selector(struct eval *eval, const struct node *node, struct grid *grid)
{
    return select_instants(eval, node, false, grid);
}

enum status eval_selector_times(struct eval *eval, const struct node *node, struct grid *grid)
{
    return select_instants(eval, node, true, grid);
}

/* --- ranges ----------------------------------------------------------------------------------- */

/* Leave out markers of staleness; samples are copied only where there are any. */
static bool drop_stale(struct eval *eval, struct series *series)
{
    size_t stale = 0, kept = 0;
    for (size_t i = 0; i < series->sample_count; i++) {
        stale += sample_is_stale(series->samples[i].value);
    }
    if (stale > 0) {
        struct sample *samples =
            arena_alloc_array(eval->arena, series->sample_count, sizeof(*samples));
        for (size_t i = 0; i < series->sample_count && samples != NULL; i++) {
            if (!sample_is_stale(series->samples[i].value)) {
                samples[kept++] = series->samples[i];
            }
        }
        series->samples = samples;
        series->sample_count = kept;
        if (samples == NULL) {
            return false;
        }
    }
    stale = kept = 0;
    for (size_t i = 0; i < series->histogram_count; i++) {
        stale += sample_is_stale(series->histograms[i].histogram->sum);
    }
    if (stale > 0) {
        struct histogram_sample *histograms =
            arena_alloc_array(eval->arena, series->histogram_count, sizeof(*histograms));
        for (size_t i = 0; i < series->histogram_count && histograms != NULL; i++) {
            if (!sample_is_stale(series->histograms[i].histogram->sum)) {
                histograms[kept++] = series->histograms[i];
            }
        }
        series->histograms = histograms;
        series->histogram_count = kept;
        return histograms != NULL;
    }
    return true;
}

static enum status range_of_selector(struct eval *eval, const struct node *node,
                                     struct eval_series *series)
{
    const struct node_selector *selector = &node->range.selector->selector;
    struct growing found;
    series->when = selector->when;
    series->range_ms = node->range.range_ms;
    int64_t from_ms = eval_reference(eval, &selector->when, 0) - series->range_ms + 1;
    int64_t to_ms = eval_reference(eval, &selector->when, eval->steps - 1);
    enum status status = select_series(eval, selector, from_ms, to_ms, &found);
    if (status != STATUS_OK) {
        return status;
    }
    series->items = found.items;
    series->count = found.count;
    for (size_t i = 0; i < found.count; i++) {
        if (!drop_stale(eval, &series->items[i])) {
            return eval_full(eval);
        }
    }
    return STATUS_OK;
}

/* The cells of a row as samples. */
static bool series_of_row(const struct eval *eval, const struct grid_row *row,
                          struct series *series)
{
    struct sample *samples = arena_alloc_array(eval->arena, eval->steps, sizeof(*samples));
    struct histogram_sample *histograms = NULL;
    if (row->histograms != NULL) {
        histograms = arena_alloc_array(eval->arena, eval->steps, sizeof(*histograms));
    }
    if (samples == NULL || (row->histograms != NULL && histograms == NULL)) {
        return false;
    }
    *series = (struct series){.labels = row->labels, .samples = samples, .histograms = histograms};
    for (size_t step = 0; step < eval->steps; step++) {
        int64_t time_ms = eval_time(eval, step);
        const struct native_histogram *histogram = grid_histogram(row, step);
        if (histogram != NULL) {
            histograms[series->histogram_count++] = (struct histogram_sample){time_ms, histogram};
        } else if (grid_has_float(row, step)) {
            samples[series->sample_count++] = (struct sample){time_ms, row->values[step]};
        }
    }
    return true;
}

/* The largest multiple of step that is not more than time. */
static int64_t floor_to(int64_t time_ms, int64_t step_ms)
{
    int64_t rest = time_ms % step_ms;
    return time_ms - (rest < 0 ? rest + step_ms : rest);
}

static enum status range_of_subquery(struct eval *eval, const struct node *node,
                                     struct eval_series *series)
{
    const struct node_subquery *subquery = &node->subquery;
    struct eval inner = *eval;
    struct grid grid;
    inner.step_ms = subquery->step_ms > 0 ? subquery->step_ms : PROMQL_SUBQUERY_STEP_MS;
    int64_t from_ms = eval_reference(eval, &subquery->when, 0) - subquery->range_ms;
    int64_t to_ms = eval_reference(eval, &subquery->when, eval->steps - 1);
    inner.start_ms = floor_to(from_ms, inner.step_ms) + inner.step_ms;
    *series = (struct eval_series){.when = subquery->when, .range_ms = subquery->range_ms};
    if (inner.start_ms > to_ms) {
        return STATUS_OK;
    }
    int64_t steps = (to_ms - inner.start_ms) / inner.step_ms + 1;
    if (steps > PROMQL_SUBQUERY_STEP_COUNT_MAX) {
        return eval_fail(eval, STATUS_FULL, "a subquery has more than %d steps",
                         PROMQL_SUBQUERY_STEP_COUNT_MAX);
    }
    inner.steps = (size_t)steps;
    enum status status = eval_node(&inner, subquery->inner, &grid);
    if (status != STATUS_OK) {
        return status;
    }
    series->items = arena_alloc_array(eval->arena, grid.count + 1, sizeof(*series->items));
    for (size_t i = 0; i < grid.count && series->items != NULL; i++) {
        if (!series_of_row(&inner, &grid.rows[i], &series->items[i])) {
            return eval_full(eval);
        }
    }
    series->count = grid.count;
    return series->items == NULL ? eval_full(eval) : STATUS_OK;
}

enum status eval_range(struct eval *eval, const struct node *node, struct eval_series *series)
{
    *series = (struct eval_series){0};
    if (node->kind == NODE_SUBQUERY) {
        return range_of_subquery(eval, node, series);
    }
    return range_of_selector(eval, node, series);
}
