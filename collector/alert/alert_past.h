/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_PAST_H
#define THAW_COLLECTOR_ALERT_ALERT_PAST_H

#include "base/arena.h"
#include "base/map.h"
#include "promql/growing.h"
#include "rules/rule_state.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the alerts of a rule went through in a walk over the past (rules/rules_past.h): for each the
 * spans in which it was pending, fired, or had no data.  Pure memory, in an arena.
 */
struct alert_past_span {
    enum rule_phase phase; /* PENDING, FIRING or NO_DATA: to resolve is still to fire. */
    int64_t from_ms;
    int64_t to_ms; /* INT64_MAX: it goes on. */
    double value;  /* When it began. */
    struct alert_past_span *next;
};

struct alert_past_alert {
    uint64_t fingerprint, source_hash;
    struct label_set labels;
    struct alert_past_span *first, *last;
    size_t fired; /* How often. */
};

struct alert_past {
    struct arena *arena;
    int64_t from_ms; /* What ended before is left out, and what fired before is not counted. */
    struct growing alerts; /* Of struct alert_past_alert. */
    struct map by_fingerprint;
    size_t span_count;
    size_t fired, resolved;
    size_t left_out; /* Alerts and spans that there was no room for. */
};

void alert_past_init(struct alert_past *past, struct arena *arena, int64_t from_ms);
void alert_past_fini(struct alert_past *past);

/* Take a change of an alert. */
void alert_past_take(struct alert_past *past, const struct rule_alert *alert,
                     enum rule_change change);

/* All alerts are over then: the rule was given up, for it had too many. */
void alert_past_end(struct alert_past *past, int64_t time_ms);

/* Whether one of its alerts is of this series. */
bool alert_past_has(const struct alert_past *past, uint64_t source_hash);

#endif
