/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_SET_WORLD_H
#define THAW_TESTS_SET_WORLD_H

#include "alert/alert_limits.h"
#include "alert/alert_set.h"
#include "rules/rule_eval.h"
#include "rules/rules_samples.h"

#include <stdlib.h>

/* A set of rules and samples that they are evaluated over, without a thread. */
struct set_world {
    struct alert_set *set;
    struct rules_samples *samples;
    struct series_source source;
    struct arena arena;
    void *memory;
};

#define SET_WORLD_MINUTE INT64_C(60000)
#define SET_WORLD_NOW    INT64_C(1795000020000) /* A whole minute. */

static const struct hash_key set_world_key = {{7, 8}};

static const char set_world_rules[] =
    "groups:\n"
    "- name: g\n"
    "  interval: 1m\n"
    "  rules:\n"
    "  - {record: 'thaw:threshold', expr: '5', labels: {rule: High, window: 10m, unit: seconds}}\n"
    "  - {record: 'thaw:minimum', expr: '1', labels: {rule: High}}\n"
    "  - {record: 'twice', expr: 'v * 2'}\n"
    "  - alert: High\n"
    "    expr: v > on () group_left () thaw:threshold{rule=\"High\"}\n"
    "    for: 1m\n"
    "    keep_firing_for: 2m\n"
    "    labels: {severity: warning}\n"
    "    annotations: {summary: '{{ $labels.function }} {{ $value }}', samples: '90', "
    "thaw_examples: cold}\n"
    "  - {alert: Quiet, expr: v > 1000}\n";

/* A set of one text; NULL: it is wrong. */
static inline struct alert_set *set_world_set(const char *text)
{
    const struct alert_set_text one = {.name = SLICE("test.yml"), .text = slice_from(text)};
    struct alert_set *set = NULL;
    char memory[1024];
    struct buf errors;
    buf_init_fixed(&errors, memory, sizeof(memory));
    return alert_set_create(&set, &one, 1, &errors) == STATUS_OK ? set : NULL;
}

static inline void set_world_init(struct set_world *world, const char *rules)
{
    const struct rules_samples_limits limits = {1000, 1 << 20, 0, 0};
    world->set = set_world_set(rules);
    world->samples = rules_samples_create(&set_world_key, &limits);
    world->source = rules_samples_source(world->samples);
    world->memory = malloc(ALERT_SCRATCH_SIZE);
    arena_init(&world->arena, world->memory, ALERT_SCRATCH_SIZE);
}

static inline void set_world_fini(struct set_world *world)
{
    alert_set_free(world->set);
    rules_samples_free(world->samples);
    free(world->memory);
}

/* Let v{function="name"} have a value. */
static inline void set_world_put(struct rules_samples *samples, const char *name, int64_t time_ms,
                                 double value)
{
    const struct label items[] = {{LABEL_NAME, SLICE("v")}, {SLICE("function"), slice_from(name)}};
    const struct label_set labels = {items, 2};
    (void)!rules_samples_put(samples, 1000, &labels, time_ms, value);
}

static inline void set_world_evaluate(struct set_world *world, int64_t time_ms)
{
    const struct rule_world rules = {.source = &world->source,
                                     .arena = &world->arena,
                                     .key = set_world_key,
                                     .samples = world->samples,
                                     .keep_resolved_ms = ALERT_RESOLVED_KEEP_MS};
    for (size_t i = 0; i < world->set->rule_count; i++) {
        rule_evaluate(&world->set->rules[i].state, world->set->rules[i].rule,
                      world->set->rules[i].group, (uint32_t)i, &rules, time_ms);
    }
    for (size_t i = 0; i < world->set->group_count; i++) {
        world->set->groups[i].evaluated_ms = time_ms;
    }
}

/* One fires, one is pending, one was resolved. */
static inline void set_world_live(struct set_world *world)
{
    for (int64_t minute = 0; minute < 8; minute++) {
        int64_t time_ms = SET_WORLD_NOW + minute * SET_WORLD_MINUTE;
        set_world_put(world->samples, "fires", time_ms, minute < 3 ? 1 : 6.5);
        set_world_put(world->samples, "pends", time_ms, minute < 7 ? 1 : 9);
        set_world_put(world->samples, "over", time_ms, minute < 3 ? 7 : 1);
        set_world_evaluate(world, time_ms);
    }
}

#endif
