/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/aggregate.h"

#include "promql/quantile.h"

#include <math.h>
#include <stdlib.h>

/* --- topk and bottomk ------------------------------------------------------------------------- */

struct ranked {
    double value;
    size_t row;
};

/* NaN is last in both orders; of equal values the earlier row is first. */
static int by_rank(const struct ranked *left, const struct ranked *right, bool descending)
{
    if (isnan(left->value) != isnan(right->value)) {
        return isnan(left->value) ? 1 : -1;
    }
    int order = (left->value > right->value) - (left->value < right->value);
    if (order != 0) {
        return descending ? -order : order;
    }
    return (left->row > right->row) - (left->row < right->row);
}

static int largest_first(const void *one, const void *other)
{
    return by_rank(one, other, true);
}

static int smallest_first(const void *one, const void *other)
{
    return by_rank(one, other, false);
}

/* How many are wanted at a step, at most all. */
static enum status wanted_at(struct eval *eval, double parameter, size_t most, size_t *wanted)
{
    if (isnan(parameter) || fabs(parameter) >= 9223372036854775808.0) {
        return eval_fail(eval, STATUS_BAD, "Scalar value %g overflows int64", parameter);
    }
    double whole = trunc(parameter);
    *wanted = whole < 1 ? 0 : whole > (double)most ? most : (size_t)whole;
    return STATUS_OK;
}

/* The numbers of a group at a step. */
static size_t gather(struct eval *eval, const struct aggregation *aggregation, size_t group,
                     size_t step, struct ranked *ranked)
{
    const struct group_order *order = &aggregation->order;
    size_t count = 0;
    for (size_t i = order->starts[group]; i < order->starts[group + 1]; i++) {
        const struct grid_row *row = &aggregation->input->rows[order->order[i]];
        if (grid_histogram(row, step) == NULL && grid_has_float(row, step)) {
            ranked[count++] = (struct ranked){row->values[step], order->order[i]};
        }
    }
    eval->shared->looks += order->starts[group + 1] - order->starts[group];
    return count;
}

/* Keep the wanted ones of a group at a step: the others' cells become empty. */
static enum status keep_top(struct eval *eval, struct aggregation *aggregation, size_t group,
                            size_t step, struct ranked *ranked, size_t *kept)
{
    size_t wanted = 0, count = gather(eval, aggregation, group, step, ranked);
    enum status status = wanted_at(eval, aggregation->parameter[step], count, &wanted);
    if (status != STATUS_OK) {
        return status;
    }
    bool top = aggregation->node->operation == AGGREGATE_TOPK;
    if (count > 1) {
        qsort(ranked, count, sizeof(*ranked), top ? largest_first : smallest_first);
    }
    for (size_t i = wanted; i < count; i++) {
        grid_clear(&aggregation->input->rows[ranked[i].row], step);
    }
    *kept = wanted;
    return eval_count(eval, wanted);
}

enum status aggregate_top(struct eval *eval, struct aggregation *aggregation, struct grid *result)
{
    const struct grid *input = aggregation->input;
    struct ranked *ranked = arena_alloc_array(eval->arena, input->count + 1, sizeof(*ranked));
    struct grid_row *rows = arena_alloc_array(eval->arena, input->count + 1, sizeof(*rows));
    size_t sorted = 0;
    if (ranked == NULL || rows == NULL) {
        return eval_full(eval);
    }
    grid_drop_histograms(aggregation->input);
    for (size_t group = 0; group < aggregation->groups.count; group++) {
        for (size_t step = 0; step < eval->steps; step++) {
            size_t kept = 0;
            enum status status = keep_top(eval, aggregation, group, step, ranked, &kept);
            if (status != STATUS_OK) {
                return status;
            }
            for (size_t i = 0; i < kept && eval->steps == 1; i++) {
                rows[sorted++] = input->rows[ranked[i].row];
            }
        }
    }
    *result = *input;
    if (eval->steps == 1) { /* Of an instant, in the order of rank. */
        *result = (struct grid){rows, sorted, 1};
    }
    grid_drop_empty(result);
    return STATUS_OK;
}

/* --- quantile --------------------------------------------------------------------------------- */

