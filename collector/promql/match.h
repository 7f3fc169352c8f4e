/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_MATCH_H
#define THAW_COLLECTOR_PROMQL_MATCH_H

#include "promql/eval.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Which rows of two grids belong together: those whose labels that count (on, ignoring) are the
 * same. Looked at once for each row; steps only look into tables.
 */
struct match {
    struct label_groups groups; /* Of both sides. */
    size_t *left_of, *right_of; /* The group of each row. */
};

enum status match_init(struct eval *eval, const struct node_binary *binary, const struct grid *left,
                       const struct grid *right, struct match *match) THAW_CHECK;

/* and, or, unless: the left grid becomes the result. */
enum status match_set(struct eval *eval, const struct node_binary *binary, struct grid *left,
                      struct grid *right) THAW_CHECK;

/* All other operators between two vectors. */
enum status match_operate(struct eval *eval, const struct node_binary *binary, struct grid *left,
                          struct grid *right, struct grid *result) THAW_CHECK;

#endif
