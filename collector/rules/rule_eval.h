/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULE_EVAL_H
#define THAW_RULES_RULE_EVAL_H

#include "base/arena.h"
#include "promql/promql.h"
#include "rules/rule_state.h"
#include "rules/rules_file.h"
#include "rules/rules_samples.h"

/*
 * One evaluation of one rule: asks its samples, lets its alerts take a step, and writes what it
 * records.  Pure but for the source; the same code evaluates for real, in tests of rules, and over
 * the past.
 */
struct rule_world {
    const struct series_source *source;
    const struct series_source *text_source; /* For queries of templates, whose matchers end with
                                                the evaluation; NULL: the same. */
    struct arena *arena; /* Scratch: all of it is given back behind each rule. */
    struct hash_key key; /* Of tables of labels. */
    struct label_set external_labels;
    struct slice external_url;
    struct rules_samples *samples; /* NULL: nothing is written. */
    const struct patience *patience;
    size_t samples_max, series_max;        /* promql.h */
    size_t alerts_max;                     /* Of one rule; 0: any. */
    int64_t gap_ms, flap_ms, flap_keep_ms; /* rule_step.h */
    int64_t keep_resolved_ms;              /* How long a resolved alert stays in the state. */
    bool bare;                             /* Annotations are left out: nobody reads them. */
    /* Answers the queries of rules (but for those of templates), as promql_instant() with what is
     * in this struct; NULL: that does. */
    enum status (*answer)(void *answer_context, const struct promql_query *query, int64_t time_ms,
                          struct promql_value *value, struct promql_error *error);
    void *answer_context;
    /* Told of every change; NULL: nobody is. */
    void (*changed)(void *context, const struct rule *rule, struct rule_alert *alert,
                    enum rule_change change);
    void *context;
};

/* The group gives the limit; owner is the rule's number in samples.  A failure stands in the state,
 * which is else as it was. */
void rule_evaluate(struct rule_state *state, const struct rule *rule,
                   const struct rule_group *group, uint32_t owner, const struct rule_world *world,
                   int64_t time_ms);

/* A hash of labels without the name of the metric: which series it is, whatever was computed of it.
 */
uint64_t rule_eval_source(const struct label_set *labels, struct arena *arena);

#endif
