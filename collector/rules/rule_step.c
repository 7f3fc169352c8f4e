/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rule_step.h"

#include "base/ensure.h"

#include <string.h>

/* ---- Findings. ---- */

struct rule_findings rule_findings_all(enum rule_finding finding)
{
    return (struct rule_findings){UINT64_C(0x5555555555555555) * (uint64_t)finding};
}

void rule_findings_add(struct rule_findings *findings, enum rule_finding finding)
{
    findings->bits = findings->bits << 2 | (uint64_t)finding;
}

static enum rule_finding finding_at(const struct rule_findings *findings, unsigned place)
{
    return (enum rule_finding)(findings->bits >> (2 * place) & 3);
}

bool rule_findings_breach(const struct rule_findings *findings, unsigned points)
{
    for (unsigned i = 0; i < points + RULE_POINTS_SPARE; i++) {
        if (finding_at(findings, i) == RULE_BREACH) {
            return true;
        }
    }
    return false;
}

enum rule_verdict rule_step_judge(const struct rule_findings *findings, unsigned alarms,
                                  unsigned points, enum rule_no_data no_data)
{
    ENSURE(alarms > 0 && alarms <= points && points <= RULE_POINTS_MAX);
    unsigned known = 0, breaches = 0;
    /* One of one is looked at alone: there is nothing that could be late. */
    unsigned looked_at = points == 1 ? 1 : points + RULE_POINTS_SPARE;
    for (unsigned i = 0; i < looked_at && known < points; i++) {
        enum rule_finding finding = finding_at(findings, i);
        known += finding != RULE_MISSING;
        breaches += finding == RULE_BREACH;
    }
    unsigned missing = points - known;
    if (breaches >= alarms) {
        return RULE_ALARM;
    }
    if (breaches + missing < alarms) {
        return RULE_OK;
    }
    switch (no_data) {
    case RULE_NO_DATA_OK:
        return RULE_OK;
    case RULE_NO_DATA_BREACH:
        return RULE_ALARM;
    case RULE_NO_DATA_KEEP:
        return RULE_KEEP;
    case RULE_NO_DATA_TELL:
        break;
    }
    return RULE_UNKNOWN;
}

/* ---- Phases. ---- */

bool rule_phase_firing(enum rule_phase phase)
{
    return phase == RULE_PHASE_FIRING || phase == RULE_PHASE_RESOLVING;
}

bool rule_phase_active(enum rule_phase phase)
{
    return phase == RULE_PHASE_PENDING || rule_phase_firing(phase);
}

const char *rule_phase_name(enum rule_phase phase)
{
    static const char *const names[] = {"ok", "pending", "firing", "resolving", "no_data"};
    return names[phase];
}

/* Time in which nobody looked proves nothing: clocks that run stand still over it. */
static void skip_gap(struct rule_watch *watch, const struct rule_terms *terms, int64_t now_ms)
{
    int64_t pause_ms = now_ms - watch->seen_ms;
    if (terms->gap_ms == 0 || watch->seen_ms == 0 || pause_ms <= terms->gap_ms) {
        return;
    }
    if (watch->phase == RULE_PHASE_PENDING) {
        watch->active_ms += pause_ms;
    }
    if (watch->phase == RULE_PHASE_RESOLVING) {
        watch->keep_ms += pause_ms;
    }
}

static enum rule_change fire(struct rule_watch *watch, int64_t now_ms)
{
    watch->phase = RULE_PHASE_FIRING;
    watch->fired_ms = now_ms;
    watch->resolved_ms = 0;
    memmove(&watch->firings_ms[1], &watch->firings_ms[0],
            sizeof(watch->firings_ms) - sizeof(watch->firings_ms[0]));
    watch->firings_ms[0] = now_ms;
    return RULE_FIRED;
}

static enum rule_change resolve(struct rule_watch *watch, enum rule_phase phase, int64_t now_ms)
{
    watch->phase = phase;
    watch->resolved_ms = now_ms;
    watch->keep_ms = 0;
    return RULE_RESOLVED;
}

