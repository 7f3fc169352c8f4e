/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_preview_private.h"
#include "alert/alert_rule_json.h"

#include "base/timestamp.h"

#define MS_NS UINT64_C(1000000)

/* An instant of an evaluation as one of the clock on the wall. */
static uint64_t wall_ns(const struct alert_preview *preview, int64_t time_ms)
{
    return (time_ms < 0 ? 0 : (uint64_t)time_ms * MS_NS) + preview->options->delay_ns;
}

static void write_number(struct json_write *writer, struct slice key, double value)
{
    json_write_key(writer, key);
    json_write_double(writer, value, JSON_NONFINITE_NULL);
}

/* ---- Alerts. ---- */

static void write_span(const struct alert_preview *preview, struct json_write *writer,
                       const struct alert_past_span *span)
{
    static const struct slice states[] = {
        [RULE_PHASE_OK] = SLICE_INIT("ok"),           [RULE_PHASE_PENDING] = SLICE_INIT("pending"),
        [RULE_PHASE_FIRING] = SLICE_INIT("firing"),   [RULE_PHASE_RESOLVING] = SLICE_INIT("firing"),
        [RULE_PHASE_NO_DATA] = SLICE_INIT("no_data"),
    };
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("state"), states[span->phase]);
    json_write_member_u64_text(writer, SLICE("from"), wall_ns(preview, span->from_ms));
    if (span->to_ms == INT64_MAX) {
        json_write_member_null(writer, SLICE("to"));
    } else {
        json_write_member_u64_text(writer, SLICE("to"), wall_ns(preview, span->to_ms));
    }
    write_number(writer, SLICE("value"), span->value);
    json_write_object_end(writer);
}

