/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread around the book, with a world of the test's own: counts, time, disk and who is told.
 */
#include "alert/alert_run.h"

#include "book_world.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STATE_SIZE_MAX 65536
#define TOLD_MAX       64

/* Guarded by its lock; changed by the test, read by the threads. */
struct world {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t now_ns;
    struct alert_counts counts;
    unsigned evaluations;
    char state[STATE_SIZE_MAX]; /* The disk. */
    size_t state_size;
    bool disk_fails;
    struct told { /* What was told and not told before. */
        uint64_t fired_ns;
        bool resolved;
    } told[TOLD_MAX];
    unsigned told_count;
};

static struct world world;

static uint64_t port_now(void *context)
{
    (void)context;
    pthread_mutex_lock(&world.lock);
    uint64_t now_ns = world.now_ns;
    world.now_ns += WORLD_SECOND; /* Whoever asks for the time makes it pass. */
    pthread_mutex_unlock(&world.lock);
    return now_ns;
}

static void port_read(void *context, uint64_t from_ns, uint64_t to_ns, alert_run_visit *visit,
                      void *visitor)
{
    (void)context;
    pthread_mutex_lock(&world.lock);
    struct alert_sample sample = world_sample("checkout", world.counts.samples, world.counts.hits);
    world.evaluations++;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
    assert_true(from_ns < to_ns);
    visit(visitor, &sample);
}

static void port_find(void *context, uint64_t from_ns, uint64_t to_ns,
                      const struct alert_sample *sample, struct alert_examples *found)
{
    (void)from_ns;
    (void)to_ns;
    world_find(context, sample, found);
}

static enum status port_save(void *context, struct slice state)
{
    (void)context;
    enum status status = STATUS_IO;
    pthread_mutex_lock(&world.lock);
    assert_true(state.size <= sizeof(world.state));
    if (!world.disk_fails) {
        memcpy(world.state, state.base, state.size);
        world.state_size = state.size;
        status = STATUS_OK;
    }
    pthread_mutex_unlock(&world.lock);
    return status;
}

static bool is_known(struct told item)
{
    for (unsigned i = 0; i < world.told_count; i++) {
        if (world.told[i].fired_ns == item.fired_ns && world.told[i].resolved == item.resolved) {
            return true;
        }
    }
    return false;
}

static void port_tell(void *context, const struct alert_rule *rule,
                      const struct alert_entry *entries, size_t count, uint64_t now_ns)
{
    (void)context;
    (void)now_ns;
    assert_int_equal(rule->minimum, 50);
    pthread_mutex_lock(&world.lock);
    for (size_t i = 0; i < count; i++) {
        const struct told item = {entries[i].watch.fired_ns, entries[i].watch.phase == ALERT_OK};
        if (!is_known(item)) {
            assert_true(world.told_count < TOLD_MAX);
            world.told[world.told_count] = item;
            world.told_count++;
        }
    }
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static struct alert_run *start(void)
{
    static const struct alert_ports ports = {.now = port_now,
                                             .read = port_read,
                                             .find = port_find,
                                             .save = port_save,
                                             .tell = port_tell};
    static char state[STATE_SIZE_MAX];
    memcpy(state, world.state, world.state_size);
    struct alert_run_options options = {.rule_name = SLICE("ColdStartRate"),
                                        .rule = world_rule,
                                        .enabled = true,
                                        .interval_ns = 1000000,
                                        .state = slice_of(state, world.state_size)};
    options.rule.gap_max_ns = UINT64_MAX;
    struct alert_run *run = NULL;
    assert_int_equal(alert_run_start(&run, &options, &ports), STATUS_OK);
    return run;
}

static int begin(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    world.now_ns = WORLD_START_NS;
    return pthread_mutex_init(&world.lock, NULL) == 0 &&
                   pthread_cond_init(&world.changed, NULL) == 0
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    pthread_cond_destroy(&world.changed);
    pthread_mutex_destroy(&world.lock);
    return 0;
}

static void set_counts(uint64_t samples, uint64_t hits)
{
    pthread_mutex_lock(&world.lock);
    world.counts = (struct alert_counts){samples, hits};
    pthread_mutex_unlock(&world.lock);
}

/* Wait until a counter of the world has grown to this. */
static void wait_until(const unsigned *counter, unsigned least)
{
    pthread_mutex_lock(&world.lock);
    while (*counter < least) {
        pthread_cond_wait(&world.changed, &world.lock);
    }
    pthread_mutex_unlock(&world.lock);
}

static void wait_evaluations(unsigned more)
{
    pthread_mutex_lock(&world.lock);
    unsigned least = world.evaluations + more;
    pthread_mutex_unlock(&world.lock);
    wait_until(&world.evaluations, least);
}

/* Each change is told once, in order, however often it is evaluated. */
static void each_change_is_told_once(void **state)
{
    (void)state;
    struct alert_run *run = start();
    for (unsigned round = 0; round < 5; round++) {
        set_counts(100, 50);
        wait_until(&world.told_count, 2 * round + 1);
        wait_evaluations(3);
        set_counts(1000, 1);
        wait_until(&world.told_count, 2 * round + 2);
        wait_evaluations(3);
    }
    alert_run_stop(run);
    assert_int_equal(world.told_count, 10);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(world.told[i].resolved, i % 2);
    }
}

