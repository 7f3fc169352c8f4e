/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_needed.h"

#include "promql/matcher.h"
#include "promql/promql.h"

/* A search under way. */
struct search {
    const struct rule *const *rules;
    bool *marks;
    size_t count;
    struct arena *arena;
    struct rules_needed *needed;
    size_t *queue; /* Rules that are marked, those of a level together. */
    size_t queued;
    size_t reader;    /* The one that is looked at. */
    int64_t level_ms; /* How far those of this level read back. */
};

static bool is_wanted(const struct search *search, const struct matcher *matchers, size_t count,
                      struct slice name, struct slice value)
{
    /* A pattern that takes too long is one that may match. */
    return matchers_match_value(matchers, count, name, value, search->arena) != PATTERN_DIFFERS;
}

/* Whether a selector may find what a rule writes. */
static bool may_read(const struct search *search, const struct matcher *matchers, size_t count,
                     const struct rule *rule)
{
    if (rule->kind == RULE_ALERT) {
        return is_wanted(search, matchers, count, SLICE("alertname"), rule->name) &&
               (is_wanted(search, matchers, count, LABEL_NAME, SLICE("ALERTS")) ||
                is_wanted(search, matchers, count, LABEL_NAME, SLICE("ALERTS_FOR_STATE")));
    }
    bool wanted = is_wanted(search, matchers, count, LABEL_NAME, rule->name);
    for (size_t i = 0; i < rule->label_count && wanted; i++) {
        wanted = is_wanted(search, matchers, count, rule->labels[i].name, rule->labels[i].value);
    }
    return wanted;
}

static void visit_selector(void *context, const struct matcher *matchers, size_t count,
                           int64_t back_ms)
{
    struct search *search = context;
    size_t mark = arena_mark(search->arena);
    for (size_t i = 0; i < search->count; i++) {
        if (!may_read(search, matchers, count, search->rules[i])) {
            continue;
        }
        search->level_ms = back_ms > search->level_ms ? back_ms : search->level_ms;
        search->needed->in_order = search->needed->in_order && i < search->reader;
        if (!search->marks[i]) {
            search->marks[i] = true;
            search->queue[search->queued++] = i;
        }
    }
    arena_rewind(search->arena, mark);
}

static void look_at(struct search *search, size_t reader)
{
    const struct rule *rule = search->rules[reader];
    const struct promql_query *const queries[] = {rule->query, rule->guard, rule->clear,
                                                  rule->data};
    search->reader = reader;
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        if (queries[i] != NULL) {
            (void)promql_reads(queries[i], visit_selector, search);
        }
    }
}

enum status rules_needed_mark(const struct rule *const *rules, bool *marks, size_t count,
                              struct arena *arena, struct rules_needed *needed)
{
    *needed = (struct rules_needed){.in_order = true};
    struct search search = {
        .rules = rules, .marks = marks, .count = count, .arena = arena, .needed = needed};
    search.queue = arena_alloc_array(arena, count + 1, sizeof(*search.queue));
    if (search.queue == NULL) {
        return STATUS_FULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (marks[i]) {
            search.queue[search.queued++] = i;
        }
    }
    size_t at = 0;
    while (at < search.queued) {
        search.level_ms = 0;
        for (size_t end = search.queued; at < end; at++) {
            look_at(&search, search.queue[at]);
        }
        needed->back_ms += search.level_ms;
    }
    return STATUS_OK;
}