static void write_alerts(const struct alert_preview *preview, struct json_write *writer,
                         const struct alert_past *past)
{
    const struct alert_past_alert *alerts = past->alerts.items;
    json_write_member_array(writer, SLICE("alerts"));
    for (size_t i = 0; i < past->alerts.count; i++) {
        const struct alert_past_alert *each = &alerts[i];
        if (each->first == NULL) {
            continue;
        }
        json_write_object_begin(writer);
        json_write_key(writer, SLICE("fingerprint"));
        json_write_printf(writer, "%016llx", (unsigned long long)each->fingerprint);
        json_write_member_object(writer, SLICE("labels"));
        for (size_t l = 0; l < each->labels.count; l++) {
            json_write_member_string(writer, each->labels.items[l].name,
                                     each->labels.items[l].value);
        }
        json_write_object_end(writer);
        json_write_member_u64(writer, SLICE("fired"), each->fired);
        json_write_member_array(writer, SLICE("spans"));
        for (const struct alert_past_span *span = each->first; span != NULL; span = span->next) {
            write_span(preview, writer, span);
        }
        json_write_array_end(writer);
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
    json_write_member_u64(writer, SLICE("left_out"), past->left_out);
}

/* ---- Rules. ---- */

static bool is_shown(void *context, uint64_t source_hash)
{
    return alert_past_has(context, source_hash);
}

static void write_failures(const struct alert_preview *preview, struct json_write *writer,
                           const struct rules_past_rule *each)
{
    json_write_member_u64(writer, SLICE("failures"), each->failures);
    json_write_key(writer, SLICE("error"));
    if (each->failures == 0) {
        json_write_null(writer);
        json_write_member_null(writer, SLICE("failed_at"));
    } else {
        json_write_string(writer, slice_from(each->error));
        json_write_member_u64_text(writer, SLICE("failed_at"), wall_ns(preview, each->failed_ms));
    }
}

static void write_rule(const struct alert_preview *preview, struct json_write *writer,
                       struct alert_previewed *asked)
{
    const struct rules_past_rule *each = &preview->past.rules[asked->place];
    const struct rule *rule = each->rule;
    json_write_object_begin(writer);
    alert_rule_json(writer, rule, each->group->name, asked->file);
    alert_rule_json_seconds(writer, SLICE("step_s"), each->step_ms);
    json_write_member_u64(writer, SLICE("evaluations"), each->evaluations);
    write_failures(preview, writer, each);
    json_write_key(writer, SLICE("until"));
    if (each->done_ms < preview->from_ms) {
        json_write_null(writer);
    } else {
        json_write_u64_text(writer, wall_ns(preview, each->done_ms));
    }
    json_write_member_u64(writer, SLICE("fired"), asked->past.fired);
    json_write_member_u64(writer, SLICE("resolved"), asked->past.resolved);
    write_alerts(preview, writer, &asked->past);
    json_write_key(writer, SLICE("chart"));
    alert_chart_write(&asked->chart, writer, preview->options->delay_ns, is_shown, &asked->past);
    json_write_object_end(writer);
}

/* ---- What was there to read. ---- */

/* Whether a rule of the walk records it. */
static bool is_recorded(const struct alert_preview *preview, struct slice name)
{
    for (size_t i = 0; i < preview->past.count; i++) {
        const struct rule *rule = preview->past.rules[i].rule;
        if (rule->kind == RULE_RECORD && slice_equal(rule->name, name)) {
            return true;
        }
    }
    return false;
}

static void write_reads(const struct alert_preview *preview, struct json_write *writer)
{
    json_write_member_array(writer, SLICE("reads"));
    for (size_t i = 0; i < preview->read.metric_count; i++) {
        const struct alert_read_metric *metric = &preview->read.metrics[i];
        if (is_recorded(preview, metric->name)) {
            continue;
        }
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("metric"), metric->name);
        if (metric->first_ms == INT64_MAX) {
            json_write_member_null(writer, SLICE("first"));
        } else {
            json_write_member_u64_text(writer, SLICE("first"),
                                       (uint64_t)(metric->first_ms < 0 ? 0 : metric->first_ms) *
                                           MS_NS);
        }
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

/* What the numbers do not say by themselves. */
static void write_partial(const struct alert_preview *preview, struct json_write *writer)
{
    bool later = false, left_out = false;
    for (size_t i = 0; i < preview->asked_count; i++) {
        const struct alert_previewed *asked = &preview->asked[i];
        later =
            later || (preview->options->step_ms == 0 &&
                      preview->past.rules[asked->place].step_ms !=
                          (asked->rule->group->interval_ms > 0 ? asked->rule->group->interval_ms
                                                               : preview->options->interval_ms));
        left_out = left_out || asked->past.left_out > 0 || asked->chart.left_out > 0;
    }
    bool coarse = preview->options->coarse_ms > preview->from_ms;
    json_write_member_bool(writer, SLICE("partial"),
                           preview->timed_out || left_out || later || coarse);
    json_write_member_array(writer, SLICE("reasons"));
    if (preview->timed_out) {
        json_write_printf(writer,
                          "it took longer than %llu s: each rule says how far it came; ask for a "
                          "shorter time or a longer step",
                          (unsigned long long)(ALERT_PREVIEW_NS / 1000000000));
    }
    if (later) {
        json_write_printf(writer, "evaluated less often than it would be: at most %lld times",
                          (long long)ALERT_PREVIEW_STEP_COUNT_MAX);
    }
    if (left_out) {
        json_write_string(writer, SLICE("there are more alerts, or changes of them, than are "
                                        "shown; all that fired are counted"));
    }
    if (coarse) {
        char time[TIMESTAMP_TEXT_SIZE];
        (void)timestamp_format((uint64_t)preview->options->coarse_ms * MS_NS, 0, time);
        json_write_printf(writer, "invocations before %s are counted by the hour or day only",
                          time);
    }
    json_write_array_end(writer);
    if (coarse) {
        json_write_member_u64_text(writer, SLICE("coarse_before"),
                                   (uint64_t)preview->options->coarse_ms * MS_NS);
    } else {
        json_write_member_null(writer, SLICE("coarse_before"));
    }
}

/* ---- Who would have been told. ---- */

static void add_told(const struct alert_preview *preview, const struct alert_past_alert *each,
                     struct growing *told, struct arena *arena)
{
    struct notify_pair *pairs = arena_alloc_array(arena, each->labels.count + 1, sizeof(*pairs));
    for (size_t i = 0; i < each->labels.count && pairs != NULL; i++) {
        pairs[i] = (struct notify_pair){each->labels.items[i].name, each->labels.items[i].value};
    }
    for (const struct alert_past_span *span = each->first; span != NULL && pairs != NULL;
         span = span->next) {
        if (span->phase != RULE_PHASE_FIRING || span->from_ms < preview->from_ms) {
            continue;
        }
        struct notify_alert *slot = growing_push(told);
        if (slot != NULL) {
            *slot = (struct notify_alert){
                .fingerprint = each->fingerprint,
                .labels = pairs,
                .label_count = each->labels.count,
                .starts_ns = wall_ns(preview, span->from_ms),
                .fired_ns = wall_ns(preview, span->from_ms),
                .ends_ns = span->to_ms == INT64_MAX ? 0 : wall_ns(preview, span->to_ms)};
        }
    }
}

static void write_messages(struct alert_preview *preview, struct json_write *writer)
{
    const struct alert_preview_options *options = preview->options;
    struct growing told = growing_of(&preview->found, sizeof(struct notify_alert));
    json_write_key(writer, SLICE("messages"));
    if (options->rehearse == NULL) {
        json_write_null(writer);
        return;
    }
    for (size_t i = 0; i < preview->asked_count; i++) {
        const struct alert_past *past = &preview->asked[i].past;
        const struct alert_past_alert *alerts = past->alerts.items;
        for (size_t a = 0; a < past->alerts.count; a++) {
            add_told(preview, &alerts[a], &told, &preview->found);
        }
    }
    options->rehearse(options->context, writer, told.items, told.count);
}

void alert_preview_json(struct alert_preview *preview, struct json_write *writer)
{
    json_write_object_begin(writer);
    json_write_member_u64_text(writer, SLICE("from"), wall_ns(preview, preview->from_ms));
    json_write_member_u64_text(writer, SLICE("to"), wall_ns(preview, preview->to_ms));
    json_write_member_array(writer, SLICE("rules"));
    for (size_t i = 0; i < preview->asked_count; i++) {
        write_rule(preview, writer, &preview->asked[i]);
    }
    json_write_array_end(writer);
    write_reads(preview, writer);
    write_partial(preview, writer);
    write_messages(preview, writer);
    alert_rule_json_seconds(writer, SLICE("warm_s"), preview->warm_ms);
    json_write_member_u64(writer, SLICE("took_ms"),
                          (preview->options->monotonic_ns() - preview->began_ns) / MS_NS);
    json_write_object_end(writer);
}
