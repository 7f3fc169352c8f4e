/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_past.h"

#include "alert/alert_limits.h"

#include <string.h>

void alert_past_init(struct alert_past *past, struct arena *arena, int64_t from_ms)
{
    *past = (struct alert_past){.arena = arena, .from_ms = from_ms};
    past->alerts = growing_of(arena, sizeof(struct alert_past_alert));
    map_init_growing(&past->by_fingerprint, ALERT_PREVIEW_ALERT_COUNT_MAX);
}

void alert_past_fini(struct alert_past *past)
{
    map_fini(&past->by_fingerprint);
}

static struct alert_past_alert *alert_at(const struct alert_past *past, size_t index)
{
    return (struct alert_past_alert *)past->alerts.items + index;
}

/* The alert, made where there is none; NULL: there is no room. */
static struct alert_past_alert *take_alert(struct alert_past *past, const struct rule_alert *alert)
{
    uint32_t row = 0;
    /* Fingerprints are hashes already, which nobody chose who could gain by it. */
    if (map_find(&past->by_fingerprint, alert->fingerprint, NULL, NULL, &row)) {
        return alert_at(past, row);
    }
    struct label_set labels;
    row = (uint32_t)past->alerts.count;
    if (row == ALERT_PREVIEW_ALERT_COUNT_MAX || !labels_dup(&alert->labels, past->arena, &labels)) {
        return NULL;
    }
    struct alert_past_alert *made = growing_push(&past->alerts);
    if (made == NULL || map_insert(&past->by_fingerprint, alert->fingerprint, row) != STATUS_OK) {
        return NULL;
    }
    *made = (struct alert_past_alert){
        .fingerprint = alert->fingerprint, .source_hash = alert->source_hash, .labels = labels};
    return made;
}

static enum rule_phase shown_phase(enum rule_phase phase)
{
    return phase == RULE_PHASE_RESOLVING ? RULE_PHASE_FIRING : phase;
}

static void begin_span(struct alert_past *past, struct alert_past_alert *each,
                       enum rule_phase phase, int64_t time_ms, double value)
{
    struct alert_past_span *span = past->span_count == ALERT_PREVIEW_SPAN_COUNT_MAX
                                       ? NULL
                                       : arena_alloc_array(past->arena, 1, sizeof(*span));
    if (span == NULL) {
        past->left_out++;
        return;
    }
    *span = (struct alert_past_span){phase, time_ms, INT64_MAX, value, NULL};
    past->span_count++;
    if (each->last == NULL) {
        each->first = span;
    } else {
        each->last->next = span;
    }
    each->last = span;
}

/* End the span that goes on; one that nobody asked for goes. */
static void end_span(struct alert_past *past, struct alert_past_alert *each, int64_t time_ms)
{
    if (each->last == NULL || each->last->to_ms != INT64_MAX) {
        return;
    }
    if (time_ms <= past->from_ms) {
        /* It is the only one: those before it ended earlier still. */
        each->first = each->last = NULL;
        past->span_count--;
    } else {
        each->last->to_ms = time_ms;
    }
}

void alert_past_take(struct alert_past *past, const struct rule_alert *alert,
                     enum rule_change change)
{
    int64_t time_ms = alert->watch.seen_ms;
    enum rule_phase phase = shown_phase(alert->watch.phase);
    bool counts = time_ms >= past->from_ms;
    past->fired += counts && change == RULE_FIRED;
    past->resolved += counts && change == RULE_RESOLVED;
    struct alert_past_alert *each = take_alert(past, alert);
    if (each == NULL) {
        past->left_out++;
        return;
    }
    each->fired += counts && change == RULE_FIRED;
    bool open = each->last != NULL && each->last->to_ms == INT64_MAX;
    if (open && each->last->phase == phase) {
        return;
    }
    end_span(past, each, time_ms);
    if (phase != RULE_PHASE_OK) {
        begin_span(past, each, phase, time_ms, alert->value);
    }
}

void alert_past_end(struct alert_past *past, int64_t time_ms)
{
    for (size_t i = 0; i < past->alerts.count; i++) {
        end_span(past, alert_at(past, i), time_ms);
    }
}

bool alert_past_has(const struct alert_past *past, uint64_t source_hash)
{
    for (size_t i = 0; i < past->alerts.count; i++) {
        if (alert_at(past, i)->source_hash == source_hash && alert_at(past, i)->first != NULL) {
            return true;
        }
    }
    return false;
}
