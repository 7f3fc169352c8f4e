/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rule_eval.h"

#include "rules/template_expand.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One evaluation under way. */
struct evaluation {
    struct rule_state *state;
    const struct rule *rule;
    const struct rule_group *group;
    const struct rule_world *world;
    uint32_t owner;
    int64_t time_ms;
};

/* What is known of a result's sample before the state is touched. */
struct candidate {
    struct label_set labels, annotations;
    uint64_t labels_hash, source_hash;
    double value;
};

static bool fail(struct evaluation *evaluation, const char *format, ...) THAW_PRINTF(2, 3);

static bool fail(struct evaluation *evaluation, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(evaluation->state->error, sizeof(evaluation->state->error), format, arguments);
    va_end(arguments);
    return false;
}

/* ---- Samples. ---- */

struct answer {
    const struct series *series;
    size_t count;
};

static enum status run_query(const struct rule_world *world, const struct series_source *source,
                             const struct promql_query *query, int64_t time_ms,
                             struct promql_value *value, struct promql_error *error)
{
    const struct promql_run run = {.source = source,
                                   .arena = world->arena,
                                   .patience = world->patience,
                                   .samples_max = world->samples_max,
                                   .series_max = world->series_max,
                                   .key = world->key};
    return promql_instant(query, &run, time_ms, value, error);
}

/* A value as a vector: a scalar is one sample without labels. */
static enum status as_vector(const struct promql_value *value, struct arena *arena,
                             struct answer *answer)
{
    *answer = (struct answer){value->series, value->series_count};
    if (value->type == PROMQL_VECTOR) {
        return STATUS_OK;
    }
    if (value->type != PROMQL_SCALAR) {
        return STATUS_BAD;
    }
    struct series *series = arena_alloc_array(arena, 1, sizeof(*series));
    struct sample *sample = arena_alloc_array(arena, 1, sizeof(*sample));
    if (series == NULL || sample == NULL) {
        return STATUS_FULL;
    }
    *sample = (struct sample){value->time_ms, value->scalar};
    *series = (struct series){.samples = sample, .sample_count = 1};
    *answer = (struct answer){series, 1};
    return STATUS_OK;
}

static bool ask(struct evaluation *evaluation, const struct promql_query *query,
                struct answer *answer)
{
    struct promql_value value;
    struct promql_error error;
    const struct rule_world *world = evaluation->world;
    enum status status =
        world->answer != NULL
            ? world->answer(world->answer_context, query, evaluation->time_ms, &value, &error)
            : run_query(world, world->source, query, evaluation->time_ms, &value, &error);
    if (status != STATUS_OK) {
        return fail(evaluation, "%s", error.message);
    }
    if (as_vector(&value, evaluation->world->arena, answer) != STATUS_OK) {
        return fail(evaluation, "rule result is not a vector or scalar");
    }
    return true;
}

/* The query of a template. */
static enum status ask_for_text(void *context, struct slice text, struct arena *arena,
                                const struct series **series, size_t *count, struct slice *message)
{
    const struct evaluation *evaluation = context;
    const struct rule_world *world = evaluation->world;
    const struct promql_query *query = NULL;
    struct promql_value value;
    struct promql_error error;
    struct answer answer;
    enum status status = promql_parse(text, arena, &query, &error);
    if (status == STATUS_OK) {
        status = run_query(world, world->text_source != NULL ? world->text_source : world->source,
                           query, evaluation->time_ms, &value, &error);
    }
    if (status != STATUS_OK) {
        *message = arena_dup(arena, slice_from(error.message));
        return STATUS_BAD;
    }
    if (as_vector(&value, arena, &answer) != STATUS_OK) {
        *message = SLICE("rule result is not a vector or scalar");
        return STATUS_BAD;
    }
    *series = answer.series;
    *count = answer.count;
    return STATUS_OK;
}

/* Names of labels may stand before __name__: those that begin with capital letters do. */
static struct label_set without_name(const struct label_set *labels, struct label *items)
{
    size_t count = 0;
    for (size_t i = 0; i < labels->count; i++) {
        if (!slice_equal(labels->items[i].name, LABEL_NAME)) {
            items[count++] = labels->items[i];
        }
    }
    return (struct label_set){items, count};
}

