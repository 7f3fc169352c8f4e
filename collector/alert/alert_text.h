/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_TEXT_H
#define THAW_COLLECTOR_ALERT_ALERT_TEXT_H

#include "alert/alert_set.h"

#include "base/arena.h"
#include "base/buf.h"
#include "promql/labels.h"

/*
 * What alerts say of themselves.  Pure.
 */

/*
 * The annotations that people see, in the arena: those of the rule but for our own (thaw_...), and
 * value, threshold, window and examples, where they are known: so a message has the numbers that
 * decided, whatever its words are.
 */
struct label_set alert_text_annotations(const struct alert_set_rule *rule,
                                        const struct rule_alert *alert, struct arena *arena);

/* Append a duration with one unit or more: "10m", "90s", "1h30m". */
void alert_text_duration(int64_t duration_ms, struct buf *out);

#endif
