/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_prometheus.h"

#include "base/timestamp.h"

#define SECOND_MS 1e3
#define SECOND_NS 1e9
#define MS_NS     UINT64_C(1000000)

static void write_time(struct json_write *writer, struct slice key, int64_t time_ms)
{
    char text[TIMESTAMP_TEXT_SIZE];
    size_t size = timestamp_format(time_ms > 0 ? (uint64_t)time_ms * MS_NS : 0, 9, text);
    json_write_member_string(writer, key, slice_of(text, size));
}

static void write_seconds(struct json_write *writer, struct slice key, double seconds)
{
    json_write_key(writer, key);
    json_write_double(writer, seconds, JSON_NONFINITE_NULL);
}

static void write_set(struct json_write *writer, struct slice key, const struct label_set *set)
{
    json_write_member_object(writer, key);
    for (size_t i = 0; i < set->count; i++) {
        json_write_member_string(writer, set->items[i].name, set->items[i].value);
    }
    json_write_object_end(writer);
}

static void write_pairs(struct json_write *writer, struct slice key, const struct rule_pair *pairs,
                        size_t count)
{
    json_write_member_object(writer, key);
    for (size_t i = 0; i < count; i++) {
        json_write_member_string(writer, pairs[i].name, pairs[i].value);
    }
    json_write_object_end(writer);
}

static void write_alert(struct json_write *writer, const struct rule_alert *alert)
{
    bool pending = alert->watch.phase == RULE_PHASE_PENDING;
    json_write_object_begin(writer);
    write_set(writer, SLICE("labels"), &alert->labels);
    write_set(writer, SLICE("annotations"), &alert->annotations);
    json_write_member_string(writer, SLICE("state"), pending ? SLICE("pending") : SLICE("firing"));
    write_time(writer, SLICE("activeAt"), alert->watch.active_ms);
    json_write_key(writer, SLICE("value"));
    json_write_printf(writer, "%e", alert->value);
    json_write_object_end(writer);
}

static void write_active(struct json_write *writer, const struct rule_state *state)
{
    for (size_t i = 0; i < state->alert_count; i++) {
        if (rule_phase_active(state->alerts[i].watch.phase)) {
            write_alert(writer, &state->alerts[i]);
        }
    }
}

void alert_prometheus_alerts(struct json_write *writer, const struct alert_run_sight *sight)
{
    for (size_t i = 0; i < sight->set->rule_count; i++) {
        write_active(writer, &sight->set->rules[i].state);
    }
}

static struct slice state_name(const struct rule_state *state)
{
    enum rule_phase phase = rule_state_phase(state);
    return rule_phase_firing(phase)      ? SLICE("firing")
           : phase == RULE_PHASE_PENDING ? SLICE("pending")
                                         : SLICE("inactive");
}

/* What every rule ends with. */
static void write_health(struct json_write *writer, const struct rule_state *state)
{
    bool wrong = state->error[0] != '\0';
    if (wrong) {
        json_write_member_string(writer, SLICE("lastError"), slice_from(state->error));
    }
    json_write_member_string(writer, SLICE("health"),
                             wrong                     ? SLICE("err")
                             : state->evaluated_ms > 0 ? SLICE("ok")
                                                       : SLICE("unknown"));
    write_seconds(writer, SLICE("evaluationTime"), (double)state->took_ns / SECOND_NS);
    write_time(writer, SLICE("lastEvaluation"), state->evaluated_ms);
}

static void write_alerting(struct json_write *writer, const struct alert_set_rule *each)
{
    const struct rule *rule = each->rule;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("state"), state_name(&each->state));
    json_write_member_string(writer, SLICE("name"), rule->name);
    json_write_member_string(writer, SLICE("query"), slice_trim(rule->expression));
    write_seconds(writer, SLICE("duration"), (double)rule->for_ms / SECOND_MS);
    write_seconds(writer, SLICE("keepFiringFor"), (double)rule->keep_firing_for_ms / SECOND_MS);
    write_pairs(writer, SLICE("labels"), rule->labels, rule->label_count);
    write_pairs(writer, SLICE("annotations"), rule->annotations, rule->annotation_count);
    json_write_member_array(writer, SLICE("alerts"));
    write_active(writer, &each->state);
    json_write_array_end(writer);
    write_health(writer, &each->state);
    json_write_member_string(writer, SLICE("type"), SLICE("alerting"));
    json_write_object_end(writer);
}

static void write_recording(struct json_write *writer, const struct alert_set_rule *each)
{
    const struct rule *rule = each->rule;
    json_write_object_begin(writer);
    json_write_member_string(writer, SLICE("name"), rule->name);
    json_write_member_string(writer, SLICE("query"), slice_trim(rule->expression));
    if (rule->label_count > 0) {
        write_pairs(writer, SLICE("labels"), rule->labels, rule->label_count);
    }
    write_health(writer, &each->state);
    json_write_member_string(writer, SLICE("type"), SLICE("recording"));
    json_write_object_end(writer);
}

static void write_rules(struct json_write *writer, const struct alert_set *set,
                        const struct alert_set_group *group, enum alert_prometheus_kind kind)
{
    for (size_t i = group->first; i < group->first + group->count; i++) {
        if (set->rules[i].rule->kind == RULE_ALERT && kind != ALERT_PROMETHEUS_RECORD) {
            write_alerting(writer, &set->rules[i]);
        }
        if (set->rules[i].rule->kind == RULE_RECORD && kind != ALERT_PROMETHEUS_ALERT) {
            write_recording(writer, &set->rules[i]);
        }
    }
}

static bool has_kind(const struct alert_set *set, const struct alert_set_group *group,
                     enum alert_prometheus_kind kind)
{
    enum rule_kind wanted = kind == ALERT_PROMETHEUS_ALERT ? RULE_ALERT : RULE_RECORD;
    for (size_t i = group->first; i < group->first + group->count; i++) {
        if (kind == ALERT_PROMETHEUS_ALL || set->rules[i].rule->kind == wanted) {
            return true;
        }
    }
    return kind == ALERT_PROMETHEUS_ALL;
}

void alert_prometheus_groups(struct json_write *writer, const struct alert_run_sight *sight,
                             enum alert_prometheus_kind kind)
{
    for (size_t i = 0; i < sight->set->group_count; i++) {
        const struct alert_set_group *group = &sight->set->groups[i];
        if (!has_kind(sight->set, group, kind)) {
            continue;
        }
        int64_t interval_ms = group->group->interval_ms;
        json_write_object_begin(writer);
        json_write_member_string(writer, SLICE("name"), group->group->name);
        json_write_member_string(writer, SLICE("file"), group->file);
        json_write_member_array(writer, SLICE("rules"));
        write_rules(writer, sight->set, group, kind);
        json_write_array_end(writer);
        write_seconds(writer, SLICE("interval"),
                      interval_ms > 0 ? (double)interval_ms / SECOND_MS
                                      : (double)sight->interval_ns / SECOND_NS);
        json_write_member_i64(writer, SLICE("limit"), group->group->limit);
        write_seconds(writer, SLICE("evaluationTime"), (double)group->took_ns / SECOND_NS);
        write_time(writer, SLICE("lastEvaluation"), group->evaluated_ms);
        json_write_object_end(writer);
    }
}