uint64_t rule_eval_source(const struct label_set *labels, struct arena *arena)
{
    if (labels_value(labels, LABEL_NAME).size == 0) {
        return rule_labels_hash(labels);
    }
    struct label *items = arena_alloc_array(arena, labels->count, sizeof(*items));
    if (items == NULL) {
        return 0;
    }
    const struct label_set rest = without_name(labels, items);
    return rule_labels_hash(&rest);
}

static uint64_t source_of(const struct evaluation *evaluation, const struct label_set *labels)
{
    return rule_eval_source(labels, evaluation->world->arena);
}

/* ---- Texts. ---- */

static struct template_data data_of(struct evaluation *evaluation, const struct label_set *labels,
                                    double value)
{
    return (struct template_data){.labels = labels,
                                  .value = value,
                                  .external_labels = &evaluation->world->external_labels,
                                  .external_url = evaluation->world->external_url,
                                  .query = ask_for_text,
                                  .context = evaluation};
}

/* Labels and annotations of the alert that a sample makes. */
static bool describe(struct evaluation *evaluation, const struct series *series, double value,
                     struct candidate *candidate)
{
    const struct rule *rule = evaluation->rule;
    struct arena *arena = evaluation->world->arena;
    struct template_data data = data_of(evaluation, &series->labels, value);
    struct label *labels =
        arena_alloc_array(arena, series->labels.count + rule->label_count + 1, sizeof(*labels));
    size_t annotation_count = evaluation->world->bare ? 0 : rule->annotation_count;
    struct label *annotations =
        arena_alloc_array(arena, annotation_count + 1, sizeof(*annotations));
    if (labels == NULL || annotations == NULL) {
        return fail(evaluation, "out of memory");
    }
    size_t count = without_name(&series->labels, labels).count;
    for (size_t i = 0; i < rule->label_count; i++) {
        labels[count++] = (struct label){rule->labels[i].name,
                                         template_expand(rule->labels[i].value, &data, arena)};
    }
    labels[count++] = (struct label){SLICE("alertname"), rule->name};
    for (size_t i = 0; i < annotation_count; i++) {
        annotations[i] = (struct label){rule->annotations[i].name,
                                        template_expand(rule->annotations[i].value, &data, arena)};
    }
    candidate->labels = (struct label_set){labels, labels_normalise(labels, count)};
    candidate->annotations =
        (struct label_set){annotations, labels_normalise(annotations, annotation_count)};
    candidate->labels_hash = rule_labels_hash(&candidate->labels);
    candidate->source_hash = source_of(evaluation, &series->labels);
    candidate->value = value;
    return true;
}

/* ---- Which series. ---- */

static int by_number(const void *one, const void *other)
{
    uint64_t left = *(const uint64_t *)one, right = *(const uint64_t *)other;
    return left < right ? -1 : left > right;
}

/* The hashes of an answer's series, sorted. */
struct sources {
    uint64_t *items;
    size_t count;
};

static bool take_sources(struct evaluation *evaluation, const struct promql_query *query,
                         struct sources *sources)
{
    struct answer answer;
    if (!ask(evaluation, query, &answer)) {
        return false;
    }
    sources->items =
        arena_alloc_array(evaluation->world->arena, answer.count + 1, sizeof(*sources->items));
    sources->count = answer.count;
    if (sources->items == NULL) {
        return fail(evaluation, "out of memory");
    }
    for (size_t i = 0; i < answer.count; i++) {
        sources->items[i] = source_of(evaluation, &answer.series[i].labels);
    }
    qsort(sources->items, sources->count, sizeof(*sources->items), by_number);
    return true;
}

static bool has_source(const struct sources *sources, uint64_t source)
{
    return sources->count > 0 &&
           bsearch(&source, sources->items, sources->count, sizeof(source), by_number) != NULL;
}

/* ---- Candidates. ---- */

struct candidates {
    struct candidate *items;
    size_t count;
};

static int by_hash(const void *one, const void *other)
{
    const struct candidate *left = one, *right = other;
    return left->labels_hash < right->labels_hash ? -1 : left->labels_hash > right->labels_hash;
}

