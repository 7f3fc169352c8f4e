/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/aggregate.h"

#include "promql/eval.h"
#include "promql/histogram.h"
#include "promql/kahan.h"

#include <math.h>

struct label_set aggregate_key(const struct node_aggregate *node, const struct label_set *labels,
                               struct label *items)
{
    return node->without ? grid_leave(labels, &node->grouping, false, items)
                         : grid_keep(labels, &node->grouping, items);
}

static enum status group_rows(struct eval *eval, struct aggregation *aggregation)
{
    const struct grid *input = aggregation->input;
    struct label *scratch =
        arena_alloc_array(eval->arena, grid_label_count_max(input), sizeof(*scratch));
    size_t *group_of = arena_alloc_array(eval->arena, input->count + 1, sizeof(*group_of));
    if (scratch == NULL || group_of == NULL ||
        !label_groups_init(&aggregation->groups, eval->arena, input->count,
                           &eval->shared->run->key)) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < input->count; i++) {
        struct label_set key = aggregate_key(aggregation->node, &input->rows[i].labels, scratch);
        group_of[i] = label_groups_add(&aggregation->groups, &key);
        if (group_of[i] == GROUPS_NONE) {
            return eval_full(eval);
        }
    }
    return label_groups_order(&aggregation->groups, group_of, input->count, &aggregation->order)
               ? STATUS_OK
               : eval_full(eval);
}

/* --- folding ---------------------------------------------------------------------------------- */

/* What is known of one group at one step. */
struct fold {
    double count; /* Numbers seen, and histograms where these count. */
    double value, mean;
    struct kahan_mean sum;
    bool has_float, has_histogram;
};

static void fold_number(enum aggregate operation, struct fold *fold, double value)
{
    fold->has_float = true;
    fold->count += 1;
    switch (operation) {
    case AGGREGATE_SUM:
        kahan_add(&fold->sum.kahan, value);
        break;
    case AGGREGATE_AVG:
        kahan_mean_add(&fold->sum, value);
        break;
    case AGGREGATE_MIN:
        fold->value =
            fold->count == 1 || value < fold->value || isnan(fold->value) ? value : fold->value;
        break;
    case AGGREGATE_MAX:
        fold->value =
            fold->count == 1 || value > fold->value || isnan(fold->value) ? value : fold->value;
        break;
    case AGGREGATE_STDDEV:
    case AGGREGATE_STDVAR: {
        double delta = value - fold->mean;
        fold->mean += delta / fold->count;
        fold->value += delta * (value - fold->mean);
        break;
    }
    case AGGREGATE_BOTTOMK:
    case AGGREGATE_COUNT:
    case AGGREGATE_COUNT_VALUES:
    case AGGREGATE_GROUP:
    case AGGREGATE_QUANTILE:
    case AGGREGATE_TOPK:
        break;
    }
}

static double fold_result(enum aggregate operation, const struct fold *fold)
{
    switch (operation) {
    case AGGREGATE_SUM:
        return kahan_value(&fold->sum.kahan);
    case AGGREGATE_AVG:
        return kahan_mean_value(&fold->sum);
    case AGGREGATE_GROUP:
        return 1;
    case AGGREGATE_COUNT:
        return fold->count;
    case AGGREGATE_STDVAR:
        return fold->value / fold->count;
    case AGGREGATE_STDDEV:
        return sqrt(fold->value / fold->count);
    case AGGREGATE_MIN:
    case AGGREGATE_MAX:
    case AGGREGATE_BOTTOMK:
    case AGGREGATE_COUNT_VALUES:
    case AGGREGATE_QUANTILE:
    case AGGREGATE_TOPK:
        break;
    }
    return fold->value;
}

static bool adds_histograms(enum aggregate operation)
{
    return operation == AGGREGATE_SUM || operation == AGGREGATE_AVG;
}

/* One row into the folds of its group, step by step. */
static void fold_row(struct eval *eval, enum aggregate operation, const struct grid_row *row,
                     struct fold *folds)
{
    for (size_t step = 0; step < eval->steps; step++) {
        if (grid_histogram(row, step) != NULL) {
            folds[step].has_histogram = true;
            if (operation == AGGREGATE_COUNT || operation == AGGREGATE_GROUP) {
                fold_number(operation, &folds[step], 0);
            } else if (!adds_histograms(operation)) {
                eval_warn(eval, "PromQL info: ignored histograms in an aggregation");
            }
        } else if (grid_has_float(row, step)) {
            fold_number(operation, &folds[step], row->values[step]);
        }
    }
}

