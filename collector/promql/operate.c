/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/operate.h"

#include "base/ensure.h"
#include "promql/histogram.h"

#include <math.h>

bool operate_compares(enum operator operation, double left, double right)
{
    switch (operation) {
    case OPERATOR_EQUAL:
        return left == right;
    case OPERATOR_NOT_EQUAL:
        return left != right;
    case OPERATOR_LESS:
        return left < right;
    case OPERATOR_LESS_EQUAL:
        return left <= right;
    case OPERATOR_GREATER:
        return left > right;
    case OPERATOR_GREATER_EQUAL:
        return left >= right;
    case OPERATOR_ADD:
    case OPERATOR_SUBTRACT:
    case OPERATOR_MULTIPLY:
    case OPERATOR_DIVIDE:
    case OPERATOR_MODULO:
    case OPERATOR_POWER:
    case OPERATOR_ATAN2:
    case OPERATOR_AND:
    case OPERATOR_OR:
    case OPERATOR_UNLESS:
        break;
    }
    ENSURE(false);
    return false;
}

double operate_numbers(enum operator operation, double left, double right)
{
    switch (operation) {
    case OPERATOR_ADD:
        return left + right;
    case OPERATOR_SUBTRACT:
        return left - right;
    case OPERATOR_MULTIPLY:
        return left * right;
    case OPERATOR_DIVIDE:
        return left / right;
    case OPERATOR_MODULO:
        return fmod(left, right);
    case OPERATOR_POWER:
        return pow(left, right);
    case OPERATOR_ATAN2:
        return atan2(left, right);
    case OPERATOR_EQUAL:
    case OPERATOR_NOT_EQUAL:
    case OPERATOR_LESS:
    case OPERATOR_LESS_EQUAL:
    case OPERATOR_GREATER:
    case OPERATOR_GREATER_EQUAL:
        return operate_compares(operation, left, right) ? 1 : 0;
    case OPERATOR_AND:
    case OPERATOR_OR:
    case OPERATOR_UNLESS:
        break;
    }
    ENSURE(false);
    return 0;
}

/* At least one of them is a histogram. */
static enum operate_answer operate_histograms(struct eval *eval, enum operator operation,
                                              const struct point *left, const struct point *right,
                                              struct point *result)
{
    const struct native_histogram *one = left->histogram, *other = right->histogram;
    bool both = one != NULL && other != NULL;
    bool equality = operation == OPERATOR_EQUAL || operation == OPERATOR_NOT_EQUAL;
    *result = (struct point){0};
    if (both && equality) {
        result->histogram = one;
        return histogram_equal(one, other) == (operation == OPERATOR_EQUAL) ? OPERATE_KEPT
                                                                            : OPERATE_DROPPED;
    }
    if (both && (operation == OPERATOR_ADD || operation == OPERATOR_SUBTRACT)) {
        double sign = operation == OPERATOR_ADD ? 1 : -1;
        result->histogram = histogram_plus(one, other, sign, eval->arena);
    } else if (!both && operation == OPERATOR_MULTIPLY) {
        const struct native_histogram *scaled = one == NULL ? other : one;
        result->histogram =
            histogram_scaled(scaled, one == NULL ? left->value : right->value, eval->arena);
    } else if (!both && one != NULL && operation == OPERATOR_DIVIDE) {
        result->histogram = histogram_scaled(one, 1 / right->value, eval->arena);
    } else {
        eval_warn(eval, "PromQL info: incompatible sample types encountered for binary operator");
        return OPERATE_NOTHING;
    }
    return result->histogram == NULL ? OPERATE_FULL : OPERATE_KEPT;
}

enum operate_answer operate_points(struct eval *eval, enum operator operation,
                                   const struct point *left, const struct point *right,
                                   struct point *result)
{
    if (left->histogram != NULL || right->histogram != NULL) {
        return operate_histograms(eval, operation, left, right, result);
    }
    *result = (struct point){0};
    if (operator_compares(operation)) {
        result->value = left->value;
        return operate_compares(operation, left->value, right->value) ? OPERATE_KEPT
                                                                      : OPERATE_DROPPED;
    }
    result->value = operate_numbers(operation, left->value, right->value);
    return OPERATE_KEPT;
}

struct point operate_point_of(const struct grid_row *row, size_t step)
{
    return (struct point){.value = row->values[step], .histogram = grid_histogram(row, step)};
}

enum status operate_put(struct eval *eval, struct grid_row *row, size_t step,
                        const struct point *point)
{
    if (point->histogram == NULL) {
        grid_clear(row, step);
        row->values[step] = point->value;
        return STATUS_OK;
    }
    bool fits = grid_put_histogram(row, eval->arena, step, eval->steps, point->histogram);
    return fits ? STATUS_OK : eval_full(eval);
}
