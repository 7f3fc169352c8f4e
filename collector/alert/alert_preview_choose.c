/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_preview_private.h"

#include "rules/rules_needed.h"

#include <string.h>

/* ---- Candidates. ---- */

static bool same_pairs(const struct rule *one, const struct rule *other)
{
    bool same = one->label_count == other->label_count;
    for (size_t i = 0; i < one->label_count && same; i++) {
        same = slice_equal(one->labels[i].name, other->labels[i].name) &&
               slice_equal(one->labels[i].value, other->labels[i].value);
    }
    return same;
}

/* Whether the draft has a rule that writes what this one does: then it stands in its place. */
static bool is_replaced(const struct alert_preview *preview, const struct rule *rule)
{
    const struct alert_set *draft = preview->draft;
    for (size_t i = 0; draft != NULL && i < draft->rule_count; i++) {
        const struct rule *other = draft->rules[i].rule;
        if (other->kind == rule->kind && slice_equal(other->name, rule->name) &&
            (rule->kind == RULE_ALERT || same_pairs(other, rule))) {
            return true;
        }
    }
    return false;
}

static void add_candidates(struct alert_preview *preview, const struct alert_set *set)
{
    for (size_t g = 0; set != NULL && g < set->group_count; g++) {
        const struct alert_set_group *group = &set->groups[g];
        for (size_t i = group->first; i < group->first + group->count; i++) {
            if (set == preview->loaded && is_replaced(preview, set->rules[i].rule)) {
                continue;
            }
            preview->candidates[preview->candidate_count] = &set->rules[i];
            preview->groups[preview->candidate_count++] = group;
        }
    }
}

/* Whether a rule is asked for by name, or for want of one. */
static bool is_asked(const struct alert_preview *preview, const struct alert_set *set,
                     const struct alert_set_rule *each, bool records)
{
    const struct alert_preview_options *options = preview->options;
    const struct alert_set *of = preview->draft != NULL ? preview->draft : preview->loaded;
    if (set != of || (options->group.size > 0 && !slice_equal(each->group->name, options->group))) {
        return false;
    }
    return options->rule.size > 0 ? slice_equal(each->rule->name, options->rule)
                                  : records || each->rule->kind == RULE_ALERT;
}

static bool is_of(const struct alert_set *set, const struct alert_set_rule *rule)
{
    return set != NULL && rule >= set->rules && rule < set->rules + set->rule_count;
}

/* Mark what is asked for; how many these are. */
static size_t mark_asked(struct alert_preview *preview, bool records)
{
    size_t count = 0;
    for (size_t i = 0; i < preview->candidate_count; i++) {
        const struct alert_set_rule *each = preview->candidates[i];
        const struct alert_set *set =
            is_of(preview->draft, each) ? preview->draft : preview->loaded;
        preview->marks[i] = is_asked(preview, set, each, records);
        count += preview->marks[i];
    }
    return count;
}

/* ---- Sets. ---- */

static enum status make_sets(struct alert_preview *preview, struct buf *errors)
{
    const struct alert_preview_options *options = preview->options;
    struct buf ours;
    char memory[256];
    enum status status = STATUS_OK;
    if (options->draft.size > 0) {
        const struct alert_set_text text = {
            .name = SLICE("draft"), .text = options->draft, .draft = true};
        status = alert_set_create(&preview->draft, &text, 1, errors);
    }
    if (status == STATUS_OK) {
        /* These were read before. */
        buf_init_fixed(&ours, memory, sizeof(memory));
        status = alert_set_create(&preview->loaded, options->texts, options->text_count, &ours);
        status = status == STATUS_BAD ? STATUS_FULL : status;
    }
    return status;
}

static enum status make_lists(struct alert_preview *preview)
{
    struct arena *arena = &preview->found;
    size_t most = (preview->loaded == NULL ? 0 : preview->loaded->rule_count) +
                  (preview->draft == NULL ? 0 : preview->draft->rule_count) + 1;
    preview->candidates = arena_alloc_array(arena, most, sizeof(*preview->candidates));
    preview->groups = arena_alloc_array(arena, most, sizeof(*preview->groups));
    preview->marks = arena_alloc_array(arena, most, sizeof(*preview->marks));
    if (preview->candidates == NULL || preview->groups == NULL || preview->marks == NULL) {
        return STATUS_FULL;
    }
    add_candidates(preview, preview->loaded);
    add_candidates(preview, preview->draft);
    preview->asked_count = mark_asked(preview, false);
    if (preview->asked_count == 0) {
        preview->asked_count = mark_asked(preview, true);
    }
    return preview->asked_count == 0                             ? STATUS_NOT_FOUND
           : preview->asked_count > ALERT_PREVIEW_RULE_COUNT_MAX ? STATUS_FULL
                                                                 : STATUS_OK;
}

