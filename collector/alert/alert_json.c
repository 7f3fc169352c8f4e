/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_json.h"

#include "alert/alert_rule_json.h"
#include "alert/alert_text.h"

#include "base/ensure.h"
#include "base/number.h"
#include "base/uuid.h"

#include <stdlib.h>
#include <string.h>

#define S_MS  INT64_C(1000)
#define MS_NS UINT64_C(1000000)

/* What the API calls the state of an alert: to resolve is still to fire. */
static struct slice state_name(enum rule_phase phase)
{
    switch (phase) {
    case RULE_PHASE_OK:
        return SLICE("resolved");
    case RULE_PHASE_PENDING:
        return SLICE("pending");
    case RULE_PHASE_FIRING:
    case RULE_PHASE_RESOLVING:
        return SLICE("firing");
    case RULE_PHASE_NO_DATA:
        return SLICE("no_data");
    }
    ENSURE(false);
    return SLICE_EMPTY;
}

/* The place of a state in the list. */
static int state_rank(enum rule_phase phase)
{
    switch (phase) {
    case RULE_PHASE_FIRING:
    case RULE_PHASE_RESOLVING:
        return 0;
    case RULE_PHASE_PENDING:
        return 1;
    case RULE_PHASE_NO_DATA:
        return 2;
    case RULE_PHASE_OK:
        return 3;
    }
    ENSURE(false);
    return 3;
}

/* An instant of an evaluation as one of the clock on the wall, or null where there is none. */
static void write_instant(struct json_write *writer, struct slice key, bool known, int64_t time_ms,
                          uint64_t delay_ns)
{
    if (known) {
        json_write_member_u64_text(writer, key, (uint64_t)time_ms * MS_NS + delay_ns);
    } else {
        json_write_member_null(writer, key);
    }
}

static void write_number(struct json_write *writer, struct slice key, bool known, double value)
{
    if (known) {
        json_write_key(writer, key);
        json_write_double(writer, value, JSON_NONFINITE_NULL);
    } else {
        json_write_member_null(writer, key);
    }
}

static void write_unit(struct json_write *writer, struct slice key, struct slice unit)
{
    if (unit.size > 0) {
        json_write_member_string(writer, key, unit);
    } else {
        json_write_member_null(writer, key);
    }
}

static void write_texts(struct json_write *writer, struct slice key, const struct label_set *set)
{
    json_write_member_object(writer, key);
    for (size_t i = 0; i < set->count; i++) {
        json_write_member_string(writer, set->items[i].name, set->items[i].value);
    }
    json_write_object_end(writer);
}

static void write_examples(struct json_write *writer, const struct rule_alert *alert)
{
    json_write_member_array(writer, SLICE("examples"));
    for (size_t i = 0; i < alert->example_count; i++) {
        const struct rule_example *example = &alert->examples[i];
        struct uuid uuid;
        char request_id[UUID_TEXT_SIZE + 1];
        memcpy(uuid.bytes, example->request_id, sizeof(uuid.bytes));
        uuid_format(&uuid, request_id);
        json_write_object_begin(writer);
        json_write_key(writer, SLICE("transaction"));
        json_write_hex(writer, slice_of(example->trace_id, sizeof(example->trace_id)));
        json_write_key(writer, SLICE("trace_id"));
        json_write_hex(writer, slice_of(example->trace_id, sizeof(example->trace_id)));
        json_write_member_string(writer, SLICE("request_id"), slice_from(request_id));
        json_write_object_end(writer);
    }
    json_write_array_end(writer);
}

/* ---- Alerts. ---- */

/* An alert in the list. */
struct listed {
    const struct alert_set_rule *rule;
    const struct rule_alert *alert;
};

static int64_t latest_ms(const struct rule_watch *watch)
{
    return watch->phase == RULE_PHASE_OK ? watch->resolved_ms : watch->active_ms;
}