/* What the expression finds, as alerts; none if two of them would be the same. */
static bool find_candidates(struct evaluation *evaluation, struct candidates *candidates)
{
    struct answer answer;
    struct sources guarded = {.count = 0};
    const struct rule *rule = evaluation->rule;
    if (!ask(evaluation, rule->query, &answer) ||
        (rule->guard != NULL && answer.count > 0 &&
         !take_sources(evaluation, rule->guard, &guarded))) {
        return false;
    }
    candidates->count = 0;
    candidates->items =
        arena_alloc_array(evaluation->world->arena, answer.count + 1, sizeof(*candidates->items));
    if (candidates->items == NULL) {
        return fail(evaluation, "out of memory");
    }
    for (size_t i = 0; i < answer.count; i++) {
        const struct series *series = &answer.series[i];
        if (rule->guard != NULL && !has_source(&guarded, source_of(evaluation, &series->labels))) {
            continue;
        }
        double value = series->sample_count > 0 ? series->samples[0].value : 0;
        if (!describe(evaluation, series, value, &candidates->items[candidates->count])) {
            return false;
        }
        candidates->count++;
    }
    qsort(candidates->items, candidates->count, sizeof(*candidates->items), by_hash);
    for (size_t i = 1; i < candidates->count; i++) {
        if (candidates->items[i - 1].labels_hash == candidates->items[i].labels_hash) {
            return fail(evaluation, "vector contains metrics with the same labelset after "
                                    "applying alert labels");
        }
    }
    return true;
}

/* ---- Alerts. ---- */

static struct rule_alert *take_alert(struct evaluation *evaluation,
                                     const struct candidate *candidate, enum rule_finding before)
{
    struct rule_state *state = evaluation->state;
    struct rule_alert *alert = rule_state_find(state, candidate->labels_hash, &candidate->labels);
    if (alert == NULL) {
        alert = rule_state_add(state, candidate->labels_hash, &candidate->labels);
        if (alert != NULL) {
            alert->watch.findings = rule_findings_all(before);
        }
    }
    if (alert != NULL) {
        alert->source_hash = candidate->source_hash;
    }
    return alert;
}

static bool take_breaches(struct evaluation *evaluation, const struct candidates *candidates)
{
    enum rule_finding before = evaluation->rule->data != NULL ? RULE_MISSING : RULE_FINE;
    size_t alerts_max = evaluation->world->alerts_max;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->items[i];
        struct rule_alert *alert = NULL;
        if (alerts_max == 0 || evaluation->state->alert_count < alerts_max ||
            rule_state_find(evaluation->state, candidate->labels_hash, &candidate->labels)) {
            alert = take_alert(evaluation, candidate, before);
        }
        if (alert == NULL ||
            !rule_alert_describe(alert, &candidate->labels, &candidate->annotations)) {
            return fail(evaluation, "there are more alerts than are kept");
        }
        alert->value = candidate->value;
        alert->data_ms = evaluation->time_ms;
        alert->found = true;
        rule_findings_add(&alert->watch.findings, RULE_BREACH);
    }
    return true;
}

/* Series that have data and are fine; those that are new are watched from now on. */
static bool take_data(struct evaluation *evaluation)
{
    struct answer answer;
    if (evaluation->rule->data == NULL) {
        return true;
    }
    if (!ask(evaluation, evaluation->rule->data, &answer)) {
        return false;
    }
    for (size_t i = 0; i < answer.count; i++) {
        struct candidate candidate;
        const struct series *series = &answer.series[i];
        double value = series->sample_count > 0 ? series->samples[0].value : 0;
        if (!describe(evaluation, series, value, &candidate)) {
            return false;
        }
        struct rule_alert *alert = take_alert(evaluation, &candidate, RULE_MISSING);
        if (alert == NULL || alert->found) {
            continue;
        }
        if (alert->annotations.count == 0 &&
            !rule_alert_describe(alert, &candidate.labels, &candidate.annotations)) {
            return fail(evaluation, "out of memory");
        }
        alert->value = value;
        alert->data_ms = evaluation->time_ms;
        alert->found = true;
        rule_findings_add(&alert->watch.findings, RULE_FINE);
    }
    return true;
}

/* Series of whom nothing was found. */
static void take_rest(struct evaluation *evaluation)
{
    enum rule_finding rest = evaluation->rule->data != NULL ? RULE_MISSING : RULE_FINE;
    for (size_t i = 0; i < evaluation->state->alert_count; i++) {
        struct rule_alert *alert = &evaluation->state->alerts[i];
        if (!alert->found) {
            rule_findings_add(&alert->watch.findings, rest);
        }
    }
}

