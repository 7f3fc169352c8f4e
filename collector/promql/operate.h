/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_OPERATE_H
#define THAW_COLLECTOR_PROMQL_OPERATE_H

#include "promql/eval.h"
#include "promql/node.h"

#include <stdbool.h>

/*
 * Operators on two values.
 */

/* Of two numbers; a comparison gives 1 or 0. */
double operate_numbers(enum operator operation, double left, double right);

/* Whether a comparison of two numbers holds. */
bool operate_compares(enum operator operation, double left, double right);

/* What an operator gives of two points. */
enum operate_answer {
    OPERATE_KEPT,
    OPERATE_DROPPED, /* A comparison that does not hold: 0 with bool. */
    OPERATE_NOTHING, /* It has no meaning for these: there is no result, not even with bool. */
    OPERATE_FULL,
};

/* The result is the left one where a comparison holds. */
enum operate_answer operate_points(struct eval *eval, enum operator operation,
                                   const struct point *left, const struct point *right,
                                   struct point *result);

/* The content of a cell, which is not empty. */
struct point operate_point_of(const struct grid_row *row, size_t step);

/* Put a point into a cell. */
enum status operate_put(struct eval *eval, struct grid_row *row, size_t step,
                        const struct point *point) THAW_CHECK;

#endif
