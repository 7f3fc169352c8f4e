/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_EVAL_H
#define THAW_COLLECTOR_PROMQL_EVAL_H

#include "base/arena.h"
#include "base/status.h"
#include "promql/growing.h"
#include "promql/grid.h"
#include "promql/label_groups.h"
#include "promql/node.h"
#include "promql/promql.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The evaluator.  Every expression is computed for all steps of a range at once, into a grid: a
 * row for each series, a cell for each step.  An instant is a range of one step.  So labels are
 * looked at once for each series and never for each step, and each selector is asked for once.
 *
 * An error is told once, to the promql_error of the run, by whoever notices it; the status that
 * came with it goes up unchanged.
 */

/* What a whole evaluation shares. */
struct eval_shared {
    const struct promql_run *run;
    struct promql_error *error;
    int64_t query_start_ms, query_end_ms; /* What start() and end() are. */
    size_t samples;                       /* Read and computed so far. */
    size_t samples_read;
    size_t looks; /* Samples since the patience was asked. */
    struct growing warnings;
};

/* A node is computed at count times: start_ms, start_ms + step_ms, ... */
struct eval {
    struct eval_shared *shared;
    struct arena *arena; /* The run's. */
    int64_t start_ms, step_ms;
    size_t steps;
};

static inline int64_t eval_time(const struct eval *eval, size_t step)
{
    return eval->start_ms + (int64_t)step * eval->step_ms;
}

/* --- eval.c ----------------------------------------------------------------------------------- */

/* Compute a node that is a scalar or a vector. */
enum status eval_node(struct eval *eval, const struct node *node, struct grid *grid) THAW_CHECK;

/* Tell an error; the answer is the status. */
enum status eval_fail(struct eval *eval, enum status status, const char *format, ...)
    THAW_PRINTF(3, 4);

/* Tell that there is no room left. */
enum status eval_full(struct eval *eval);

/* Tell that a pattern was given up. */
enum status eval_pattern_limit(struct eval *eval);

/* A warning for people, once for each text. */
void eval_warn(struct eval *eval, const char *text);

/* Count samples that were read or computed: STATUS_FULL beyond the limit, STATUS_TIMEOUT when
 * patience is over. */
enum status eval_count(struct eval *eval, size_t samples) THAW_CHECK;

/*
 * Rows of the same labels become one; two of them with something at the same step are an error.
 * If strict, two of the same labels are an error whatever they hold.
 */
enum status eval_unify(struct eval *eval, struct grid *grid, bool strict) THAW_CHECK;

/* Leave out the names of metrics, and unify. */
enum status eval_drop_names(struct eval *eval, struct grid *grid) THAW_CHECK;

/* The text of a node that is a string. */
struct slice eval_string(const struct node *node);

/* --- eval_select.c ---------------------------------------------------------------------------- */

/* Series of a range argument with all that any step may want, without markers of staleness. */
struct eval_series {
    struct series *items;
    size_t count;
    struct node_when when;
    int64_t range_ms;
};

/* The end of what a step sees: the time of the step, or of @, less the offset. */
int64_t eval_reference(const struct eval *eval, const struct node_when *when, size_t step);

enum status eval_selector(struct eval *eval, const struct node *node, struct grid *grid) THAW_CHECK;

/* The same with the time of each sample, in seconds, in place of its value. */
enum status eval_selector_times(struct eval *eval, const struct node *node,
                                struct grid *grid) THAW_CHECK;

/* The series of a range or a subquery. */
enum status eval_range(struct eval *eval, const struct node *node,
                       struct eval_series *series) THAW_CHECK;

/* --- the others ------------------------------------------------------------------------------- */

enum status eval_window(struct eval *eval, const struct node *node, struct grid *grid) THAW_CHECK;
enum status eval_aggregate(struct eval *eval, const struct node *node,
                           struct grid *grid) THAW_CHECK;
enum status eval_binary(struct eval *eval, const struct node *node, struct grid *grid) THAW_CHECK;

#endif