/* Whether an alert may go: it is ok, nothing speaks against it, and nobody looks at it any more. */
static bool is_over(const struct evaluation *evaluation, const struct rule_alert *alert)
{
    int64_t keep_ms = evaluation->world->keep_resolved_ms;
    const struct rule_watch *watch = &alert->watch;
    if (rule_phase_active(watch->phase) ||
        rule_findings_breach(&watch->findings, evaluation->rule->points)) {
        return false;
    }
    if (evaluation->rule->data != NULL &&
        (alert->found || evaluation->time_ms - alert->data_ms < keep_ms)) {
        return false;
    }
    int64_t last_ms = watch->resolved_ms > watch->fired_ms ? watch->resolved_ms : watch->fired_ms;
    int64_t wait_ms =
        evaluation->rule->cooldown_ms > keep_ms ? evaluation->rule->cooldown_ms : keep_ms;
    return last_ms == 0 || evaluation->time_ms - last_ms >= wait_ms;
}

/* ---- What is written. ---- */

static void write_sample(struct evaluation *evaluation, const struct rule_alert *alert,
                         struct slice name, struct slice state, double value)
{
    struct label *items =
        arena_alloc_array(evaluation->world->arena, alert->labels.count + 2, sizeof(*items));
    if (items == NULL) {
        return;
    }
    size_t count = alert->labels.count;
    memcpy(items, alert->labels.items, count * sizeof(*items));
    items[count++] = (struct label){LABEL_NAME, name};
    if (state.size > 0) {
        items[count++] = (struct label){SLICE("alertstate"), state};
    }
    const struct label_set labels = {items, labels_normalise(items, count)};
    /* Where there is no room the history has a gap; the alert itself is told all the same. */
    (void)!rules_samples_put(evaluation->world->samples, evaluation->owner, &labels,
                             evaluation->time_ms, value);
}

static void write_alert(struct evaluation *evaluation, const struct rule_alert *alert)
{
    if (evaluation->world->samples == NULL || !rule_phase_active(alert->watch.phase)) {
        return;
    }
    bool pending = alert->watch.phase == RULE_PHASE_PENDING;
    write_sample(evaluation, alert, SLICE("ALERTS"), pending ? SLICE("pending") : SLICE("firing"),
                 1);
    write_sample(evaluation, alert, SLICE("ALERTS_FOR_STATE"), SLICE_EMPTY,
                 (double)(alert->watch.active_ms / 1000));
}

/* ---- Steps. ---- */

static bool any_may_end(const struct rule_state *state)
{
    for (size_t i = 0; i < state->alert_count; i++) {
        if (!state->alerts[i].found && rule_phase_firing(state->alerts[i].watch.phase)) {
            return true;
        }
    }
    return false;
}

/* Let every alert take its step.  The answer is how many are active. */
static size_t take_steps(struct evaluation *evaluation, const struct sources *clear)
{
    const struct rule *rule = evaluation->rule;
    const struct rule_world *world = evaluation->world;
    struct rule_state *state = evaluation->state;
    const struct rule_terms terms = {.for_ms = rule->for_ms,
                                     .keep_firing_for_ms = rule->keep_firing_for_ms,
                                     .cooldown_ms = rule->cooldown_ms,
                                     .gap_ms = world->gap_ms,
                                     .flap_ms = world->flap_ms,
                                     .flap_keep_ms = world->flap_keep_ms};
    size_t active = 0;
    for (size_t i = state->alert_count; i-- > 0;) {
        struct rule_alert *alert = &state->alerts[i];
        bool over = is_over(evaluation, alert);
        enum rule_verdict verdict =
            rule_step_judge(&alert->watch.findings, rule->alarms, rule->points, rule->no_data);
        bool is_clear = rule->clear == NULL || has_source(clear, alert->source_hash);
        enum rule_change change =
            rule_step(&alert->watch, &terms, evaluation->time_ms, verdict, is_clear);
        if (change != RULE_SAME && world->changed != NULL) {
            world->changed(world->context, rule, alert, change);
        }
        active += rule_phase_active(alert->watch.phase);
        write_alert(evaluation, alert);
        if (over && !rule_phase_active(alert->watch.phase) && change == RULE_SAME) {
            rule_state_remove(state, i);
        }
    }
    return active;
}

