/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rules_needed.h"
#include "rules/rules_past.h"

#include "shelf.h"

#include "base/prng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE   INT64_C(60000)
#define START    INT64_C(1795000020000) /* A whole minute. */
#define SPAN     (INT64_C(30) * 60 * MINUTE)
#define RULE_MAX 16

static const struct hash_key key = {{3, 4}};

/* All that a walk needs. */
struct past_world {
    void *memory;
    struct arena arena, scratch;
    struct shelf shelf;
    struct series_source shown;
    struct rules_file file;
    const struct rule *rules[RULE_MAX];
    const struct rule_group *groups[RULE_MAX];
    size_t count;
    struct rules_samples *samples;
    struct series_source sources[2];
    struct source_union both;
    struct series_source source;
    struct buf told; /* A line for each change. */
};

enum { MEMORY = 256 << 20, SCRATCH = 64 << 20 };

static void world_init(struct past_world *world, const char *rules)
{
    const struct rules_samples_limits limits = {1000, 64 << 20, 0, 0};
    char text[1024];
    struct buf errors;
    *world = (struct past_world){.memory = malloc(MEMORY)};
    assert_non_null(world->memory);
    arena_init(&world->scratch, world->memory, SCRATCH);
    arena_init(&world->arena, (unsigned char *)world->memory + SCRATCH, MEMORY - SCRATCH);
    shelf_init(&world->shelf, &world->arena);
    buf_init_growing(&world->told, 1 << 24);
    buf_init_fixed(&errors, text, sizeof(text) - 1);
    text[0] = '\0';
    if (rules_file_read(slice_from(rules), "test.yml", &world->arena, &errors, &world->file) !=
        STATUS_OK) {
        fail_msg("%.*s", (int)errors.size, text);
    }
    for (size_t g = 0; g < world->file.group_count; g++) {
        for (size_t r = 0; r < world->file.groups[g].rule_count; r++) {
            assert_true(world->count < RULE_MAX);
            world->rules[world->count] = &world->file.groups[g].rules[r];
            world->groups[world->count++] = &world->file.groups[g];
        }
    }
    world->samples = rules_samples_create(&key, &limits);
    world->sources[0] = rules_samples_source(world->samples);
    world->sources[1] = shelf_source(&world->shelf);
    world->both = (struct source_union){world->sources, 2};
    world->source = source_union(&world->both);
}

static void world_fini(struct past_world *world)
{
    rules_samples_free(world->samples);
    buf_fini(&world->told);
    shelf_fini(&world->shelf);
    free(world->memory);
}

/* Some functions whose value goes up and down, and is not there at times. */
static void feed(struct past_world *world, uint64_t seed)
{
    struct prng prng;
    prng_init(&prng, seed);
    for (unsigned f = 0; f < 5; f++) {
        char name[64];
        (void)snprintf(name, sizeof(name), "v{function=\"f%u\"}", f);
        struct shelf_series *v = shelf_find(&world->shelf, slice_from(name));
        (void)snprintf(name, sizeof(name), "n{function=\"f%u\"}", f);
        struct shelf_series *n = shelf_find(&world->shelf, slice_from(name));
        double value = 3;
        for (int64_t time_ms = START - 60 * MINUTE; time_ms < START + SPAN; time_ms += MINUTE) {
            value += (double)(prng_next(&prng) % 200) / 100 - 1;
            value = value < 0 ? 0 : value > 10 ? 10 : value;
            if (prng_next(&prng) % 30 == 0) {
                continue;
            }
            bool stale = prng_next(&prng) % 200 == 0;
            shelf_add(v, time_ms, stale ? sample_stale() : value);
            shelf_add(n, time_ms, (double)(prng_next(&prng) % 100));
        }
    }
}

static struct rule_world world_of(struct past_world *world)
{
    return (struct rule_world){.source = &world->source,
                               .arena = &world->scratch,
                               .key = key,
                               .samples = world->samples,
                               .gap_ms = 4 * MINUTE,
                               .flap_ms = 60 * MINUTE,
                               .flap_keep_ms = 15 * MINUTE,
                               .keep_resolved_ms = 60 * MINUTE};
}

