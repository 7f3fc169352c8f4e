/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_VIEW_H
#define THAW_COLLECTOR_ALERT_ALERT_VIEW_H

#include "base/slice.h"
#include "promql/labels.h"
#include "rules/rule_state.h"

#include <stdint.h>

/*
 * Examples of what an alert is about, from the view.  It is held for reading for a bounded piece.
 */
struct view;

/* Which invocations are examples: what the annotation thaw_examples of a rule says. */
enum alert_examples_kind {
    ALERT_EXAMPLES_ANY,
    ALERT_EXAMPLES_COLD,
    ALERT_EXAMPLES_ERROR,
    ALERT_EXAMPLES_TIMEOUT,
    ALERT_EXAMPLES_NEAR_TIMEOUT,
    ALERT_EXAMPLES_END_UNKNOWN,
};

/* "cold", "error", "timeout", "near_timeout", "end_unknown"; anything else is any. */
enum alert_examples_kind alert_view_kind(struct slice word);

/*
 * Give an alert the newest such invocations of the function that its labels name (function, and
 * account, region and version if they are there) in the span, each of another transaction.  An
 * alert without a function gets none.
 */
void alert_view_find(struct view *view, uint64_t from_ns, uint64_t to_ns,
                     enum alert_examples_kind kind, struct rule_alert *alert);

#endif
