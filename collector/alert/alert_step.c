/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_step.h"

#include "base/ensure.h"

#define PPM 1000000

/* The square of 1.96, the two-sided quantile of 95 %, times this. */
#define Z_SQUARED       38416
#define Z_SQUARED_SCALE 10000

/* Counts above this are not told apart from it: so many calls in a window prove any rate, and
 * products of 128 bits hold. */
#define SAMPLES_MAX UINT64_C(1000000000000)

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

/*
 * The Wilson interval is the set of rates that a score test does not refuse.
 * So its lower end lies above the threshold t exactly when the rate does and
 *
 *     (hits - n t)^2 > z^2 n t (1 - t)
 *
 * which needs no square root and, in millionths, no fraction.
 */
static bool proven_above(const struct alert_counts *counts, uint32_t threshold_ppm)
{
    unsigned __int128 samples = least(counts->samples, SAMPLES_MAX);
    unsigned __int128 hits = least(counts->hits, SAMPLES_MAX);
    unsigned __int128 expected = samples * threshold_ppm;
    if (hits * PPM <= expected) {
        return false;
    }
    unsigned __int128 excess = hits * PPM - expected;
    unsigned __int128 variance = samples * threshold_ppm * (PPM - threshold_ppm);
    /* A whole number is above a fraction exactly when it is above its whole part. */
    return excess * excess > variance * Z_SQUARED / Z_SQUARED_SCALE;
}

bool alert_step_breach(const struct alert_rule *rule, const struct alert_counts *counts)
{
    ENSURE(rule->threshold_ppm <= PPM && rule->clear_ppm <= rule->threshold_ppm);
    return counts->samples > 0 && counts->samples >= rule->minimum &&
           proven_above(counts, rule->threshold_ppm);
}

bool alert_step_clear(const struct alert_rule *rule, const struct alert_counts *counts)
{
    if (counts->samples == 0 || counts->samples < rule->minimum) {
        return true;
    }
    return (unsigned __int128)counts->hits * PPM <
           (unsigned __int128)counts->samples * rule->clear_ppm;
}

static void enter(struct alert_watch *watch, enum alert_phase phase, uint64_t now_ns)
{
    watch->phase = phase;
    watch->phase_ns = now_ns;
}

static enum alert_change fire(struct alert_watch *watch, uint64_t now_ns)
{
    watch->began_ns = watch->phase_ns;
    watch->fired_ns = now_ns;
    watch->resolved_ns = 0;
    enter(watch, ALERT_FIRING, now_ns);
    return ALERT_FIRED;
}

static enum alert_change resolve(struct alert_watch *watch, uint64_t now_ns)
{
    watch->resolved_ns = now_ns;
    enter(watch, ALERT_OK, now_ns);
    return ALERT_RESOLVED;
}

/* From pending: has it been breached for long enough? */
static enum alert_change step_pending(struct alert_watch *watch, const struct alert_rule *rule,
                                      uint64_t now_ns)
{
    return now_ns - watch->phase_ns >= rule->for_ns ? fire(watch, now_ns) : ALERT_SAME;
}

/* From resolving: has it been clear for long enough? */
static enum alert_change step_resolving(struct alert_watch *watch, const struct alert_rule *rule,
                                        uint64_t now_ns)
{
    return now_ns - watch->phase_ns >= rule->clear_for_ns ? resolve(watch, now_ns) : ALERT_SAME;
}

/* Note the evaluation.  Time in which nobody looked proves nothing: it is taken out of what the
 * phase has lasted.  False if the time lies before the latest evaluation. */
static bool see(struct alert_watch *watch, const struct alert_rule *rule, uint64_t now_ns)
{
    if (now_ns < watch->seen_ns) {
        return false;
    }
    uint64_t gap_ns = now_ns - watch->seen_ns;
    if (watch->seen_ns != 0 && gap_ns > rule->gap_max_ns) {
        watch->phase_ns += gap_ns;
    }
    watch->seen_ns = now_ns;
    return true;
}

enum alert_change alert_step(struct alert_watch *watch, const struct alert_rule *rule,
                             uint64_t now_ns, const struct alert_counts *counts)
{
    if (!see(watch, rule, now_ns)) {
        return ALERT_SAME;
    }
    enum alert_change change = ALERT_SAME;
    switch (watch->phase) {
    case ALERT_OK:
        if (alert_step_breach(rule, counts)) {
            enter(watch, ALERT_PENDING, now_ns);
            change = step_pending(watch, rule, now_ns);
            return change == ALERT_SAME ? ALERT_BEGAN : change;
        }
        return ALERT_SAME;
    case ALERT_PENDING:
        if (!alert_step_breach(rule, counts)) {
            enter(watch, ALERT_OK, now_ns);
            return ALERT_DROPPED;
        }
        return step_pending(watch, rule, now_ns);
    case ALERT_FIRING:
        if (alert_step_clear(rule, counts)) {
            enter(watch, ALERT_RESOLVING, now_ns);
            change = step_resolving(watch, rule, now_ns);
            return change == ALERT_SAME ? ALERT_CLEARING : change;
        }
        return ALERT_SAME;
    case ALERT_RESOLVING:
        if (!alert_step_clear(rule, counts)) {
            enter(watch, ALERT_FIRING, now_ns);
            return ALERT_RELAPSED;
        }
        return step_resolving(watch, rule, now_ns);
    }
    ENSURE(false);
    return ALERT_SAME;
}