static int by_place(const void *one, const void *other)
{
    const struct listed *left = one, *right = other;
    const struct rule_watch *a = &left->alert->watch, *b = &right->alert->watch;
    int rank = state_rank(a->phase) - state_rank(b->phase);
    if (rank != 0) {
        return rank;
    }
    if (latest_ms(a) != latest_ms(b)) {
        return latest_ms(a) > latest_ms(b) ? -1 : 1;
    }
    return left->alert->fingerprint < right->alert->fingerprint ? -1 : 1;
}

/* Whether an alert is worth a line: what is only watched for its data is none. */
static bool is_shown(const struct rule_alert *alert)
{
    return alert->watch.phase != RULE_PHASE_OK || alert->watch.resolved_ms > 0;
}

/* How many samples there were: what the rule says in the annotation of this name. */
static void write_samples(struct json_write *writer, const struct label_set *annotations)
{
    struct slice text = labels_value(annotations, SLICE("samples"));
    double samples = 0;
    bool known = number_parse_double(text, &samples) == NUMBER_OK;
    write_number(writer, SLICE("samples"), known, samples);
}

static void write_alert(struct json_write *writer, const struct listed *listed, uint64_t delay_ns,
                        const struct alert_json_told *told, struct arena *arena)
{
    const struct alert_set_rule *rule = listed->rule;
    const struct rule_alert *alert = listed->alert;
    const struct rule_watch *watch = &alert->watch;
    bool pending = watch->phase == RULE_PHASE_PENDING;
    bool fired = !pending && watch->fired_ms > 0;
    size_t mark = arena_mark(arena);
    struct label_set annotations = alert_text_annotations(rule, alert, arena);
    json_write_object_begin(writer);
    json_write_key(writer, SLICE("fingerprint"));
    json_write_printf(writer, "%016llx", (unsigned long long)alert->fingerprint);
    json_write_member_string(writer, SLICE("rule"), rule->rule->name);
    json_write_member_string(writer, SLICE("group"), rule->group->name);
    json_write_member_string(writer, SLICE("state"), state_name(watch->phase));
    json_write_member_bool(writer, SLICE("resolving"), watch->phase == RULE_PHASE_RESOLVING);
    write_texts(writer, SLICE("labels"), &alert->labels);
    write_texts(writer, SLICE("annotations"), &annotations);
    write_number(writer, SLICE("value"), true, alert->value);
    write_number(writer, SLICE("threshold"), rule->facts.has_threshold, rule->facts.threshold);
    write_unit(writer, SLICE("unit"), rule->facts.unit);
    write_number(writer, SLICE("window_s"), rule->facts.window_ms > 0,
                 (double)rule->facts.window_ms / (double)S_MS);
    write_samples(writer, &annotations);
    write_instant(writer, SLICE("since"), true, watch->active_ms, delay_ns);
    write_instant(writer, SLICE("fired_at"), fired, watch->fired_ms, delay_ns);
    write_instant(writer, SLICE("resolved_at"), fired && watch->resolved_ms > 0, watch->resolved_ms,
                  delay_ns);
    write_examples(writer, alert);
    told->write(told->context, writer, alert->fingerprint);
    json_write_object_end(writer);
    arena_rewind(arena, mark);
}

void alert_json_alerts(struct json_write *writer, const struct alert_run_sight *sight,
                       const struct alert_json_told *told, struct arena *arena)
{
    size_t count = 0;
    for (size_t i = 0; i < sight->set->rule_count; i++) {
        count += sight->set->rules[i].state.alert_count;
    }
    struct listed *list = arena_alloc_array(arena, count + 1, sizeof(*list));
    count = 0;
    for (size_t i = 0; list != NULL && i < sight->set->rule_count; i++) {
        const struct rule_state *state = &sight->set->rules[i].state;
        for (size_t a = 0; a < state->alert_count; a++) {
            if (is_shown(&state->alerts[a])) {
                list[count++] = (struct listed){&sight->set->rules[i], &state->alerts[a]};
            }
        }
    }
    if (count > 1) {
        qsort(list, count, sizeof(*list), by_place);
    }
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("alerts"));
    for (size_t i = 0; i < count; i++) {
        write_alert(writer, &list[i], sight->delay_ns, told, arena);
    }
    json_write_array_end(writer);
    write_instant(writer, SLICE("evaluated_at"), sight->evaluated_ns > 0,
                  (int64_t)(sight->evaluated_ns / MS_NS), sight->evaluated_ns % MS_NS);
    json_write_object_end(writer);
}

