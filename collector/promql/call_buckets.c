/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/call.h"

#include "promql/quantile.h"

#include <math.h>
#include <stdlib.h>

/* --- numbers of native histograms ------------------------------------------------------------- */

/* A number of each histogram; what is no histogram is left out. */
static enum status numbers_of_natives(struct eval *eval, const struct node *call,
                                      struct grid *result,
                                      double (*number)(const struct native_histogram *))
{
    enum status status = eval_node(eval, call->call.arguments[0], result);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t i = 0; i < result->count; i++) {
        struct grid_row *row = &result->rows[i];
        for (size_t step = 0; step < eval->steps; step++) {
            const struct native_histogram *histogram = grid_histogram(row, step);
            grid_clear(row, step);
            if (histogram != NULL) {
                row->values[step] = number(histogram);
            }
        }
    }
    grid_drop_empty(result);
    if (result->count == 0) {
        call_tell_classic(eval, call->call.arguments[0]);
    }
    return eval_drop_names(eval, result);
}

static double count_of(const struct native_histogram *histogram)
{
    return histogram->count;
}

static double sum_of(const struct native_histogram *histogram)
{
    return histogram->sum;
}

static double mean_of(const struct native_histogram *histogram)
{
    return histogram->sum / histogram->count;
}

static double deviation_of(const struct native_histogram *histogram)
{
    return sqrt(quantile_variance_of_native(histogram));
}

enum status call_histogram_avg(struct eval *eval, const struct node *call, struct grid *result)
{
    return numbers_of_natives(eval, call, result, mean_of);
}

enum status call_histogram_count(struct eval *eval, const struct node *call, struct grid *result)
{
    return numbers_of_natives(eval, call, result, count_of);
}

enum status call_histogram_stddev(struct eval *eval, const struct node *call, struct grid *result)
{
    return numbers_of_natives(eval, call, result, deviation_of);
}

enum status call_histogram_stdvar(struct eval *eval, const struct node *call, struct grid *result)
{
    return numbers_of_natives(eval, call, result, quantile_variance_of_native);
}

enum status call_histogram_sum(struct eval *eval, const struct node *call, struct grid *result)
{
    return numbers_of_natives(eval, call, result, sum_of);
}

/* --- quantiles and fractions ------------------------------------------------------------------ */

/*
 * Rows that differ in le alone are one histogram.  Rows whose cells are native ones stand for
 * themselves; a classic and a native one of the same labels at the same time say nothing.
 */
struct buckets {
    struct grid input;
    struct label_groups groups;
    struct group_order order;
    double *bounds; /* Of each row: its le; NaN where that is no number. */
    struct quantile_bucket *scratch;
    const double *first, *second; /* q, or lower and upper. */
    bool fraction;
};

static double bound_of(const struct label_set *labels)
{
    char text[64], *end = NULL;
    struct slice value = labels_value(labels, LABEL_BUCKET);
    if (!slice_copy_text(value, text, sizeof(text)) || value.size == 0) {
        return (double)NAN;
    }
    double bound = strtod(text, &end);
    return end == text + value.size ? bound : (double)NAN;
}

static enum status group_buckets(struct eval *eval, struct buckets *buckets)
{
    const struct grid *input = &buckets->input;
    const struct slice le = LABEL_BUCKET;
    const struct node_labels names = {&le, 1};
    struct label *scratch =
        arena_alloc_array(eval->arena, grid_label_count_max(input), sizeof(*scratch));
    size_t *group_of = arena_alloc_array(eval->arena, input->count + 1, sizeof(*group_of));
    buckets->bounds = arena_alloc_array(eval->arena, input->count + 1, sizeof(*buckets->bounds));
    buckets->scratch = arena_alloc_array(eval->arena, input->count + 1, sizeof(*buckets->scratch));
    if (scratch == NULL || group_of == NULL || buckets->bounds == NULL ||
        buckets->scratch == NULL ||
        !label_groups_init(&buckets->groups, eval->arena, input->count, &eval->shared->run->key)) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < input->count; i++) {
        struct label_set key = grid_leave(&input->rows[i].labels, &names, true, scratch);
        buckets->bounds[i] = bound_of(&input->rows[i].labels);
        group_of[i] = label_groups_add(&buckets->groups, &key);
        if (group_of[i] == GROUPS_NONE) {
            return eval_full(eval);
        }
    }
    return label_groups_order(&buckets->groups, group_of, input->count, &buckets->order)
               ? STATUS_OK
               : eval_full(eval);
}