/* ---- The walk. ---- */

/* How often a rule is evaluated: less often where that would be too often. */
static int64_t step_of(const struct alert_preview *preview, const struct rule_group *group)
{
    const struct alert_preview_options *options = preview->options;
    int64_t step_ms = options->step_ms > 0     ? options->step_ms
                      : group->interval_ms > 0 ? group->interval_ms
                                               : options->interval_ms;
    int64_t span_ms = preview->to_ms - preview->from_ms;
    int64_t times = span_ms / step_ms / ALERT_PREVIEW_STEP_COUNT_MAX + 1;
    return step_ms * times;
}

/* What a rule remembers of the time before. */
static int64_t memory_of(const struct rules_past_rule *each)
{
    const struct rule *rule = each->rule;
    int64_t memory_ms = rule->for_ms + rule->keep_firing_for_ms +
                        (int64_t)(rule->points + RULE_POINTS_SPARE) * each->step_ms;
    return rule->cooldown_ms > memory_ms ? rule->cooldown_ms : memory_ms;
}

static void take_asked(struct alert_preview *preview, size_t candidate, size_t place)
{
    struct alert_previewed *asked = &preview->asked[preview->asked_count];
    const struct rules_past_rule *each = &preview->past.rules[place];
    *asked = (struct alert_previewed){.rule = preview->candidates[candidate],
                                      .file = preview->groups[candidate]->file,
                                      .place = place};
    alert_past_init(&asked->past, &preview->found, preview->from_ms);
    alert_chart_init(&asked->chart, &preview->found, each->rule->query, preview->from_ms,
                     preview->to_ms, each->step_ms);
    preview->asked_of[place] = (uint32_t)preview->asked_count++;
}

/* Put the marked rules into the walk, as candidates in their order. */
static enum status fill_walk(struct alert_preview *preview, const bool *asked)
{
    struct arena *arena = &preview->found;
    struct rules_past *past = &preview->past;
    size_t count = preview->candidate_count;
    past->rules = arena_alloc_array(arena, count + 1, sizeof(*past->rules));
    preview->asked = arena_alloc_array(arena, preview->asked_count, sizeof(*preview->asked));
    preview->asked_of = arena_alloc_array(arena, count + 1, sizeof(*preview->asked_of));
    if (past->rules == NULL || preview->asked == NULL || preview->asked_of == NULL) {
        return STATUS_FULL;
    }
    preview->asked_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (!preview->marks[i]) {
            continue;
        }
        const struct alert_set_rule *each = preview->candidates[i];
        size_t place = past->count++;
        past->rules[place] = (struct rules_past_rule){.rule = each->rule,
                                                      .group = each->group,
                                                      .step_ms = step_of(preview, each->group),
                                                      .state.key = each->state.key};
        preview->asked_of[place] = UINT32_MAX;
        if (asked[i]) {
            take_asked(preview, i, place);
        }
        int64_t memory_ms = memory_of(&past->rules[place]);
        preview->warm_ms = memory_ms > preview->warm_ms ? memory_ms : preview->warm_ms;
    }
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_OK;
}

enum status alert_preview_choose(struct alert_preview *preview, struct buf *errors)
{
    struct rules_needed needed;
    enum status status = make_sets(preview, errors);
    if (status == STATUS_OK) {
        status = make_lists(preview);
    }
    if (status != STATUS_OK) {
        return status;
    }
    size_t count = preview->candidate_count;
    struct arena *arena = &preview->found;
    bool *asked = arena_alloc_array(arena, count + 1, sizeof(*asked));
    const struct rule **rules = arena_alloc_array(arena, count + 1, sizeof(*rules));
    if (asked == NULL || rules == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        asked[i] = preview->marks[i];
        rules[i] = preview->candidates[i]->rule;
    }
    status = rules_needed_mark(rules, preview->marks, count, arena, &needed);
    if (status == STATUS_OK) {
        preview->past.in_order = needed.in_order;
        status = fill_walk(preview, asked);
    }
    preview->warm_ms += needed.back_ms;
    if (preview->warm_ms > ALERT_PREVIEW_WARM_MS_MAX) {
        preview->warm_ms = ALERT_PREVIEW_WARM_MS_MAX;
    }
    return status;
}
