/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_AGGREGATE_H
#define THAW_COLLECTOR_PROMQL_AGGREGATE_H

#include "promql/eval.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Aggregations, in two files: those that fold the rows of a group into one (aggregate.c), and those
 * that look at all values of a group together (aggregate_values.c): topk, bottomk, quantile,
 * count_values.
 */
struct aggregation {
    const struct node_aggregate *node;
    struct grid *input;
    struct label_groups groups;
    struct group_order order; /* Rows of the input by group. */
    const double *parameter;  /* For each step; NULL for none. */
};

/* The labels that a row of these labels is grouped by; into items, which has room for all. */
struct label_set aggregate_key(const struct node_aggregate *node, const struct label_set *labels,
                               struct label *items);

/* The result has the rows of the input, with less in them. */
enum status aggregate_top(struct eval *eval, struct aggregation *aggregation,
                          struct grid *result) THAW_CHECK;

enum status aggregate_quantile(struct eval *eval, struct aggregation *aggregation,
                               struct grid *result) THAW_CHECK;

/* name is the label that values become. */
enum status aggregate_count_values(struct eval *eval, const struct node_aggregate *node,
                                   struct grid *input, struct grid *result) THAW_CHECK;

#endif
