/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_run.h"

#include "set_world.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_NS UINT64_C(60000000000)
#define DELAY_NS  MINUTE_NS

struct told {
    uint64_t fingerprint, fired_ns, ends_ns;
    char summary[64];
};

/* A world in which the test says what time it is. */
struct world {
    struct alert_run *run;
    struct rules_samples *samples;
    struct series_source source;

    pthread_mutex_t lock;
    uint64_t now_ns;
    const char *rules; /* What the files say; NULL: they did not change. */
    bool save_fails;
    char state[65536]; /* As it was saved last. */
    size_t state_size;
    size_t saved, found;
    struct told told[16]; /* At the latest evaluation. */
    size_t told_count, tellings;
    bool told_before_saved;
};

static struct world world;

static uint64_t port_now(void *context)
{
    (void)context;
    pthread_mutex_lock(&world.lock);
    uint64_t now_ns = world.now_ns;
    pthread_mutex_unlock(&world.lock);
    return now_ns;
}

static void port_find(void *context, uint64_t from_ns, uint64_t to_ns, int kind,
                      struct rule_alert *alert)
{
    (void)context;
    (void)kind;
    pthread_mutex_lock(&world.lock);
    world.found++;
    pthread_mutex_unlock(&world.lock);
    assert_true(from_ns < to_ns);
    alert->example_count = 1;
}

static enum status port_save(void *context, struct slice state)
{
    (void)context;
    pthread_mutex_lock(&world.lock);
    bool fails = world.save_fails;
    if (!fails) {
        assert_true(state.size < sizeof(world.state));
        memcpy(world.state, state.base, state.size);
        world.state_size = state.size;
        world.saved++;
    }
    pthread_mutex_unlock(&world.lock);
    return fails ? STATUS_IO : STATUS_OK;
}

static enum status port_load(void *context, bool forced, struct alert_set **set, struct buf *errors)
{
    (void)context;
    (void)forced;
    pthread_mutex_lock(&world.lock);
    const char *rules = world.rules;
    world.rules = NULL;
    pthread_mutex_unlock(&world.lock);
    if (rules == NULL) {
        return STATUS_NOT_FOUND;
    }
    const struct alert_set_text text = {.name = SLICE("test.yml"), .text = slice_from(rules)};
    return alert_set_create(set, &text, 1, errors);
}

static void port_tell(void *context, const struct notify_alert *alerts, size_t count,
                      uint64_t now_ns)
{
    (void)context;
    (void)now_ns;
    pthread_mutex_lock(&world.lock);
    world.tellings++;
    world.told_before_saved = world.told_before_saved || world.saved == 0;
    /* What the test looks at is whole at any time: the same is told again behind its back. */
    size_t told_count = 0;
    for (; told_count < count && told_count < 16; told_count++) {
        const struct notify_alert *alert = &alerts[told_count];
        struct told told = {.fingerprint = alert->fingerprint,
                            .fired_ns = alert->fired_ns,
                            .ends_ns = alert->ends_ns};
        for (size_t a = 0; a < alert->annotation_count; a++) {
            if (slice_equal(alert->annotations[a].name, SLICE("summary"))) {
                (void)slice_copy_text(alert->annotations[a].value, told.summary, 64);
            }
            assert_false(slice_starts(alert->annotations[a].name, SLICE("thaw_")));
        }
        world.told[told_count] = told;
    }
    world.told_count = told_count;
    pthread_mutex_unlock(&world.lock);
}

static void start(void)
{
    const struct alert_ports ports = {.now = port_now,
                                      .source = &world.source,
                                      .find = port_find,
                                      .save = port_save,
                                      .load = port_load,
                                      .tell = port_tell};
    const struct alert_run_options options = {.set = set_world_set(set_world_rules),
                                              .interval_ns = 1000000,
                                              .delay_ns = DELAY_NS,
                                              .state = slice_of(world.state, world.state_size),
                                              .key = set_world_key};
    assert_int_equal(alert_run_start(&world.run, &options, &ports), STATUS_OK);
}

static int begin(void **state)
{
    (void)state;
    const struct rules_samples_limits limits = {1000, 1 << 20, 0, 0};
    world = (struct world){.now_ns = (uint64_t)SET_WORLD_NOW * 1000000 + DELAY_NS};
    world.samples = rules_samples_create(&set_world_key, &limits);
    world.source = rules_samples_source(world.samples);
    (void)pthread_mutex_init(&world.lock, NULL);
    start();
    return 0;
}

static int end(void **state)
{
    (void)state;
    alert_run_stop(world.run);
    rules_samples_free(world.samples);
    pthread_mutex_destroy(&world.lock);
    return 0;
}

static void see_time(void *context, const struct alert_run_sight *sight)
{
    *(uint64_t *)context = sight->evaluated_ns;
}

/* Let a time be evaluated, and what came of it be told. */
static void evaluate_at(uint64_t now_ns)
{
    uint64_t seen_ns = 0;
    pthread_mutex_lock(&world.lock);
    world.now_ns = now_ns;
    pthread_mutex_unlock(&world.lock);
    while (seen_ns != now_ns) {
        (void)sched_yield();
        alert_run_read(world.run, see_time, &seen_ns);
    }
    /* Another evaluation begins only when what came of the one before is told. */
    pthread_mutex_lock(&world.lock);
    world.now_ns = now_ns + 1;
    pthread_mutex_unlock(&world.lock);
    while (seen_ns != now_ns + 1) {
        (void)sched_yield();
        alert_run_read(world.run, see_time, &seen_ns);
    }
}

