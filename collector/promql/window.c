/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/window.h"

#include "promql/eval.h"
#include "promql/function.h"

/* The arguments of a function of a range: the range, and scalars with a value for each step. */
struct arguments {
    struct eval_series series;
    const double *scalars[2];
    size_t scalar_count;
};

static enum status eval_arguments(struct eval *eval, const struct node *node,
                                  struct arguments *arguments)
{
    *arguments = (struct arguments){0};
    for (size_t i = 0; i < node->call.count; i++) {
        const struct node *argument = node->call.arguments[i];
        struct grid grid;
        bool is_range = argument->type == PROMQL_MATRIX;
        enum status status = is_range ? eval_range(eval, argument, &arguments->series)
                                      : eval_node(eval, argument, &grid);
        if (status != STATUS_OK) {
            return status;
        }
        if (!is_range) {
            arguments->scalars[arguments->scalar_count++] = grid.rows[0].values;
        }
    }
    return STATUS_OK;
}

/* Move the window of a series to what a step sees.  samples and histograms are how many are not
 * after its end; they only grow. */
static void move(struct window *window, const struct series *series, size_t *samples,
                 size_t *histograms)
{
    while (*samples < series->sample_count && series->samples[*samples].time_ms <= window->to_ms) {
        *samples += 1;
        window->count++;
    }
    while (window->count > 0 && window->samples[0].time_ms <= window->from_ms) {
        window->samples++;
        window->count--;
    }
    while (*histograms < series->histogram_count &&
           series->histograms[*histograms].time_ms <= window->to_ms) {
        *histograms += 1;
        window->histogram_count++;
    }
    while (window->histogram_count > 0 && window->histograms[0].time_ms <= window->from_ms) {
        window->histograms++;
        window->histogram_count--;
    }
}

static enum status put_result(struct eval *eval, struct grid_row *row, size_t step,
                              const struct point *result)
{
    if (result->histogram == NULL) {
        row->values[step] = result->value;
        return STATUS_OK;
    }
    bool fits = grid_put_histogram(row, eval->arena, step, eval->steps, result->histogram);
    return fits ? STATUS_OK : eval_full(eval);
}

/* All steps of one series. */
static enum status fill_row(struct eval *eval, const struct function *function,
                            const struct arguments *arguments, const struct series *series,
                            struct grid_row *row)
{
    struct window window = {
        .samples = series->samples, .histograms = series->histograms, .arena = eval->arena};
    size_t samples = 0, histograms = 0;
    enum status status = STATUS_OK;
    for (size_t step = 0; step < eval->steps && status == STATUS_OK; step++) {
        struct point result = {0};
        window.time_ms = eval_time(eval, step);
        window.to_ms = eval_reference(eval, &arguments->series.when, step);
        window.from_ms = window.to_ms - arguments->series.range_ms;
        for (size_t i = 0; i < arguments->scalar_count; i++) {
            window.parameters[i] = arguments->scalars[i][step];
        }
        move(&window, series, &samples, &histograms);
        if (window.count + window.histogram_count == 0) {
            continue;
        }
        if (function->window(&window, &result)) {
            status = put_result(eval, row, step, &result);
        } else if (result.error != NULL) {
            return eval_fail(eval, STATUS_BAD, "%s", result.error);
        } else if (arena_overflowed(eval->arena)) {
            return eval_full(eval);
        }
        eval->shared->looks += window.count + window.histogram_count;
        status = status == STATUS_OK ? eval_count(eval, 1) : status;
    }
    return status;
}

enum status eval_window(struct eval *eval, const struct node *node, struct grid *grid)
{
    struct arguments arguments;
    const struct function *function = node->call.function;
    enum status status = eval_arguments(eval, node, &arguments);
    if (status != STATUS_OK) {
        return status;
    }
    if (!grid_init(grid, eval->arena, arguments.series.count, eval->steps)) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < grid->count; i++) {
        const struct series *series = &arguments.series.items[i];
        grid->rows[i].labels = series->labels;
        status = fill_row(eval, function, &arguments, series, &grid->rows[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    grid_drop_empty(grid);
    if (!function->keeps_name && !grid_drop_names(grid, eval->arena)) {
        return eval_full(eval);
    }
    return eval_unify(eval, grid, true);
}
