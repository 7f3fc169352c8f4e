/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/eval.h"

#include "base/ensure.h"
#include "promql/function.h"
#include "promql/histogram.h"
#include "promql/promql_limits.h"

#include <stdarg.h>
#include <stdio.h>

/* --- errors ----------------------------------------------------------------------------------- */

enum status eval_fail(struct eval *eval, enum status status, const char *format, ...)
{
    struct promql_error *error = eval->shared->error;
    if (error->kind == PROMQL_ERROR_NONE) {
        error->kind = status == STATUS_TIMEOUT ? PROMQL_ERROR_TIMEOUT : PROMQL_ERROR_EXECUTION;
        va_list values;
        va_start(values, format);
        (void)vsnprintf(error->message, sizeof(error->message), format, values);
        va_end(values);
    }
    return status;
}

enum status eval_full(struct eval *eval)
{
    return eval_fail(eval, STATUS_FULL,
                     "the query needs more memory than a query may have (%zu bytes)",
                     eval->arena->size);
}

enum status eval_pattern_limit(struct eval *eval)
{
    return eval_fail(eval, STATUS_FULL,
                     "a regular expression of the query takes too many steps for a value");
}

void eval_warn(struct eval *eval, const char *text)
{
    struct growing *warnings = &eval->shared->warnings;
    const struct slice *known = warnings->items;
    for (size_t i = 0; i < warnings->count; i++) {
        if (slice_equal(known[i], slice_from(text))) {
            return;
        }
    }
    struct slice *slot = growing_push(warnings);
    if (slot != NULL) {
        *slot = slice_from(text);
    }
}

enum status eval_count(struct eval *eval, size_t samples)
{
    struct eval_shared *shared = eval->shared;
    const struct promql_run *run = shared->run;
    shared->samples += samples;
    shared->looks += samples + 1;
    if (run->samples_max > 0 && shared->samples > run->samples_max) {
        return eval_fail(eval, STATUS_FULL,
                         "query processing would load too many samples into memory in query "
                         "execution (more than %zu)",
                         run->samples_max);
    }
    if (shared->looks >= PROMQL_PATIENCE_EVERY) {
        shared->looks = 0;
        if (run->patience != NULL && run->patience->over(run->patience->context)) {
            return eval_fail(eval, STATUS_TIMEOUT, "query timed out in expression evaluation");
        }
    }
    return STATUS_OK;
}

/* --- rows of the same labels ------------------------------------------------------------------ */

static enum status same_labels_error(struct eval *eval)
{
    return eval_fail(eval, STATUS_BAD, "vector cannot contain metrics with the same labelset");
}

/* Move what one row has into another, which is to have nothing there. */
static enum status merge_row(struct eval *eval, struct grid_row *target, struct grid_row *source)
{
    for (size_t step = 0; step < eval->steps; step++) {
        if (!grid_has(source, step)) {
            continue;
        }
        if (grid_has(target, step)) {
            return same_labels_error(eval);
        }
        const struct native_histogram *histogram = grid_histogram(source, step);
        target->values[step] = source->values[step];
        if (histogram != NULL &&
            !grid_put_histogram(target, eval->arena, step, eval->steps, histogram)) {
            return eval_full(eval);
        }
    }
    return STATUS_OK;
}

enum status eval_unify(struct eval *eval, struct grid *grid, bool strict)
{
    if (grid->count < 2) {
        return STATUS_OK;
    }
    struct label_groups groups;
    size_t kept = 0;
    if (!label_groups_init(&groups, eval->arena, grid->count, &eval->shared->run->key)) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < grid->count; i++) {
        size_t group = label_groups_add(&groups, &grid->rows[i].labels);
        if (group == GROUPS_NONE) {
            return eval_full(eval);
        }
        if (group == kept) {
            grid->rows[kept++] = grid->rows[i];
            continue;
        }
        enum status status =
            strict ? same_labels_error(eval) : merge_row(eval, &grid->rows[group], &grid->rows[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    grid->count = kept;
    return STATUS_OK;
}

enum status eval_drop_names(struct eval *eval, struct grid *grid)
{
    return grid_drop_names(grid, eval->arena) ? eval_unify(eval, grid, false) : eval_full(eval);
}

/* --- nodes ------------------------------------------------------------------------------------ */

struct slice eval_string(const struct node *node)
{
    ENSURE(node->kind == NODE_STRING);
    return node->string;
}

static enum status eval_constant(struct eval *eval, double value, struct grid *grid)
{
    if (!grid_init(grid, eval->arena, 1, eval->steps)) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < eval->steps; i++) {
        grid->rows[0].values[i] = value;
    }
    return STATUS_OK;
}

static enum status eval_negate(struct eval *eval, const struct node *node, struct grid *grid)
{
    enum status status = eval_node(eval, node->negated, grid);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < grid->count; i++) {
        struct grid_row *row = &grid->rows[i];
        for (size_t step = 0; step < grid->steps; step++) {
            const struct native_histogram *histogram = grid_histogram(row, step);
            if (histogram != NULL) {
                row->histograms[step] = histogram_scaled(histogram, -1, eval->arena);
                if (row->histograms[step] == NULL) {
                    return eval_full(eval);
                }
            } else if (grid_has_float(row, step)) {
                row->values[step] = -row->values[step];
            }
        }
    }
    return eval_drop_names(eval, grid);
}

