/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/alert_step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MIN UINT64_C(60000000000)

/* The rule that is on by default. */
static const struct alert_rule standard = {.threshold_ppm = 50000,
                                           .clear_ppm = 30000,
                                           .minimum = 50,
                                           .window_ns = 10 * MIN,
                                           .for_ns = 5 * MIN,
                                           .clear_for_ns = 10 * MIN,
                                           .gap_max_ns = 2 * MIN};

/* The same with waits of whole ticks, for the small worlds below. */
static struct alert_rule ticking(uint64_t for_ns, uint64_t clear_for_ns)
{
    struct alert_rule rule = standard;
    rule.for_ns = for_ns;
    rule.clear_for_ns = clear_for_ns;
    rule.gap_max_ns = 1;
    return rule;
}

static const struct alert_counts bad = {1000, 200};
static const struct alert_counts between = {1000, 40};
static const struct alert_counts good = {1000, 10};
static const struct alert_counts few = {49, 49};

static enum alert_change step(struct alert_watch *watch, const struct alert_rule *rule,
                              uint64_t now_ns, struct alert_counts counts)
{
    return alert_step(watch, rule, now_ns, &counts);
}

/* The lower end of the Wilson interval by its formula, for comparison. */
static double wilson_lower(double hits, double samples)
{
    const double z = 1.96;
    double rate = hits / samples;
    double middle = rate + z * z / (2 * samples);
    double spread = rate * (1 - rate) / samples + z * z / (4 * samples * samples);
    double root = spread > 0 ? 1 : 0;
    for (unsigned i = 0; i < 200 && spread > 0; i++) {
        root = (root + spread / root) / 2;
    }
    return (middle - z * root) / (1 + z * z / samples);
}

/* The integer test is the Wilson test: for every count up to a few hundred and three thresholds,
 * but where the formula itself cannot tell. */
static void a_breach_is_proven(void **state)
{
    (void)state;
    static const uint32_t thresholds[] = {10000, 50000, 200000};
    for (size_t t = 0; t < 3; t++) {
        struct alert_rule rule = standard;
        rule.threshold_ppm = thresholds[t];
        rule.clear_ppm = 0;
        rule.minimum = 1;
        double threshold = (double)thresholds[t] / 1000000;
        for (uint64_t samples = 1; samples <= 300; samples++) {
            for (uint64_t hits = 0; hits <= samples; hits++) {
                double lower = wilson_lower((double)hits, (double)samples);
                if (lower > threshold - 1e-9 && lower < threshold + 1e-9) {
                    continue;
                }
                const struct alert_counts counts = {samples, hits};
                bool expected = lower > threshold && (double)hits > threshold * (double)samples;
                assert_int_equal(alert_step_breach(&rule, &counts), expected);
            }
        }
    }
}

/* The minimum guards: 49 cold of 49 is no breach, 50 of 50 is; few calls are clear. */
static void few_samples_breach_nothing(void **state)
{
    (void)state;
    const struct alert_counts enough = {50, 50};
    const struct alert_counts none = {0, 0};
    assert_false(alert_step_breach(&standard, &few));
    assert_true(alert_step_breach(&standard, &enough));
    assert_true(alert_step_clear(&standard, &few));
    assert_true(alert_step_clear(&standard, &none));
    assert_false(alert_step_clear(&standard, &enough));
    struct alert_rule rule = standard;
    rule.minimum = 0;
    assert_false(alert_step_breach(&rule, &none));
}

/* Thresholds are strict: at 5 % nothing fires, at 3 % nothing is clear. */
static void edges_belong_to_neither(void **state)
{
    (void)state;
    const struct alert_counts at_threshold = {1000000, 50000};
    const struct alert_counts at_clear = {1000000, 30000};
    const struct alert_counts below_clear = {1000000, 29999};
    assert_false(alert_step_breach(&standard, &at_threshold));
    assert_false(alert_step_clear(&standard, &at_clear));
    assert_true(alert_step_clear(&standard, &below_clear));
    assert_false(alert_step_clear(&standard, &between));
    assert_false(alert_step_breach(&standard, &between));
    struct alert_rule all = standard;
    all.threshold_ppm = 1000000;
    const struct alert_counts whole = {1000, 1000};
    assert_false(alert_step_breach(&all, &whole));
}

