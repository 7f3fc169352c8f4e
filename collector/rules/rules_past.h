/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_PAST_H
#define THAW_RULES_RULES_PAST_H

#include "base/arena.h"
#include "base/status.h"
#include "rules/past_columns.h"
#include "rules/rule_eval.h"
#include "rules/rules_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What rules would have done: rule_evaluate() at every step of a span of the past.  It is the
 * evaluator and the state machine that run for real; what differs is that queries are answered for
 * many steps at once (past_columns.h), and that all telemetry of the span is there, also what came
 * late.
 *
 * Pure but for the sources of the world.
 */
struct rules_past_rule {
    const struct rule *rule;
    const struct rule_group *group;
    int64_t step_ms; /* It is evaluated at multiples of it. */
    struct rule_state state;
    int64_t done_ms; /* The latest evaluation; INT64_MIN: none. */
    size_t evaluations, failures;
    int64_t failed_ms; /* The latest that failed, and why the first did. */
    char error[sizeof(((struct rule_state *)0)->error)];
};

struct rules_past {
    struct rules_past_rule *rules; /* In the order in which they are evaluated; those that are read
                                      by others first where that can be. */
    size_t count;
    bool in_order;           /* It can be: rules_needed.h. */
    int64_t from_ms, to_ms;  /* Both inclusive. */
    struct rule_world world; /* gap_ms, answer, and samples' markers are set here. */
    int64_t gap_steps;       /* So many steps are a pause. */
    struct past_columns columns[PAST_QUERY_COUNT_MAX]; /* With the memory of their arenas. */
    /* Called before a piece of the span is walked; what was read before is not asked for again. May
     * be NULL. */
    void (*piece)(void *context, int64_t from_ms, int64_t to_ms);
    void (*ends)(void *context, int64_t time_ms); /* past_columns.h; may be NULL. */
    /* Called behind each evaluation, in which rules_past_ask() may be. May be NULL. */
    void (*stepped)(void *context, size_t rule, int64_t time_ms);
    void *context;
    size_t at;           /* The rule that is being walked. */
    int64_t piece_to_ms; /* The end of the piece. */
};

/* Walk the span.  STATUS_TIMEOUT: the world's patience was over; each rule says how far it came. */
enum status rules_past_walk(struct rules_past *past) THAW_CHECK;

/* The answer of another query at the time that was stepped to; in the arena of the world, or its
 * own. */
enum status rules_past_ask(struct rules_past *past, const struct promql_query *query,
                           int64_t time_ms, struct promql_value *value,
                           struct promql_error *error) THAW_CHECK;

void rules_past_fini(struct rules_past *past);

#endif
