/* SPDX-License-Identifier: Apache-2.0 */

/* When data rides beside an invocation. */
#include "core_drive.h"

static unsigned number;
static uint64_t flushed[64]; /* When flushes began. */
static unsigned flushes;

static void note_flush(void)
{
    if (actions.send) {
        assert_true(flushes < sizeof(flushed) / sizeof(flushed[0]));
        flushed[flushes++] = now.mono_ns;
        take_all();
    }
}

static void report(const char *id, const char *status)
{
    tell((struct event){.type = EVENT_REPORT,
                        .request_id = slice_from(id),
                        .status = slice_from(status),
                        .billed_ms = 1});
}

/* One of these milliseconds, with this line, that ends so; then a pause. */
static void live(unsigned ms, const char *line, const char *status, unsigned pause_ms)
{
    char id[16];
    (void)snprintf(id, sizeof(id), "%u", number++);
    invoke(id);
    note_flush();
    start(id);
    note_flush();
    if (line != NULL) {
        tell((struct event){.type = EVENT_LINE_FUNCTION, .text = {.raw = slice_from(line)}});
        note_flush();
    }
    for (unsigned i = 0; i < ms; i++) {
        pass(MS(1));
        note_flush();
    }
    done(id);
    note_flush();
    report(id, status);
    note_flush();
    for (unsigned i = 0; i < pause_ms; i++) {
        pass(MS(1));
        note_flush();
    }
}

/* The first ones, which are held for, are over. */
static void begin_riding(uint64_t age_max_ns)
{
    begin(CORE_FLUSH_ADAPTIVE, 0);
    core.config.age_max_ns = age_max_ns;
    number = 0;
    for (unsigned i = 0; i < AGENT_ADAPTIVE_FIRST; i++) {
        live(9, NULL, "success", 0);
    }
    flushes = 0;
    flushed[flushes++] = now.mono_ns;
}

static uint64_t apart(unsigned flush)
{
    assert_true(flush > 0 && flush < flushes);
    return flushed[flush] - flushed[flush - 1];
}

static void assert_about(uint64_t ns, uint64_t expected_ns)
{
    assert_true(ns >= expected_ns && ns <= expected_ns + MS(10));
}

/* In a burst each flush waits twice as long as the one before, up to a second; after a rest the
 * first one comes soon again. */
static void flushes_part(void **state)
{
    static const unsigned expected_ms[] = {100, 200, 400, 800, 1000, 1000};
    const size_t count = sizeof(expected_ms) / sizeof(expected_ms[0]);
    (void)state;
    begin_riding(MS(120000));
    while (flushes <= count) {
        live(9, NULL, "success", 0);
    }
    for (unsigned i = 0; i < count; i++) {
        assert_about(apart(i + 1), MS(expected_ms[i]));
    }
    now.mono_ns += MS(5000);
    now.wall_ns += MS(5000);
    unsigned before = flushes;
    while (flushes < before + 3) {
        live(9, NULL, "success", 0);
    }
    assert_about(apart(before + 1), MS(100));
    assert_about(apart(before + 2), MS(200));
}

static void become_steady(void)
{
    begin_riding(MS(120000));
    while (core.ride_apart_ns < AGENT_RIDE_EVERY_NS) {
        live(9, NULL, "success", 0);
    }
}

/* What has become much does not wait for so long. */
static void much_rides_soon(void **state)
{
    static char line[4096];
    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    become_steady();
    unsigned before = flushes;
    while (flushes == before) {
        live(9, line, "success", 0);
    }
    assert_true(apart(before) > AGENT_RIDE_SOON_NS && apart(before) < AGENT_RIDE_EVERY_NS / 2);
    assert_true(core.queue.used < AGENT_RIDE_SIZE + 8192);
}

/* Nor does a failure. */
static void failure_rides_soon(void **state)
{
    (void)state;
    become_steady();
    unsigned before = flushes;
    while (now.mono_ns - flushed[before - 1] < MS(300)) {
        live(9, NULL, "success", 0);
    }
    assert_int_equal(flushes, before);
    uint64_t begun_ns = now.mono_ns;
    live(4, NULL, "error", 0);
    assert_int_equal(flushes, before + 1);
    assert_int_equal(flushed[before] - begun_ns, MS(4));
}

/* A handler that runs long is told of, whatever the pace. */
static void long_handler(void **state)
{
    (void)state;
    become_steady();
    unsigned before = flushes;
    uint64_t begun_ns = now.mono_ns;
    assert_true(begun_ns - flushed[before - 1] < MS(10));
    live(600, NULL, "success", 0);
    assert_int_equal(flushes, before + 1);
    assert_int_equal(flushed[before] - begun_ns, AGENT_STARTED_AFTER_NS);
}

/* Where little age is allowed data rides before it is too old, and nothing is held for. */
static void age_allowed(void **state)
{
    (void)state;
    begin_riding(MS(600));
    for (unsigned i = 0; i < 1000; i++) {
        live(9, NULL, "success", 0);
        assert_true(core_unsent_age_ns(&core, now) <= MS(320));
        assert_true(core.current->held_ns == INT64_MIN);
    }
    assert_about(apart(flushes - 1), MS(300));
}

/* The clock of timers stands still in freezes: that of the wall tells how long ago the last flush
 * was. */
static void frozen_clock(void **state)
{
    (void)state;
    become_steady();
    unsigned before = flushes;
    for (unsigned i = 0; i < 5; i++) {
        now.wall_ns += MS(10000);
        live(60, NULL, "success", 0);
        assert_int_equal(flushes, before + i + 1);
    }
}

/* Invocations that are complete become records while they wait: rows that change stay few. */
static void complete_ones_are_records(void **state)
{
    (void)state;
    become_steady();
    for (unsigned i = 0; i < 100; i++) {
        unsigned dirty = 0;
        live(9, NULL, "success", 0);
        for (size_t row = 0; row < core.invocations.reach; row++) {
            dirty += core.invocations.rows[row].used && core.invocations.rows[row].dirty ? 1 : 0;
        }
        assert_true(dirty <= 2);
    }
    assert_int_equal(core.invocations.reach, AGENT_INVOCATIONS_KEPT);
    assert_int_equal(core.counters.split, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flushes_part),
        cmocka_unit_test(much_rides_soon),
        cmocka_unit_test(failure_rides_soon),
        cmocka_unit_test(long_handler),
        cmocka_unit_test(age_allowed),
        cmocka_unit_test(frozen_clock),
        cmocka_unit_test(complete_ones_are_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