/* Counts as large as they can be are judged, not wrapped. */
static void huge_counts_do_not_wrap(void **state)
{
    (void)state;
    const struct alert_counts huge_bad = {UINT64_MAX, UINT64_MAX};
    const struct alert_counts huge_good = {UINT64_MAX, 1};
    assert_true(alert_step_breach(&standard, &huge_bad));
    assert_false(alert_step_clear(&standard, &huge_bad));
    assert_false(alert_step_breach(&standard, &huge_good));
    assert_true(alert_step_clear(&standard, &huge_good));
}

/* A day in the life: pending, firing after five minutes, resolved after ten clear ones. */
static void the_ordinary_course(void **state)
{
    (void)state;
    struct alert_watch watch = {.phase = ALERT_OK};
    uint64_t t = 1000 * MIN;
    assert_int_equal(step(&watch, &standard, t, good), ALERT_SAME);
    assert_int_equal(step(&watch, &standard, t + MIN, bad), ALERT_BEGAN);
    for (uint64_t i = 2; i <= 5; i++) {
        assert_int_equal(step(&watch, &standard, t + i * MIN, bad), ALERT_SAME);
        assert_int_equal(watch.phase, ALERT_PENDING);
    }
    assert_int_equal(step(&watch, &standard, t + 6 * MIN, bad), ALERT_FIRED);
    assert_int_equal(watch.began_ns, t + MIN);
    assert_int_equal(watch.fired_ns, t + 6 * MIN);
    assert_int_equal(step(&watch, &standard, t + 7 * MIN, between), ALERT_SAME);
    assert_int_equal(step(&watch, &standard, t + 8 * MIN, good), ALERT_CLEARING);
    assert_int_equal(step(&watch, &standard, t + 9 * MIN, between), ALERT_RELAPSED);
    assert_int_equal(step(&watch, &standard, t + 10 * MIN, few), ALERT_CLEARING);
    for (uint64_t i = 11; i <= 19; i++) {
        assert_int_equal(step(&watch, &standard, t + i * MIN, good), ALERT_SAME);
        assert_int_equal(watch.phase, ALERT_RESOLVING);
    }
    assert_int_equal(step(&watch, &standard, t + 20 * MIN, good), ALERT_RESOLVED);
    assert_int_equal(watch.resolved_ns, t + 20 * MIN);
    assert_int_equal(watch.fired_ns, t + 6 * MIN);
}

/* Without waits, an alert fires and resolves at one evaluation each. */
static void no_wait_is_no_wait(void **state)
{
    (void)state;
    struct alert_rule rule = ticking(0, 0);
    struct alert_watch watch = {.phase = ALERT_OK};
    assert_int_equal(step(&watch, &rule, 10, bad), ALERT_FIRED);
    assert_int_equal(step(&watch, &rule, 11, bad), ALERT_SAME);
    assert_int_equal(step(&watch, &rule, 12, good), ALERT_RESOLVED);
    assert_int_equal(step(&watch, &rule, 13, good), ALERT_SAME);
}

/* The same said by looking back over all evaluations instead of keeping a state. */
static bool held(const unsigned *kinds, size_t now, size_t ticks, unsigned kind)
{
    for (size_t i = 0; i <= ticks; i++) {
        if (i > now || kinds[now - i] != kind) {
            return false;
        }
    }
    return true;
}

/*
 * Every sequence of seven evaluations out of three kinds, for waits from 0 to 2: it fires exactly
 * when it does not fire and every evaluation for so long was a breach, and is resolved exactly when
 * it fires and every evaluation for so long was clear.
 */