enum status aggregate_quantile(struct eval *eval, struct aggregation *aggregation,
                               struct grid *result)
{
    size_t rows = aggregation->input->count;
    struct ranked *ranked = arena_alloc_array(eval->arena, rows + 1, sizeof(*ranked));
    double *values = arena_alloc_array(eval->arena, rows + 1, sizeof(*values));
    if (ranked == NULL || values == NULL ||
        !grid_init(result, eval->arena, aggregation->groups.count, eval->steps)) {
        return eval_full(eval);
    }
    for (size_t group = 0; group < result->count; group++) {
        result->rows[group].labels = aggregation->groups.sets[group];
        for (size_t step = 0; step < eval->steps; step++) {
            size_t count = gather(eval, aggregation, group, step, ranked);
            double q = aggregation->parameter[step];
            if (count == 0) {
                continue;
            }
            for (size_t i = 0; i < count; i++) {
                values[i] = ranked[i].value;
            }
            if (!(q >= 0 && q <= 1)) {
                eval_warn(eval, "PromQL warning: quantile value should be between 0 and 1");
            }
            result->rows[group].values[step] = quantile_of_numbers(q, values, count);
            enum status status = eval_count(eval, 1);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    return STATUS_OK;
}

/* --- count_values ----------------------------------------------------------------------------- */

struct counting {
    const struct node_aggregate *node;
    struct label *scratch;
    struct slice name;
    struct growing rows; /* of struct grid_row */
    struct label_groups groups;
};

/* A value as a label's. */
static struct slice value_text(struct arena *arena, double value)
{
    char text[512];
    struct buf out;
    buf_init_fixed(&out, text, sizeof(text));
    promql_format_number(value, &out);
    return arena_dup(arena, buf_bytes(&out));
}

/* The labels of a row, its group's, and the value as one more. */
static bool counted_labels(struct eval *eval, struct counting *counting,
                           const struct label_set *labels, double value, struct label_set *made)
{
    struct label label = {counting->name, value_text(eval->arena, value)};
    struct label_set key = aggregate_key(counting->node, labels, counting->scratch);
    return grid_with_label(&key, eval->arena, &label, made);
}

static enum status count_cell(struct eval *eval, struct counting *counting, size_t group,
                              size_t step)
{
    struct grid_row *rows = counting->rows.items;
    double before = rows[group].values[step];
    rows[group].values[step] = sample_is_stale(before) ? 1 : before + 1;
    return eval_count(eval, 1);
}

/* The row in which a value of these labels is counted. */
static size_t counting_row(struct eval *eval, struct counting *counting,
                           const struct label_set *labels, double value)
{
    struct label_set made;
    if (!counted_labels(eval, counting, labels, value, &made)) {
        return GROUPS_NONE;
    }
    size_t group = label_groups_add(&counting->groups, &made);
    if (group != counting->rows.count) {
        return group;
    }
    struct grid_row *row = growing_push(&counting->rows);
    if (row == NULL || !grid_row_init(row, eval->arena, eval->steps)) {
        return GROUPS_NONE;
    }
    row->labels = counting->groups.sets[group];
    return group;
}

static enum status count_row(struct eval *eval, struct counting *counting,
                             const struct grid_row *row)
{
    size_t group = GROUPS_NONE;
    double before = 0;
    for (size_t step = 0; step < eval->steps; step++) {
        double value = row->values[step];
        if (grid_histogram(row, step) != NULL || !grid_has_float(row, step)) {
            continue;
        }
        if (group == GROUPS_NONE || memcmp(&value, &before, sizeof(value)) != 0) {
            group = counting_row(eval, counting, &row->labels, value);
            before = value;
        }
        if (group == GROUPS_NONE) {
            return eval_full(eval);
        }
        enum status status = count_cell(eval, counting, group, step);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return STATUS_OK;
}

enum status aggregate_count_values(struct eval *eval, const struct node_aggregate *node,
                                   struct grid *input, struct grid *result)
{
    struct counting counting = {.node = node, .name = eval_string(node->parameter)};
    counting.rows = growing_of(eval->arena, sizeof(struct grid_row));
    counting.scratch =
        arena_alloc_array(eval->arena, grid_label_count_max(input) + 1, sizeof(struct label));
    if (!label_name_valid(counting.name)) {
        return eval_fail(eval, STATUS_BAD, "invalid label name \"" SLICE_FMT "\"",
                         SLICE_ARG(counting.name));
    }
    if (counting.scratch == NULL ||
        !label_groups_init(&counting.groups, eval->arena, input->count, &eval->shared->run->key)) {
        return eval_full(eval);
    }
    for (size_t i = 0; i < input->count; i++) {
        enum status status = count_row(eval, &counting, &input->rows[i]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    *result = (struct grid){counting.rows.items, counting.rows.count, eval->steps};
    return STATUS_OK;
}