/* Rows of a group by their bounds: insertion, since they come almost in order. */
static void sort_members(const struct buckets *buckets, size_t group)
{
    size_t *order = buckets->order.order;
    size_t from = buckets->order.starts[group], to = buckets->order.starts[group + 1];
    for (size_t i = from + 1; i < to; i++) {
        size_t moved = order[i], at = i;
        while (at > from && buckets->bounds[order[at - 1]] > buckets->bounds[moved]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = moved;
    }
}

/* What a group gives at a step: false for nothing. */
static bool group_value(struct eval *eval, struct buckets *buckets, size_t group, size_t step,
                        double *value)
{
    const struct native_histogram *native = NULL;
    size_t count = 0;
    double first = buckets->first[step], second = buckets->fraction ? buckets->second[step] : 0;
    for (size_t i = buckets->order.starts[group]; i < buckets->order.starts[group + 1]; i++) {
        size_t index = buckets->order.order[i];
        const struct grid_row *row = &buckets->input.rows[index];
        if (grid_histogram(row, step) != NULL) {
            native = grid_histogram(row, step);
        } else if (grid_has_float(row, step) && !isnan(buckets->bounds[index])) {
            buckets->scratch[count++] =
                (struct quantile_bucket){buckets->bounds[index], row->values[step]};
        } else if (grid_has_float(row, step)) {
            eval_warn(eval,
                      "PromQL warning: bucket label \"le\" is missing or has a malformed value");
        }
    }
    if ((native == NULL) == (count == 0)) {
        return false;
    }
    if (native != NULL) {
        *value = buckets->fraction ? quantile_fraction_of_native(first, second, native)
                                   : quantile_of_native(first, native);
    } else {
        *value = buckets->fraction
                     ? quantile_fraction_of_buckets(first, second, buckets->scratch, count)
                     : quantile_of_buckets(first, buckets->scratch, count);
    }
    return true;
}

static enum status eval_buckets(struct eval *eval, struct buckets *buckets,
                                const struct node *histogram, struct grid *result)
{
    if (buckets->input.count == 0) {
        call_tell_classic(eval, histogram);
    }
    enum status status = group_buckets(eval, buckets);
    if (status != STATUS_OK) {
        return status;
    }
    if (!grid_init(result, eval->arena, buckets->groups.count, eval->steps)) {
        return eval_full(eval);
    }
    for (size_t group = 0; group < result->count && status == STATUS_OK; group++) {
        struct grid_row *row = &result->rows[group];
        row->labels = buckets->groups.sets[group];
        sort_members(buckets, group);
        for (size_t step = 0; step < eval->steps; step++) {
            double value = 0;
            if (group_value(eval, buckets, group, step, &value)) {
                row->values[step] = value;
            }
        }
        status = eval_count(eval, eval->steps);
    }
    grid_drop_empty(result);
    return status == STATUS_OK ? eval_drop_names(eval, result) : status;
}

enum status call_histogram_quantile(struct eval *eval, const struct node *call, struct grid *result)
{
    struct buckets buckets = {0};
    struct grid q;
    enum status status = eval_node(eval, call->call.arguments[0], &q);
    if (status == STATUS_OK) {
        status = eval_node(eval, call->call.arguments[1], &buckets.input);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buckets.first = q.rows[0].values;
    for (size_t step = 0; step < eval->steps; step++) {
        if (!(buckets.first[step] >= 0 && buckets.first[step] <= 1)) {
            eval_warn(eval, "PromQL warning: quantile value should be between 0 and 1");
        }
    }
    return eval_buckets(eval, &buckets, call->call.arguments[1], result);
}

enum status call_histogram_fraction(struct eval *eval, const struct node *call, struct grid *result)
{
    struct buckets buckets = {.fraction = true};
    struct grid lower, upper;
    enum status status = eval_node(eval, call->call.arguments[0], &lower);
    if (status == STATUS_OK) {
        status = eval_node(eval, call->call.arguments[1], &upper);
    }
    if (status == STATUS_OK) {
        status = eval_node(eval, call->call.arguments[2], &buckets.input);
    }
    if (status != STATUS_OK) {
        return status;
    }
    buckets.first = lower.rows[0].values;
    buckets.second = upper.rows[0].values;
    return eval_buckets(eval, &buckets, call->call.arguments[2], result);
}