/* The histograms of a group at one step, added. */
static enum status sum_histograms(struct eval *eval, const struct aggregation *aggregation,
                                  size_t group, size_t step, struct grid_row *row)
{
    struct histogram_sum sum = {0};
    const struct group_order *order = &aggregation->order;
    histogram_sum_begin(&sum, eval->arena);
    for (size_t i = order->starts[group]; i < order->starts[group + 1]; i++) {
        const struct native_histogram *histogram =
            grid_histogram(&aggregation->input->rows[order->order[i]], step);
        if (histogram != NULL && !histogram_sum_add_one(&sum, histogram)) {
            return eval_full(eval);
        }
    }
    bool mean = aggregation->node->operation == AGGREGATE_AVG;
    const struct native_histogram *total =
        histogram_sum_end(&sum, mean ? 1 / (double)sum.count : 1);
    if (total == NULL || !grid_put_histogram(row, eval->arena, step, eval->steps, total)) {
        return eval_full(eval);
    }
    return STATUS_OK;
}

static enum status store_folds(struct eval *eval, const struct aggregation *aggregation,
                               size_t group, const struct fold *folds, struct grid_row *row)
{
    enum aggregate operation = aggregation->node->operation;
    for (size_t step = 0; step < eval->steps; step++) {
        const struct fold *fold = &folds[step];
        if (adds_histograms(operation) && fold->has_histogram) {
            if (fold->has_float) {
                eval_warn(eval, "PromQL warning: encountered a mix of histograms and floats for "
                                "aggregation");
                continue;
            }
            enum status status = sum_histograms(eval, aggregation, group, step, row);
            if (status != STATUS_OK) {
                return status;
            }
        } else if (fold->has_float) {
            row->values[step] = fold_result(operation, fold);
        }
    }
    return STATUS_OK;
}

static enum status aggregate_folds(struct eval *eval, struct aggregation *aggregation,
                                   struct grid *result)
{
    const struct group_order *order = &aggregation->order;
    struct fold *folds = arena_alloc_array(eval->arena, eval->steps, sizeof(*folds));
    if (folds == NULL || !grid_init(result, eval->arena, aggregation->groups.count, eval->steps)) {
        return eval_full(eval);
    }
    for (size_t group = 0; group < result->count; group++) {
        memset(folds, 0, eval->steps * sizeof(*folds));
        result->rows[group].labels = aggregation->groups.sets[group];
        for (size_t i = order->starts[group]; i < order->starts[group + 1]; i++) {
            fold_row(eval, aggregation->node->operation, &aggregation->input->rows[order->order[i]],
                     folds);
            eval->shared->looks += eval->steps;
        }
        enum status status = store_folds(eval, aggregation, group, folds, &result->rows[group]);
        status = status == STATUS_OK ? eval_count(eval, eval->steps) : status;
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

/* --- all of them ------------------------------------------------------------------------------ */

enum status eval_aggregate(struct eval *eval, const struct node *node, struct grid *grid)
{
    const struct node_aggregate *aggregate = &node->aggregate;
    struct grid input, parameter;
    struct aggregation aggregation = {.node = aggregate, .input = &input};
    enum status status = eval_node(eval, aggregate->inner, &input);
    if (status == STATUS_OK && aggregate->operation == AGGREGATE_COUNT_VALUES) {
        return aggregate_count_values(eval, aggregate, &input, grid);
    }
    if (status == STATUS_OK && aggregate->parameter != NULL) {
        status = eval_node(eval, aggregate->parameter, &parameter);
        aggregation.parameter = status == STATUS_OK ? parameter.rows[0].values : NULL;
    }
    status = status == STATUS_OK ? group_rows(eval, &aggregation) : status;
    if (status != STATUS_OK) {
        return status;
    }
    if (aggregate->operation == AGGREGATE_QUANTILE) {
        return aggregate_quantile(eval, &aggregation, grid);
    }
    if (aggregate->operation == AGGREGATE_TOPK || aggregate->operation == AGGREGATE_BOTTOMK) {
        return aggregate_top(eval, &aggregation, grid);
    }
    return aggregate_folds(eval, &aggregation, grid);
}
