/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_set.h"

#include "alert/alert_limits.h"
#include "alert/alert_view.h"

#include "base/number.h"
#include "rules/rules_limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* ---- Reading. ---- */

static enum status read_files(struct alert_set *set, const struct alert_set_text *texts,
                              size_t count, struct rules_file *files, struct buf *errors)
{
    enum status worst = STATUS_OK;
    struct alert_set_text *kept = arena_alloc_array(&set->arena, count + 1, sizeof(*kept));
    set->texts = kept;
    set->text_count = count;
    for (size_t i = 0; i < count && kept != NULL; i++) {
        struct slice text = arena_dup(&set->arena, texts[i].text);
        const char *name = arena_dup_text(&set->arena, texts[i].name);
        if (name == NULL || arena_overflowed(&set->arena)) {
            return STATUS_FULL;
        }
        kept[i] = (struct alert_set_text){slice_from(name), text, texts[i].draft};
        enum status status = texts[i].draft
                                 ? rules_file_read_draft(text, name, &set->arena, errors, &files[i])
                                 : rules_file_read(text, name, &set->arena, errors, &files[i]);
        if (status == STATUS_FULL) {
            return status;
        }
        worst = status != STATUS_OK ? status : worst;
        set->group_count += files[i].group_count;
        set->rule_count += files[i].rule_count;
    }
    return kept == NULL ? STATUS_FULL : worst;
}

/* How many rules of the same name stand before one in its group. */
static size_t place_of(const struct rule_group *group, size_t index)
{
    size_t place = 0;
    for (size_t i = 0; i < index; i++) {
        place += slice_equal(group->rules[i].name, group->rules[index].name);
    }
    return place;
}

static struct slice pair_of(const struct rule_pair *pairs, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_equal(pairs[i].name, name)) {
            return pairs[i].value;
        }
    }
    return SLICE_EMPTY;
}

static void add_group(struct alert_set *set, const struct rule_group *group, struct slice file,
                      size_t *group_at, size_t *rule_at)
{
    set->groups[*group_at] = (struct alert_set_group){
        .group = group, .file = file, .first = *rule_at, .count = group->rule_count};
    (*group_at)++;
    for (size_t i = 0; i < group->rule_count; i++) {
        const struct rule *rule = &group->rules[i];
        struct slice kind =
            pair_of(rule->annotations, rule->annotation_count, SLICE("thaw_examples"));
        set->rules[*rule_at] = (struct alert_set_rule){
            .rule = rule,
            .group = group,
            .state.key = rule_state_key(group->name, rule->name, place_of(group, i)),
            .examples = (int)alert_view_kind(kind)};
        (*rule_at)++;
    }
}

/* ---- Thresholds. ---- */

/* What a series with a constant says of the rule that it names. */
static void take_constant(struct alert_set *set, const struct rule *constant)
{
    static const struct slice names[] = {SLICE_INIT("thaw:threshold"), SLICE_INIT("thaw:clear"),
                                         SLICE_INIT("thaw:minimum")};
    struct slice of = pair_of(constant->labels, constant->label_count, SLICE("rule"));
    struct slice window = pair_of(constant->labels, constant->label_count, SLICE("window"));
    double value = 0;
    size_t which = 0;
    while (which < 3 && !slice_equal(constant->name, names[which])) {
        which++;
    }
    if (which == 3 || number_parse_double(slice_trim(constant->expression), &value) != NUMBER_OK) {
        return;
    }
    for (size_t i = 0; i < set->rule_count; i++) {
        struct alert_facts *facts = &set->rules[i].facts;
        if (set->rules[i].rule->kind != RULE_ALERT || !slice_equal(set->rules[i].rule->name, of)) {
            continue;
        }
        double *const values[] = {&facts->threshold, &facts->clear, &facts->minimum};
        bool *const has[] = {&facts->has_threshold, &facts->has_clear, &facts->has_minimum};
        struct slice *const units[] = {&facts->unit, NULL, &facts->minimum_unit};
        *values[which] = value;
        *has[which] = true;
        if (units[which] != NULL) { /* Where it is over has the threshold's. */
            *units[which] = pair_of(constant->labels, constant->label_count, SLICE("unit"));
        }
        if (window.size > 0 && rules_duration(window, &facts->window_ms) != STATUS_OK) {
            facts->window_ms = 0;
        }
    }
}