static void every_short_history(void **state)
{
    (void)state;
    enum { LENGTH = 7, KINDS = 3 };
    static const struct alert_counts counts[KINDS] = {{1000, 200}, {1000, 40}, {1000, 10}};
    for (unsigned waits = 0; waits < 9; waits++) {
        struct alert_rule rule = ticking(waits / 3, waits % 3);
        for (unsigned history = 0; history < 2187; history++) {
            struct alert_watch watch = {.phase = ALERT_OK};
            unsigned kinds[LENGTH];
            unsigned rest = history;
            bool firing = false;
            for (size_t i = 0; i < LENGTH; i++) {
                kinds[i] = rest % KINDS;
                rest /= KINDS;
                enum alert_change change = step(&watch, &rule, 100 + i, counts[kinds[i]]);
                bool fires = !firing && held(kinds, i, rule.for_ns, 0);
                bool resolves = firing && held(kinds, i, rule.clear_for_ns, 2);
                assert_int_equal(change == ALERT_FIRED, fires);
                assert_int_equal(change == ALERT_RESOLVED, resolves);
                firing = fires || (firing && !resolves);
                bool shown = watch.phase == ALERT_FIRING || watch.phase == ALERT_RESOLVING;
                assert_int_equal(shown, firing);
            }
        }
    }
}

/* Time in which nobody looked proves neither a breach nor its end. */
static void a_pause_proves_nothing(void **state)
{
    (void)state;
    struct alert_watch watch = {.phase = ALERT_OK};
    uint64_t t = 1000 * MIN;
    (void)step(&watch, &standard, t, bad);
    (void)step(&watch, &standard, t + 2 * MIN, bad);
    /* Down for an hour: two of the five minutes had passed. */
    assert_int_equal(step(&watch, &standard, t + 62 * MIN, bad), ALERT_SAME);
    assert_int_equal(step(&watch, &standard, t + 64 * MIN, bad), ALERT_SAME);
    assert_int_equal(step(&watch, &standard, t + 65 * MIN, bad), ALERT_FIRED);
    (void)step(&watch, &standard, t + 66 * MIN, good);
    assert_int_equal(step(&watch, &standard, t + 200 * MIN, good), ALERT_SAME);
    assert_int_equal(watch.phase, ALERT_RESOLVING);
}

/* A clock that goes back changes nothing until it has caught up. */
static void time_does_not_go_back(void **state)
{
    (void)state;
    struct alert_rule rule = ticking(0, 0);
    struct alert_watch watch = {.phase = ALERT_OK};
    assert_int_equal(step(&watch, &rule, 100, bad), ALERT_FIRED);
    assert_int_equal(step(&watch, &rule, 99, good), ALERT_SAME);
    assert_int_equal(watch.phase, ALERT_FIRING);
    assert_int_equal(step(&watch, &rule, 100, good), ALERT_RESOLVED);
}

/* A watch that was copied away and back goes on as if nothing had happened. */
static void a_restart_neither_fires_again_nor_forgets(void **state)
{
    (void)state;
    struct alert_watch watch = {.phase = ALERT_OK};
    struct alert_rule rule = ticking(1, 1);
    (void)step(&watch, &rule, 10, bad);
    assert_int_equal(step(&watch, &rule, 11, bad), ALERT_FIRED);
    struct alert_watch kept = watch;
    assert_int_equal(step(&kept, &rule, 500, bad), ALERT_SAME);
    assert_int_equal(kept.fired_ns, 11);
    assert_int_equal(step(&kept, &rule, 501, good), ALERT_CLEARING);
    assert_int_equal(step(&kept, &rule, 502, good), ALERT_RESOLVED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_breach_is_proven),
        cmocka_unit_test(few_samples_breach_nothing),
        cmocka_unit_test(edges_belong_to_neither),
        cmocka_unit_test(huge_counts_do_not_wrap),
        cmocka_unit_test(the_ordinary_course),
        cmocka_unit_test(no_wait_is_no_wait),
        cmocka_unit_test(every_short_history),
        cmocka_unit_test(a_pause_proves_nothing),
        cmocka_unit_test(time_does_not_go_back),
        cmocka_unit_test(a_restart_neither_fires_again_nor_forgets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