/* Changes of all rules are noted by rule, because a walk goes rule by rule through a piece. */
struct noting {
    struct past_world *world;
    struct buf lines[RULE_MAX];
};

static void note_change(void *context, const struct rule *rule, struct rule_alert *alert,
                        enum rule_change change)
{
    struct noting *noting = context;
    size_t i = 0;
    while (noting->world->rules[i] != rule) {
        i++;
    }
    buf_printf(&noting->lines[i], "%zu %016llx %lld %d %s %.17g %zu\n", i,
               (unsigned long long)alert->fingerprint, (long long)alert->watch.seen_ms, change,
               rule_phase_name(alert->watch.phase), alert->value, alert->annotations.count);
}

static void noting_init(struct noting *noting, struct past_world *world)
{
    noting->world = world;
    for (size_t i = 0; i < RULE_MAX; i++) {
        buf_init_growing(&noting->lines[i], 1 << 24);
    }
}

static void noting_end(struct noting *noting)
{
    for (size_t i = 0; i < RULE_MAX; i++) {
        buf_append(&noting->world->told, buf_bytes(&noting->lines[i]));
        buf_fini(&noting->lines[i]);
    }
}

/* As it is for real: all rules at one moment, one moment after the other. */
static void run_live(struct past_world *world, int64_t to_ms)
{
    struct noting noting;
    struct rule_world live = world_of(world);
    struct rule_state states[RULE_MAX] = {{0}};
    noting_init(&noting, world);
    live.changed = note_change;
    live.context = &noting;
    for (size_t i = 0; i < world->count; i++) {
        states[i].key = i;
    }
    for (int64_t time_ms = START; time_ms <= to_ms; time_ms += MINUTE) {
        for (size_t i = 0; i < world->count; i++) {
            int64_t step_ms = world->groups[i]->interval_ms;
            if (time_ms % step_ms == 0) {
                live.gap_ms = 4 * step_ms;
                rule_evaluate(&states[i], world->rules[i], world->groups[i], (uint32_t)i, &live,
                              time_ms);
            }
        }
    }
    for (size_t i = 0; i < world->count; i++) {
        rule_state_free(&states[i]);
    }
    noting_end(&noting);
}

struct walk {
    struct rules_past past;
    struct rules_past_rule rules[RULE_MAX];
    struct rules_needed needed;
    size_t stepped, looks, patience;
};

static void count_step(void *context, size_t rule, int64_t time_ms)
{
    struct walk *walk = context;
    assert_int_equal(walk->rules[rule].done_ms, time_ms);
    walk->stepped++;
}

static bool lose_patience(void *context)
{
    struct walk *walk = context;
    return walk->patience > 0 && walk->looks++ >= walk->patience;
}

/* The same as a walk over the past. */
static enum status run_past(struct past_world *world, struct walk *walk, int64_t to_ms,
                            size_t columns_size)
{
    struct noting noting;
    bool marks[RULE_MAX];
    const struct patience patience = {lose_patience, walk};
    memset(marks, true, sizeof(marks));
    noting_init(&noting, world);
    assert_int_equal(
        rules_needed_mark(world->rules, marks, world->count, &world->arena, &walk->needed),
        STATUS_OK);
    walk->past = (struct rules_past){.rules = walk->rules,
                                     .count = world->count,
                                     .in_order = walk->needed.in_order,
                                     .from_ms = START,
                                     .to_ms = to_ms,
                                     .world = world_of(world),
                                     .gap_steps = 4,
                                     .stepped = count_step,
                                     .context = walk};
    walk->past.world.patience = &patience;
    walk->past.world.changed = note_change;
    walk->past.world.context = &noting;
    for (size_t i = 0; i < world->count; i++) {
        walk->rules[i] = (struct rules_past_rule){.rule = world->rules[i],
                                                  .group = world->groups[i],
                                                  .step_ms = world->groups[i]->interval_ms,
                                                  .state.key = i};
    }
    for (size_t i = 0; i < PAST_QUERY_COUNT_MAX; i++) {
        void *memory = arena_alloc(&world->arena, columns_size);
        assert_non_null(memory);
        arena_init(&walk->past.columns[i].arena, memory, columns_size);
    }
    enum status status = rules_past_walk(&walk->past);
    rules_past_fini(&walk->past);
    noting_end(&noting);
    return status;
}