/* Stopped and started between any two steps, it neither fires again nor forgets. */
static void a_restart_is_not_noticed(void **state)
{
    (void)state;
    set_counts(100, 50);
    struct alert_run *run = start();
    wait_until(&world.told_count, 1);
    alert_run_stop(run);
    run = start();
    wait_evaluations(5);
    set_counts(1000, 1);
    wait_until(&world.told_count, 2);
    alert_run_stop(run);
    run = start();
    wait_evaluations(5);
    alert_run_stop(run);
    assert_int_equal(world.told_count, 2);
}

/* A disk that fails does not keep an alert from being told, nor does it make it told twice. */
static void a_failing_disk_silences_nothing(void **state)
{
    (void)state;
    world.disk_fails = true;
    set_counts(100, 50);
    struct alert_run *run = start();
    wait_until(&world.told_count, 1);
    wait_evaluations(5);
    alert_run_stop(run);
    assert_int_equal(world.told_count, 1);
}

/* A state that is none is left behind, and alerting goes on. */
static void a_broken_state_is_left_behind(void **state)
{
    (void)state;
    memcpy(world.state, "{\"version\":7}", 13);
    world.state_size = 13;
    set_counts(100, 50);
    struct alert_run *run = start();
    wait_until(&world.told_count, 1);
    alert_run_stop(run);
}

static void look(void *context, const struct alert_book *book)
{
    *(uint64_t *)context = book->evaluated_ns;
}

/* The book can be read while it lives. */
static void the_book_can_be_read(void **state)
{
    (void)state;
    uint64_t evaluated_ns = 0;
    struct alert_run *run = start();
    while (evaluated_ns == 0) {
        alert_run_read(run, look, &evaluated_ns);
        wait_evaluations(1);
    }
    assert_true(evaluated_ns >= WORLD_START_NS);
    assert_true(alert_run_enabled(run));
    assert_int_equal(alert_run_rule(run)->minimum, 50);
    alert_run_stop(run);
    alert_run_stop(NULL);
}

/* A window ends with the minute in which the time less the delay lies. */
static void windows_are_whole_minutes(void **state)
{
    (void)state;
    struct alert_run_options options = {.rule = world_rule, .delay_ns = 60 * WORLD_SECOND};
    uint64_t from_ns = 0;
    uint64_t to_ns = 0;
    alert_run_window(&options, WORLD_START_NS, &from_ns, &to_ns);
    assert_int_equal(to_ns, WORLD_START_NS);
    assert_int_equal(from_ns, WORLD_START_NS - 600 * WORLD_SECOND);
    alert_run_window(&options, WORLD_START_NS + 60 * WORLD_SECOND - 1, &from_ns, &to_ns);
    assert_int_equal(to_ns, WORLD_START_NS);
    alert_run_window(&options, WORLD_START_NS + 60 * WORLD_SECOND, &from_ns, &to_ns);
    assert_int_equal(to_ns, WORLD_START_NS + 60 * WORLD_SECOND);
    alert_run_window(&options, 0, &from_ns, &to_ns);
    assert_int_equal(from_ns, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_change_is_told_once, begin, end),
        cmocka_unit_test_setup_teardown(a_restart_is_not_noticed, begin, end),
        cmocka_unit_test_setup_teardown(a_failing_disk_silences_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_broken_state_is_left_behind, begin, end),
        cmocka_unit_test_setup_teardown(the_book_can_be_read, begin, end),
        cmocka_unit_test_setup_teardown(windows_are_whole_minutes, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