/* Minutes since the beginning, with a value of v{function="f"} for the evaluation of each. */
static void live(unsigned from, unsigned to, double value)
{
    for (unsigned minute = from; minute < to; minute++) {
        set_world_put(world.samples, "f", SET_WORLD_NOW + minute * SET_WORLD_MINUTE, value);
        evaluate_at((uint64_t)SET_WORLD_NOW * 1000000 + DELAY_NS + minute * MINUTE_NS);
    }
}

/* It fires and is resolved, is saved before it is told, and is told at every evaluation. */
static void fires_and_resolves(void **state)
{
    (void)state;
    live(0, 2, 1);
    assert_int_equal(world.tellings, 0);
    live(2, 4, 6);
    live(4, 5, 7);
    assert_int_equal(world.told_count, 1);
    assert_string_equal(world.told[0].summary, "f 7");
    assert_int_equal(world.told[0].ends_ns, 0);
    assert_int_equal(world.found, 1);
    assert_false(world.told_before_saved);
    size_t tellings = world.tellings;
    live(5, 6, 7);
    assert_true(world.tellings > tellings);
    live(6, 10, 1);
    assert_int_equal(world.told_count, 1);
    assert_true(world.told[0].ends_ns > world.told[0].fired_ns);
    /* A quarter of an hour later nobody is told of it any more. */
    live(10, 30, 1);
    tellings = world.tellings;
    live(30, 31, 1);
    assert_int_equal(world.tellings, tellings);
}

/* A crash at any time neither forgets nor fires again. */
static void restarts_change_nothing(void **state)
{
    (void)state;
    live(0, 2, 1);
    live(2, 6, 6);
    uint64_t fingerprint = world.told[0].fingerprint, fired_ns = world.told[0].fired_ns;
    for (unsigned minute = 6; minute < 12; minute++) {
        alert_run_stop(world.run);
        start();
        live(minute, minute + 1, minute < 8 ? 6 : 1);
        assert_int_equal(world.told_count, 1);
        assert_true(world.told[0].fingerprint == fingerprint);
        assert_true(world.told[0].fired_ns == fired_ns);
    }
    assert_true(world.told[0].ends_ns > 0);
}

/* If the state cannot be saved, it is told all the same. */
static void is_told_even_unsaved(void **state)
{
    (void)state;
    live(0, 1, 1);
    pthread_mutex_lock(&world.lock);
    world.save_fails = true;
    pthread_mutex_unlock(&world.lock);
    live(1, 4, 6);
    assert_int_equal(world.told_count, 1);
}

struct seen {
    char error[256];
    size_t rules;
};

static void see(void *context, const struct alert_run_sight *sight)
{
    struct seen *seen = context;
    (void)slice_copy_text(sight->load_error, seen->error, sizeof(seen->error));
    seen->rules = sight->set->rule_count;
}

static void change_rules(const char *rules)
{
    pthread_mutex_lock(&world.lock);
    world.rules = rules;
    pthread_mutex_unlock(&world.lock);
    alert_run_reload(world.run);
}

/* Files that change are all taken or not at all; what fires under a rule that goes is resolved. */
static void rules_change(void **state)
{
    (void)state;
    struct seen seen;
    live(0, 4, 6);
    assert_int_equal(world.told_count, 1);
    change_rules("groups:\n- {name: g, rules: [{alert: High, expr: 'v >'}]}\n");
    live(4, 5, 6);
    alert_run_read(world.run, see, &seen);
    assert_int_equal(seen.rules, 5);
    assert_non_null(strstr(seen.error, "test.yml:2:"));
    assert_int_equal(world.told[0].ends_ns, 0);
    /* The same rule among others goes on. */
    char more[2048];
    (void)snprintf(more, sizeof(more), "%s- {name: h, rules: [{alert: More, expr: v > 1000}]}\n",
                   set_world_rules);
    change_rules(more);
    live(5, 6, 6);
    alert_run_read(world.run, see, &seen);
    assert_int_equal(seen.rules, 6);
    assert_string_equal(seen.error, "");
    assert_int_equal(world.told_count, 1);
    assert_int_equal(world.told[0].ends_ns, 0);
    change_rules("groups: []\n");
    live(6, 7, 6);
    assert_int_equal(world.told_count, 1);
    assert_true(world.told[0].ends_ns > 0);
    /* And stays so when the set changes again. */
    change_rules(set_world_rules);
    live(7, 8, 1);
    assert_int_equal(world.told_count, 1);
    assert_true(world.told[0].ends_ns > 0);
}

static enum status count_series(void *context, const struct series *series)
{
    *(size_t *)context += series->sample_count > 0;
    return STATUS_OK;
}

/* What rules write may be asked for. */
static void what_is_written_is_there(void **state)
{
    (void)state;
    static const char *const names[] = {"twice", "ALERTS", "ALERTS_FOR_STATE"};
    static unsigned char memory[65536];
    live(0, 4, 6);
    struct series_source source = rules_samples_source(alert_run_samples(world.run));
    for (size_t i = 0; i < 3; i++) {
        struct arena arena;
        size_t count = 0;
        const struct matcher matcher = {MATCHER_EQUAL, LABEL_NAME, slice_from(names[i]), NULL};
        const struct selection selection = {
            .matchers = &matcher, .matcher_count = 1, .to_ms = INT64_MAX};
        arena_init(&arena, memory, sizeof(memory));
        assert_int_equal(source.select(source.context, &selection, &arena, count_series, &count),
                         STATUS_OK);
        assert_true(count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(fires_and_resolves, begin, end),
        cmocka_unit_test_setup_teardown(restarts_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(is_told_even_unsaved, begin, end),
        cmocka_unit_test_setup_teardown(rules_change, begin, end),
        cmocka_unit_test_setup_teardown(what_is_written_is_there, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