#define MANY_RULES                                                                                 \
    "groups:\n"                                                                                    \
    "- name: a\n"                                                                                  \
    "  interval: 1m\n"                                                                             \
    "  rules:\n"                                                                                   \
    "  - {record: limit, expr: '6', labels: {of: v}}\n"                                            \
    "  - {record: mean, expr: 'avg_over_time(v[10m])'}\n"                                          \
    "  - {alert: Plain, expr: 'v > 7'}\n"                                                          \
    "  - {alert: For, expr: 'mean > on () group_left () limit{of=\"v\"}', for: 5m,\n"              \
    "     keep_firing_for: 10m, annotations: {thaw_clear: 'mean < 5', thaw_guard: 'n > 10'}}\n"    \
    "  - {alert: Count, expr: 'v > 5', annotations: {thaw_datapoints: 2/3, thaw_data: v,\n"        \
    "     thaw_no_data: no_data, thaw_cooldown: 2h}}\n"                                            \
    "  - {record: total, expr: 'scalar(sum(v))'}\n"                                                \
    "  - {alert: Two, expr: 'total > 26', labels: {size: '{{ $value | humanize }}'}}\n"            \
    "- name: b\n"                                                                                  \
    "  interval: 5m\n"                                                                             \
    "  rules:\n"                                                                                   \
    "  - {record: worst, expr: 'max_over_time(mean[30m])'}\n"                                      \
    "  - {alert: Of, expr: 'count(ALERTS{alertname=\"For\",alertstate=\"firing\"}) > 1'}\n"        \
    "  - {alert: Ahead, expr: 'v offset -1m > 7'}\n"                                               \
    "  - {alert: Wrong, expr: 'v * on () (n > 90) > 100'}\n"

/* A walk comes to what an evaluation at each moment comes to, whatever a rule does. */
static void test_as_live(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 2; seed++) {
        struct past_world live, past;
        struct walk walk = {.stepped = 0};
        world_init(&live, MANY_RULES);
        world_init(&past, MANY_RULES);
        feed(&live, seed);
        feed(&past, seed);
        run_live(&live, START + SPAN);
        assert_int_equal(run_past(&past, &walk, START + SPAN, 4 << 20), STATUS_OK);
        assert_true(walk.needed.in_order);
        assert_int_equal(walk.needed.back_ms, 30 * MINUTE);
        assert_true(live.told.size > 10000);
        assert_int_equal(live.told.size, past.told.size);
        assert_memory_equal(live.told.base, past.told.base, live.told.size);
        /* What fails at some moments fails at those alone, and a range is asked for once. */
        assert_true(walk.rules[10].failures > 0);
        assert_true(walk.rules[10].failures < walk.rules[10].evaluations);
        assert_true(walk.rules[10].error[0] != 0);
        assert_true(past.shelf.selects < live.shelf.selects / 4);
        assert_int_equal(walk.stepped, 7 * (SPAN / MINUTE + 1) + 4 * (SPAN / MINUTE / 5));
        world_fini(&live);
        world_fini(&past);
    }
}

/* With little memory for answers it asks for less at once, and comes to the same. */
static void test_little_memory(void **state)
{
    (void)state;
    struct past_world live, past;
    struct walk walk = {.stepped = 0};
    world_init(&live, MANY_RULES);
    world_init(&past, MANY_RULES);
    feed(&live, 9);
    feed(&past, 9);
    run_live(&live, START + SPAN / 4);
    assert_int_equal(run_past(&past, &walk, START + SPAN / 4, 16 << 10), STATUS_OK);
    assert_int_equal(live.told.size, past.told.size);
    assert_memory_equal(live.told.base, past.told.base, live.told.size);
    world_fini(&live);
    world_fini(&past);
}

