/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_STEP_H
#define THAW_COLLECTOR_ALERT_ALERT_STEP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The pure core of alerting: a rate, a rule, and what one evaluation makes of
 * the alert of one function.  Integers only; time is an argument.
 *
 *            breach             for                  clear             clear_for
 *      ok ----------> pending ------> firing ---------------> resolving ------> ok (resolved)
 *       ^                |               ^                        |
 *       +----------------+               +------------------------+
 *          no breach                             not clear
 *
 * A breach is proven, not guessed: with at least `minimum` samples, the rate
 * must lie above the threshold and so must the lower end of its Wilson interval
 * of 95 %.  Between the threshold and the lower clear threshold nothing
 * changes, so an alert at the edge does not flap.  With fewer samples than the
 * minimum nothing is breached: few calls, or none, are ok.
 */
struct alert_rule {
    uint32_t threshold_ppm; /* Breached above this rate, in millionths. */
    uint32_t clear_ppm;     /* Cleared below this one; not above the threshold. */
    uint64_t minimum;       /* Samples that are needed to breach. */
    uint64_t window_ns;     /* Over which samples are counted. */
    uint64_t for_ns;        /* How long every evaluation must breach before it fires. */
    uint64_t clear_for_ns;  /* How long every evaluation must be clear before it is resolved. */
    uint64_t gap_max_ns;    /* A longer pause between evaluations does not count as either. */
};

/* What was counted in the window. */
struct alert_counts {
    uint64_t samples; /* Invocations. */
    uint64_t hits;    /* Those that waited for a cold start.  At most samples. */
};

enum alert_phase {
    ALERT_OK,
    ALERT_PENDING,
    ALERT_FIRING,
    ALERT_RESOLVING, /* Still firing for everybody else. */
};

/* What an evaluation changed. */
enum alert_change {
    ALERT_SAME,
    ALERT_BEGAN,    /* ok -> pending */
    ALERT_DROPPED,  /* pending -> ok */
    ALERT_FIRED,    /* -> firing: told to the receiver */
    ALERT_CLEARING, /* firing -> resolving */
    ALERT_RELAPSED, /* resolving -> firing, which it never left for the receiver */
    ALERT_RESOLVED, /* -> ok: told to the receiver */
};

/* The alert of one function.  All zero is ok and never evaluated. */
struct alert_watch {
    enum alert_phase phase;
    uint64_t phase_ns;    /* Since when it counts as being in this phase. */
    uint64_t seen_ns;     /* The latest evaluation. */
    uint64_t began_ns;    /* The breach that led to the latest firing began. */
    uint64_t fired_ns;    /* The latest firing; 0: none yet. */
    uint64_t resolved_ns; /* The latest resolution; 0: none since it fired. */
};

/* Take an evaluation into account.  A time before the latest one changes nothing. */
enum alert_change alert_step(struct alert_watch *watch, const struct alert_rule *rule,
                             uint64_t now_ns, const struct alert_counts *counts);

/* Whether the counts prove a breach, and whether they are clear of one. */
bool alert_step_breach(const struct alert_rule *rule, const struct alert_counts *counts);
bool alert_step_clear(const struct alert_rule *rule, const struct alert_counts *counts);

#endif