/* ---- Rules. ---- */

static struct slice rule_state_name(const struct rule_state *state)
{
    enum rule_phase phase = rule_state_phase(state);
    return state->error[0] != '\0'       ? SLICE("error")
           : phase == RULE_PHASE_OK      ? SLICE("ok")
           : phase == RULE_PHASE_NO_DATA ? SLICE("no_data")
           : phase == RULE_PHASE_PENDING ? SLICE("pending")
                                         : SLICE("firing");
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

static void write_rule(struct json_write *writer, const struct alert_set_rule *each,
                       struct slice file, uint64_t delay_ns)
{
    const struct rule *rule = each->rule;
    const struct rule_state *state = &each->state;
    json_write_object_begin(writer);
    alert_rule_json(writer, rule, each->group->name, file);
    write_number(writer, SLICE("threshold"), each->facts.has_threshold, each->facts.threshold);
    write_number(writer, SLICE("clear"), each->facts.has_clear, each->facts.clear);
    write_number(writer, SLICE("window_s"), each->facts.window_ms > 0,
                 (double)each->facts.window_ms / (double)S_MS);
    write_number(writer, SLICE("minimum"), each->facts.has_minimum, each->facts.minimum);
    write_unit(writer, SLICE("unit"), each->facts.unit);
    write_unit(writer, SLICE("minimum_unit"), each->facts.minimum_unit);
    write_pairs(writer, SLICE("labels"), rule->labels, rule->label_count);
    write_pairs(writer, SLICE("annotations"), rule->annotations, rule->annotation_count);
    json_write_member_string(writer, SLICE("state"), rule_state_name(state));
    json_write_member_u64(writer, SLICE("series"), state->sample_count);
    json_write_member_u64(writer, SLICE("took_us"), state->took_ns / 1000);
    write_instant(writer, SLICE("last_evaluation"), state->evaluated_ms > 0, state->evaluated_ms,
                  delay_ns);
    json_write_key(writer, SLICE("last_error"));
    if (state->error[0] == '\0') {
        json_write_null(writer);
    } else {
        json_write_string(writer, slice_from(state->error));
    }
    json_write_object_end(writer);
}

/* Alerts first, then what is recorded for them. */
static void write_rules(struct json_write *writer, const struct alert_run_sight *sight,
                        enum rule_kind kind)
{
    for (size_t i = 0; i < sight->set->group_count; i++) {
        const struct alert_set_group *group = &sight->set->groups[i];
        for (size_t r = group->first; r < group->first + group->count; r++) {
            if (sight->set->rules[r].rule->kind == kind) {
                write_rule(writer, &sight->set->rules[r], group->file, sight->delay_ns);
            }
        }
    }
}

void alert_json_rules(struct json_write *writer, const struct alert_run_sight *sight)
{
    json_write_object_begin(writer);
    json_write_member_array(writer, SLICE("rules"));
    write_rules(writer, sight, RULE_ALERT);
    write_rules(writer, sight, RULE_RECORD);
    json_write_array_end(writer);
    json_write_member_u64_text(writer, SLICE("loaded_at"), sight->loaded_ns);
    json_write_key(writer, SLICE("load_error"));
    if (sight->load_error.size == 0) {
        json_write_null(writer);
    } else {
        json_write_string(writer, sight->load_error);
    }
    json_write_member_u64(writer, SLICE("took_us"), sight->took_ns / 1000);
    json_write_object_end(writer);
}