/* A rule that reads what is written behind it sees what was written the time before. */
static void test_out_of_order(void **state)
{
    (void)state;
    static const char rules[] = "groups:\n"
                                "- name: a\n"
                                "  interval: 1m\n"
                                "  rules:\n"
                                "  - {alert: Rises, expr: 'v > last', for: 2m}\n"
                                "  - {record: last, expr: 'v'}\n";
    struct past_world live, past;
    struct walk walk = {.stepped = 0};
    world_init(&live, rules);
    world_init(&past, rules);
    feed(&live, 4);
    feed(&past, 4);
    run_live(&live, START + SPAN / 4);
    assert_int_equal(run_past(&past, &walk, START + SPAN / 4, 1 << 20), STATUS_OK);
    assert_false(walk.needed.in_order);
    assert_true(live.told.size > 1000);
    assert_int_equal(live.told.size, past.told.size);
    assert_memory_equal(live.told.base, past.told.base, live.told.size);
    world_fini(&live);
    world_fini(&past);
}

/* Whose patience is over gets what was so until then, rule by rule. */
static void test_patience(void **state)
{
    (void)state;
    struct past_world whole, part;
    struct walk walk = {.stepped = 0}, half = {.patience = 1000};
    world_init(&whole, MANY_RULES);
    world_init(&part, MANY_RULES);
    feed(&whole, 5);
    feed(&part, 5);
    assert_int_equal(run_past(&whole, &walk, START + SPAN, 4 << 20), STATUS_OK);
    assert_int_equal(run_past(&part, &half, START + SPAN, 4 << 20), STATUS_TIMEOUT);
    assert_true(half.stepped <= 1000);
    assert_true(half.rules[0].done_ms >= START);
    assert_int_equal(half.rules[8].done_ms, INT64_MIN);
    world_fini(&whole);
    world_fini(&part);
}

/* Only what is read is needed: by name, by labels that a rule gives, and through others. */
static void test_needed(void **state)
{
    (void)state;
    static const char rules[] =
        "groups:\n"
        "- name: a\n"
        "  rules:\n"
        "  - {record: limit, expr: '6', labels: {of: x}}\n"
        "  - {record: limit, expr: '7', labels: {of: y}}\n"
        "  - {record: base, expr: 'v'}\n"
        "  - {record: mean, expr: 'avg_over_time(base[1h])'}\n"
        "  - {record: other, expr: 'v'}\n"
        "  - {alert: X, expr: 'mean offset 1h > on () group_left () limit{of=\"x\"}'}\n"
        "  - {alert: Y, expr: 'v > 1', annotations: {thaw_guard: 'other > 1'}}\n"
        "  - {alert: Z, expr: 'ALERTS{alertname=\"Y\"}'}\n";
    static const struct {
        size_t asked;
        const char *marks;
        int64_t back_ms;
    } cases[] = {{5, "x.xx.x..", 120 * MINUTE}, {6, "....x.x.", 0}, {7, "....x.xx", 0}};
    struct past_world world;
    world_init(&world, rules);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool marks[RULE_MAX] = {false};
        char seen[RULE_MAX + 1] = "";
        struct rules_needed needed;
        marks[cases[i].asked] = true;
        assert_int_equal(rules_needed_mark(world.rules, marks, world.count, &world.arena, &needed),
                         STATUS_OK);
        for (size_t r = 0; r < world.count; r++) {
            seen[r] = marks[r] ? 'x' : '.';
        }
        assert_string_equal(seen, cases[i].marks);
        assert_true(needed.in_order);
        assert_int_equal(needed.back_ms, cases[i].back_ms);
    }
    world_fini(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_live),      cmocka_unit_test(test_little_memory),
        cmocka_unit_test(test_out_of_order), cmocka_unit_test(test_patience),
        cmocka_unit_test(test_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