static enum rule_change step_idle(struct rule_watch *watch, const struct rule_terms *terms,
                                  int64_t now_ms, enum rule_verdict verdict)
{
    if (verdict == RULE_ALARM) {
        if (terms->cooldown_ms > 0 && watch->fired_ms > 0 &&
            now_ms - watch->fired_ms < terms->cooldown_ms) {
            watch->phase = RULE_PHASE_OK;
            return RULE_SAME;
        }
        watch->phase = RULE_PHASE_PENDING;
        watch->active_ms = now_ms;
        return terms->for_ms <= 0 ? fire(watch, now_ms) : RULE_BEGAN;
    }
    if (verdict == RULE_UNKNOWN && watch->phase == RULE_PHASE_OK) {
        watch->phase = RULE_PHASE_NO_DATA;
        return RULE_LOST;
    }
    if (verdict == RULE_OK && watch->phase == RULE_PHASE_NO_DATA) {
        watch->phase = RULE_PHASE_OK;
        return RULE_FOUND;
    }
    return RULE_SAME;
}

static enum rule_change step_pending(struct rule_watch *watch, const struct rule_terms *terms,
                                     int64_t now_ms, enum rule_verdict verdict)
{
    switch (verdict) {
    case RULE_ALARM:
        return now_ms - watch->active_ms >= terms->for_ms ? fire(watch, now_ms) : RULE_SAME;
    case RULE_KEEP:
        return RULE_SAME;
    case RULE_OK:
    case RULE_UNKNOWN:
        break;
    }
    watch->phase = verdict == RULE_OK ? RULE_PHASE_OK : RULE_PHASE_NO_DATA;
    return RULE_DROPPED;
}

/* How long it is kept firing: longer where it fires and resolves all the time. */
static int64_t kept_for(const struct rule_watch *watch, const struct rule_terms *terms,
                        int64_t now_ms)
{
    int64_t earliest_ms = watch->firings_ms[RULE_FIRINGS_KEPT - 1];
    bool flaps = terms->flap_ms > 0 && earliest_ms > 0 && now_ms - earliest_ms < terms->flap_ms;
    return flaps && terms->flap_keep_ms > terms->keep_firing_for_ms ? terms->flap_keep_ms
                                                                    : terms->keep_firing_for_ms;
}

static enum rule_change step_firing(struct rule_watch *watch, const struct rule_terms *terms,
                                    int64_t now_ms, enum rule_verdict verdict, bool clear)
{
    bool resolving = watch->phase == RULE_PHASE_RESOLVING;
    if (verdict == RULE_KEEP) {
        return RULE_SAME;
    }
    if (verdict == RULE_UNKNOWN) {
        return resolve(watch, RULE_PHASE_NO_DATA, now_ms);
    }
    if (verdict == RULE_ALARM || !clear) {
        watch->phase = RULE_PHASE_FIRING;
        watch->keep_ms = 0;
        return resolving ? RULE_RELAPSED : RULE_SAME;
    }
    if (!resolving) {
        watch->keep_ms = now_ms;
    }
    if (now_ms - watch->keep_ms < kept_for(watch, terms, now_ms)) {
        watch->phase = RULE_PHASE_RESOLVING;
        return resolving ? RULE_SAME : RULE_CLEARING;
    }
    return resolve(watch, RULE_PHASE_OK, now_ms);
}

enum rule_change rule_step(struct rule_watch *watch, const struct rule_terms *terms, int64_t now_ms,
                           enum rule_verdict verdict, bool clear)
{
    enum rule_change change = RULE_SAME;
    if (now_ms < watch->seen_ms) {
        return RULE_SAME;
    }
    skip_gap(watch, terms, now_ms);
    watch->seen_ms = now_ms;
    switch (watch->phase) {
    case RULE_PHASE_OK:
    case RULE_PHASE_NO_DATA:
        change = step_idle(watch, terms, now_ms, verdict);
        break;
    case RULE_PHASE_PENDING:
        change = step_pending(watch, terms, now_ms, verdict);
        break;
    case RULE_PHASE_FIRING:
    case RULE_PHASE_RESOLVING:
        change = step_firing(watch, terms, now_ms, verdict, clear);
        break;
    }
    return change;
}
