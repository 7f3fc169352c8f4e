/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/eval.h"

#include "promql/match.h"
#include "promql/operate.h"

static enum status scalar_scalar(const struct eval *eval, const struct node_binary *binary,
                                 struct grid *left, const struct grid *right)
{
    double *values = left->rows[0].values;
    for (size_t step = 0; step < eval->steps; step++) {
        values[step] =
            operate_numbers(binary->operation, values[step], right->rows[0].values[step]);
    }
    return STATUS_OK;
}

/* One cell of a vector with a scalar; swapped: the scalar is the left one. */
static enum status vector_scalar_cell(struct eval *eval, const struct node_binary *binary,
                                      struct grid_row *row, size_t step, const struct point *scalar,
                                      bool swapped)
{
    struct point own = operate_point_of(row, step), result;
    enum operate_answer answer = operate_points(eval, binary->operation, swapped ? scalar : &own,
                                                swapped ? &own : scalar, &result);
    if (answer == OPERATE_FULL) {
        return eval_full(eval);
    }
    if (answer == OPERATE_NOTHING || (answer == OPERATE_DROPPED && !binary->returns_bool)) {
        grid_clear(row, step);
        return STATUS_OK;
    }
    if (binary->returns_bool) {
        result = (struct point){.value = answer == OPERATE_KEPT ? 1 : 0};
    } else if (operator_compares(binary->operation)) {
        result = own; /* Of a comparison the vector's value stays, on whatever side it is. */
    }
    return operate_put(eval, row, step, &result);
}

static enum status vector_scalar(struct eval *eval, const struct node_binary *binary,
                                 struct grid *vector, const struct grid *scalar, bool swapped)
{
    for (size_t i = 0; i < vector->count; i++) {
        struct grid_row *row = &vector->rows[i];
        for (size_t step = 0; step < eval->steps; step++) {
            struct point point = {.value = scalar->rows[0].values[step]};
            if (!grid_has(row, step)) {
                continue;
            }
            enum status status = vector_scalar_cell(eval, binary, row, step, &point, swapped);
            if (status != STATUS_OK) {
                return status;
            }
        }
    }
    grid_drop_empty(vector);
    bool keeps_name = operator_compares(binary->operation) && !binary->returns_bool;
    return keeps_name ? STATUS_OK : eval_drop_names(eval, vector);
}

enum status eval_binary(struct eval *eval, const struct node *node, struct grid *grid)
{
    const struct node_binary *binary = &node->binary;
    struct grid other;
    enum status status = eval_node(eval, binary->left, grid);
    if (status == STATUS_OK) {
        status = eval_node(eval, binary->right, &other);
    }
    if (status != STATUS_OK) {
        return status;
    }
    bool left_scalar = binary->left->type == PROMQL_SCALAR;
    bool right_scalar = binary->right->type == PROMQL_SCALAR;
    if (left_scalar && right_scalar) {
        return scalar_scalar(eval, binary, grid, &other);
    }
    if (right_scalar) {
        return vector_scalar(eval, binary, grid, &other, false);
    }
    if (left_scalar) {
        struct grid scalar = *grid;
        *grid = other;
        return vector_scalar(eval, binary, grid, &scalar, true);
    }
    if (operator_is_set(binary->operation)) {
        return match_set(eval, binary, grid, &other);
    }
    struct grid left = *grid;
    return match_operate(eval, binary, &left, &other, grid);
}