/* A function of numbers, cell by cell. */
static enum status eval_numbers(struct eval *eval, const struct node *node, struct grid *grid)
{
    enum status status = eval_node(eval, node->call.arguments[0], grid);
    if (status != STATUS_OK) {
        return status;
    }
    function_number *number = node->call.function->number;
    grid_drop_histograms(grid);
    for (size_t i = 0; i < grid->count; i++) {
        double *values = grid->rows[i].values;
        for (size_t step = 0; step < grid->steps; step++) {
            values[step] = sample_is_stale(values[step]) ? values[step] : number(values[step]);
        }
    }
    return eval_drop_names(eval, grid);
}

static enum status eval_call(struct eval *eval, const struct node *node, struct grid *grid)
{
    const struct function *function = node->call.function;
    if (function->number != NULL) {
        return eval_numbers(eval, node, grid);
    }
    if (function->window != NULL) {
        return eval_window(eval, node, grid);
    }
    return function->eval(eval, node, grid);
}

static enum status eval_plain(struct eval *eval, const struct node *node, struct grid *grid)
{
    switch (node->kind) {
    case NODE_NUMBER:
        return eval_constant(eval, node->number, grid);
    case NODE_SELECTOR:
        return eval_selector(eval, node, grid);
    case NODE_CALL:
        return eval_call(eval, node, grid);
    case NODE_AGGREGATE:
        return eval_aggregate(eval, node, grid);
    case NODE_BINARY:
        return eval_binary(eval, node, grid);
    case NODE_NEGATE:
        return eval_negate(eval, node, grid);
    case NODE_STRING:
    case NODE_RANGE:
    case NODE_SUBQUERY:
        break;
    }
    ENSURE(false); /* The check lets these be arguments only, which are not evaluated alone. */
    return STATUS_BAD;
}

/* Whether a node is the same at all steps. */
static bool is_fixed(const struct node *node)
{
    switch (node->kind) {
    case NODE_NUMBER:
    case NODE_STRING:
        return true;
    case NODE_SELECTOR:
        return node->selector.when.at != AT_EVALUATION;
    case NODE_RANGE:
        return node->range.selector->selector.when.at != AT_EVALUATION;
    case NODE_SUBQUERY:
        return node->subquery.when.at != AT_EVALUATION;
    case NODE_AGGREGATE:
        return is_fixed(node->aggregate.inner) &&
               (node->aggregate.parameter == NULL || is_fixed(node->aggregate.parameter));
    case NODE_BINARY:
        return is_fixed(node->binary.left) && is_fixed(node->binary.right);
    case NODE_NEGATE:
        return is_fixed(node->negated);
    case NODE_CALL:
        break;
    }
    bool fixed = !node->call.function->varies;
    for (size_t i = 0; i < node->call.count && fixed; i++) {
        fixed = is_fixed(node->call.arguments[i]);
    }
    return fixed;
}

/* Compute at one step, and let all have that. */
static enum status eval_once(struct eval *eval, const struct node *node, struct grid *grid)
{
    struct eval once = *eval;
    struct grid seen;
    once.steps = 1;
    enum status status = eval_plain(&once, node, &seen);
    if (status != STATUS_OK) {
        return status;
    }
    if (!grid_init(grid, eval->arena, seen.count, eval->steps)) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < seen.count; i++) {
        grid->rows[i].labels = seen.rows[i].labels;
        const struct native_histogram *histogram = grid_histogram(&seen.rows[i], 0);
        for (size_t step = 0; step < eval->steps; step++) {
            grid->rows[i].values[step] = seen.rows[i].values[0];
            if (histogram != NULL &&
                !grid_put_histogram(&grid->rows[i], eval->arena, step, eval->steps, histogram)) {
                return eval_full(eval);
            }
        }
    }
    return eval_count(eval, seen.count * eval->steps);
}

enum status eval_node(struct eval *eval, const struct node *node, struct grid *grid)
{
    *grid = (struct grid){.steps = eval->steps};
    enum status status = eval_count(eval, 0);
    if (status != STATUS_OK) {
        return status;
    }
    if (eval->steps > 1 && node->kind != NODE_NUMBER && is_fixed(node)) {
        return eval_once(eval, node, grid);
    }
    return eval_plain(eval, node, grid);
}
