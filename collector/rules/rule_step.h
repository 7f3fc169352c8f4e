/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULE_STEP_H
#define THAW_RULES_RULE_STEP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The pure core of alerting: what one evaluation makes of one alert.  Time is an argument.
 *
 *             alarm               for                   ok and clear        keep_firing_for
 *      ok -----------> pending -------> firing ----------------> resolving --------> ok (resolved)
 *       ^                 |                ^                         |
 *       +-----------------+                +-------------------------+
 *              ok                                    alarm
 *
 * An evaluation finds the condition breached or not, or no data.  The latest findings are judged
 * together: M of N of them (CloudWatch's datapoints to alarm; 1 of 1 is Prometheus), where data
 * that is missing counts as the rule says.  No data may also be a state of its own.
 */
enum rule_finding {
    RULE_MISSING,
    RULE_FINE,
    RULE_BREACH,
};

/* What data that is missing counts as, in CloudWatch's words: notBreaching, breaching, ignore,
 * missing. */
enum rule_no_data {
    RULE_NO_DATA_OK,
    RULE_NO_DATA_BREACH,
    RULE_NO_DATA_KEEP,
    RULE_NO_DATA_TELL,
};

/* The latest findings, two bits each, the newest in the lowest. */
struct rule_findings {
    uint64_t bits;
};

#define RULE_POINTS_MAX 30u

/* Findings that are looked at beyond N: late data may fill them. */
#define RULE_POINTS_SPARE 2u

/* Findings as if all had been this. */
struct rule_findings rule_findings_all(enum rule_finding finding);
void rule_findings_add(struct rule_findings *findings, enum rule_finding finding);

/* Whether one of the latest that are looked at breached. */
bool rule_findings_breach(const struct rule_findings *findings, unsigned points);

enum rule_verdict {
    RULE_OK,
    RULE_ALARM,
    RULE_KEEP,    /* Nothing is known: everything stays as it is. */
    RULE_UNKNOWN, /* Nothing is known: that is to be told. */
};

/*
 * Of the latest N + RULE_POINTS_SPARE findings, those with data are judged, the newest N of them,
 * and what is missing only where they are fewer.  alarms <= points <= RULE_POINTS_MAX, both not 0.
 */
enum rule_verdict rule_step_judge(const struct rule_findings *findings, unsigned alarms,
                                  unsigned points, enum rule_no_data no_data);

enum rule_phase {
    RULE_PHASE_OK, /* Never fired, or resolved. */
    RULE_PHASE_PENDING,
    RULE_PHASE_FIRING,
    RULE_PHASE_RESOLVING, /* Still firing for everybody else. */
    RULE_PHASE_NO_DATA,
};

/* What an evaluation changed. */
enum rule_change {
    RULE_SAME,
    RULE_BEGAN,    /* -> pending */
    RULE_DROPPED,  /* pending -> ok */
    RULE_FIRED,    /* -> firing: told */
    RULE_CLEARING, /* firing -> resolving */
    RULE_RELAPSED, /* resolving -> firing, which it never left for others */
    RULE_RESOLVED, /* -> ok or no data: told */
    RULE_LOST,     /* ok -> no data, and */
    RULE_FOUND,    /* back */
};

#define RULE_FIRINGS_KEPT 4

/* One alert.  All zero is ok and never evaluated. */
struct rule_watch {
    enum rule_phase phase;
    struct rule_findings findings;
    int64_t active_ms;                     /* When the latest breach began. */
    int64_t fired_ms;                      /* The latest firing; 0: none yet. */
    int64_t resolved_ms;                   /* The latest resolution; 0: none since it fired. */
    int64_t keep_ms;                       /* While it resolves: since when. */
    int64_t seen_ms;                       /* The latest evaluation. */
    int64_t firings_ms[RULE_FIRINGS_KEPT]; /* The latest firings, the newest first. */
};

/* What an alert is judged by. */
struct rule_terms {
    int64_t for_ms, keep_firing_for_ms;
    int64_t cooldown_ms; /* Behind a firing, in which it does not begin again; 0: none. */
    int64_t gap_ms; /* A longer pause between evaluations counts towards nothing; 0: it does. */
    /* Who fired RULE_FIRINGS_KEPT times within flap_ms is kept firing for flap_keep_ms at least; 0:
     * as often as it likes. */
    int64_t flap_ms, flap_keep_ms;
};

/* Take a verdict into account; clear: an expression that says so does not deny that it is over. */
enum rule_change rule_step(struct rule_watch *watch, const struct rule_terms *terms, int64_t now_ms,
                           enum rule_verdict verdict, bool clear);

/* Whether it is active for others: pending, firing or resolving. */
bool rule_phase_active(enum rule_phase phase);
bool rule_phase_firing(enum rule_phase phase);

/* "ok", "pending", "firing", "resolving", "no_data". */
const char *rule_phase_name(enum rule_phase phase);

#endif