static void take_facts(struct alert_set *set)
{
    for (size_t i = 0; i < set->rule_count; i++) {
        if (set->rules[i].rule->kind == RULE_RECORD) {
            take_constant(set, set->rules[i].rule);
        }
    }
}

/* ---- Life. ---- */

static bool fill(struct alert_set *set, const struct rules_file *files, size_t count)
{
    size_t groups = 0, rules = 0;
    set->groups = arena_alloc_array(&set->arena, set->group_count + 1, sizeof(*set->groups));
    set->rules = arena_alloc_array(&set->arena, set->rule_count + 1, sizeof(*set->rules));
    if (set->groups == NULL || set->rules == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct slice name = set->texts[i].name;
        for (size_t group = 0; group < files[i].group_count; group++) {
            add_group(set, &files[i].groups[group], name, &groups, &rules);
        }
    }
    take_facts(set);
    return !arena_overflowed(&set->arena);
}

enum status alert_set_create(struct alert_set **set, const struct alert_set_text *texts,
                             size_t count, struct buf *errors)
{
    enum status status = STATUS_FULL;
    struct alert_set *made = calloc(1, sizeof(*made));
    *set = NULL;
    if (made == NULL) {
        return status;
    }
    /* Address space, of which only what the rules need is touched. */
    void *memory = mmap(NULL, ALERT_SET_MEMORY_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        free(made);
        return status;
    }
    made->memory = memory;
    arena_init(&made->arena, memory, ALERT_SET_MEMORY_SIZE);
    struct rules_file *files = arena_alloc_array(&made->arena, count + 1, sizeof(*files));
    if (files != NULL) {
        status = read_files(made, texts, count, files, errors);
    }
    if (status == STATUS_OK && !fill(made, files, count)) {
        status = STATUS_FULL;
    }
    if (status == STATUS_OK) {
        *set = made;
    } else {
        alert_set_free(made);
    }
    return status;
}

void alert_set_free(struct alert_set *set)
{
    if (set == NULL) {
        return;
    }
    for (size_t i = 0; set->rules != NULL && i < set->rule_count; i++) {
        rule_state_free(&set->rules[i].state);
    }
    (void)munmap(set->memory, ALERT_SET_MEMORY_SIZE);
    free(set);
}

/* ---- States. ---- */

static int by_key(const void *one, const void *other)
{
    const struct alert_set_rule *const *left = one, *const *right = other;
    uint64_t a = (*left)->state.key, b = (*right)->state.key;
    return a < b ? -1 : a > b;
}

struct alert_set_rule *alert_set_find(struct alert_set *set, uint64_t key)
{
    for (size_t i = 0; i < set->rule_count; i++) {
        if (set->rules[i].state.key == key) {
            return &set->rules[i];
        }
    }
    return NULL;
}

void alert_set_inherit(struct alert_set *set, struct alert_set *old)
{
    const struct alert_set_rule **sorted = calloc(old->rule_count + 1, sizeof(*sorted));
    for (size_t i = 0; i < old->rule_count && sorted != NULL; i++) {
        sorted[i] = &old->rules[i];
    }
    if (sorted != NULL && old->rule_count > 0) {
        qsort(sorted, old->rule_count, sizeof(*sorted), by_key);
    }
    for (size_t i = 0; i < set->rule_count && sorted != NULL && old->rule_count > 0; i++) {
        const struct alert_set_rule *wanted = &set->rules[i];
        const struct alert_set_rule **found =
            bsearch(&wanted, sorted, old->rule_count, sizeof(*sorted), by_key);
        if (found == NULL || (*found)->rule->kind != wanted->rule->kind) {
            continue;
        }
        struct rule_state *from = &old->rules[*found - old->rules].state;
        set->rules[i].state = *from;
        *from = (struct rule_state){.key = from->key};
    }
    free(sorted);
}