static bool evaluate_alert(struct evaluation *evaluation)
{
    struct candidates candidates;
    struct sources clear = {.count = 0};
    struct rule_state *state = evaluation->state;
    for (size_t i = 0; i < state->alert_count; i++) {
        state->alerts[i].found = false;
    }
    if (!find_candidates(evaluation, &candidates) || !take_breaches(evaluation, &candidates) ||
        !take_data(evaluation) ||
        (evaluation->rule->clear != NULL && any_may_end(state) &&
         !take_sources(evaluation, evaluation->rule->clear, &clear))) {
        return false;
    }
    take_rest(evaluation);
    state->sample_count = candidates.count;
    size_t active = take_steps(evaluation, &clear);
    if (evaluation->group->limit > 0 && active > (size_t)evaluation->group->limit) {
        while (state->alert_count > 0) {
            rule_state_remove(state, state->alert_count - 1);
        }
        return fail(evaluation, "exceeded limit of %lld with %zu alerts",
                    (long long)evaluation->group->limit, active);
    }
    return true;
}

/* ---- Recording. ---- */

static bool record_one(struct evaluation *evaluation, const struct series *series,
                       struct label_set *labels)
{
    const struct rule *rule = evaluation->rule;
    struct label *items = arena_alloc_array(
        evaluation->world->arena, series->labels.count + rule->label_count + 1, sizeof(*items));
    if (items == NULL) {
        return fail(evaluation, "out of memory");
    }
    size_t count = without_name(&series->labels, items).count;
    for (size_t i = 0; i < rule->label_count; i++) {
        items[count++] = (struct label){rule->labels[i].name, rule->labels[i].value};
    }
    items[count++] = (struct label){LABEL_NAME, rule->name};
    *labels = (struct label_set){items, labels_normalise(items, count)};
    return true;
}

static int by_labels(const void *one, const void *other)
{
    return labels_compare(one, other);
}

static bool evaluate_record(struct evaluation *evaluation)
{
    struct answer answer;
    if (!ask(evaluation, evaluation->rule->query, &answer)) {
        return false;
    }
    struct arena *arena = evaluation->world->arena;
    struct label_set *sets = arena_alloc_array(arena, answer.count + 1, sizeof(*sets));
    struct label_set *sorted = arena_alloc_array(arena, answer.count + 1, sizeof(*sorted));
    if (sets == NULL || sorted == NULL) {
        return fail(evaluation, "out of memory");
    }
    for (size_t i = 0; i < answer.count; i++) {
        if (answer.series[i].sample_count == 0) {
            return fail(evaluation, "a histogram cannot be recorded: take a function of it");
        }
        if (!record_one(evaluation, &answer.series[i], &sets[i])) {
            return false;
        }
        sorted[i] = sets[i];
    }
    qsort(sorted, answer.count, sizeof(*sorted), by_labels);
    for (size_t i = 1; i < answer.count; i++) {
        if (labels_equal(&sorted[i - 1], &sorted[i])) {
            return fail(evaluation, "vector contains metrics with the same labelset after "
                                    "applying rule labels");
        }
    }
    if (evaluation->group->limit > 0 && answer.count > (size_t)evaluation->group->limit) {
        return fail(evaluation, "exceeded limit of %lld with %zu series",
                    (long long)evaluation->group->limit, answer.count);
    }
    evaluation->state->sample_count = answer.count;
    for (size_t i = 0; i < answer.count && evaluation->world->samples != NULL; i++) {
        enum status status =
            rules_samples_put(evaluation->world->samples, evaluation->owner, &sets[i],
                              evaluation->time_ms, answer.series[i].samples[0].value);
        if (status == STATUS_FULL) {
            return fail(evaluation, "there are more recorded series than are kept");
        }
    }
    return true;
}

void rule_evaluate(struct rule_state *state, const struct rule *rule,
                   const struct rule_group *group, uint32_t owner, const struct rule_world *world,
                   int64_t time_ms)
{
    struct evaluation evaluation = {.state = state,
                                    .rule = rule,
                                    .group = group,
                                    .world = world,
                                    .owner = owner,
                                    .time_ms = time_ms};
    state->error[0] = '\0';
    bool right =
        rule->kind == RULE_ALERT ? evaluate_alert(&evaluation) : evaluate_record(&evaluation);
    if (right && world->samples != NULL) {
        rules_samples_end(world->samples, owner, time_ms);
    }
    state->evaluated_ms = time_ms;
    arena_reset(world->arena);
}
