/* SPDX-License-Identifier: Apache-2.0 */
#include "rules/rule_step.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIN INT64_C(60000)

static struct rule_findings findings_of(const char *points)
{
    struct rule_findings findings = rule_findings_all(RULE_MISSING);
    for (const char *c = points; *c != '\0'; c++) {
        if (*c != ' ') {
            rule_findings_add(&findings, *c == 'X'   ? RULE_BREACH
                                         : *c == '0' ? RULE_FINE
                                                     : RULE_MISSING);
        }
    }
    return findings;
}

/* CloudWatch's tables of what missing data counts as. */
static void cloudwatch_says_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *points;
        unsigned alarms, of;
        enum rule_verdict verdicts[4]; /* ok, breach, keep, no_data */
    } rows[] = {
        {"0 - X - X", 3, 3, {RULE_OK, RULE_OK, RULE_OK, RULE_OK}},
        {"0 - - - -", 3, 3, {RULE_OK, RULE_OK, RULE_OK, RULE_OK}},
        {"- - - - 0", 3, 3, {RULE_OK, RULE_OK, RULE_OK, RULE_OK}},
        {"- - - - -", 3, 3, {RULE_OK, RULE_ALARM, RULE_KEEP, RULE_UNKNOWN}},
        {"0 X X - X", 3, 3, {RULE_ALARM, RULE_ALARM, RULE_ALARM, RULE_ALARM}},
        {"- - - - X", 3, 3, {RULE_OK, RULE_ALARM, RULE_KEEP, RULE_UNKNOWN}},
        {"0 - X - X", 2, 3, {RULE_ALARM, RULE_ALARM, RULE_ALARM, RULE_ALARM}},
        {"0 0 X 0 X", 2, 3, {RULE_ALARM, RULE_ALARM, RULE_ALARM, RULE_ALARM}},
        {"- - - - X", 2, 3, {RULE_OK, RULE_ALARM, RULE_KEEP, RULE_UNKNOWN}},
        {"X", 1, 1, {RULE_ALARM, RULE_ALARM, RULE_ALARM, RULE_ALARM}},
        {"X 0", 1, 1, {RULE_OK, RULE_OK, RULE_OK, RULE_OK}},
        {"X -", 1, 1, {RULE_OK, RULE_ALARM, RULE_KEEP, RULE_UNKNOWN}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct rule_findings findings = findings_of(rows[i].points);
        for (int policy = 0; policy < 4; policy++) {
            enum rule_verdict verdict =
                rule_step_judge(&findings, rows[i].alarms, rows[i].of, (enum rule_no_data)policy);
            if (verdict != rows[i].verdicts[policy]) {
                fail_msg("%s, %u of %u, policy %d: %d", rows[i].points, rows[i].alarms, rows[i].of,
                         policy, (int)verdict);
            }
        }
    }
}

/* Findings that would be of no N are not looked at. */
static void findings_age(void **state)
{
    (void)state;
    struct rule_findings findings = findings_of("X 0 0");
    assert_true(rule_findings_breach(&findings, 1));
    rule_findings_add(&findings, RULE_FINE);
    assert_false(rule_findings_breach(&findings, 1));
    assert_true(rule_findings_breach(&findings, 2));
}

struct world {
    struct rule_watch watch;
    struct rule_terms terms;
    int64_t now_ms;
};

static enum rule_change step(struct world *world, enum rule_verdict verdict, bool clear)
{
    world->now_ms += MIN;
    return rule_step(&world->watch, &world->terms, world->now_ms, verdict, clear);
}

/* ok, pending, firing, resolving, ok; and each way back. */
static void goes_through_its_phases(void **state)
{
    (void)state;
    struct world world = {.terms = {.for_ms = 2 * MIN, .keep_firing_for_ms = 2 * MIN}};
    assert_int_equal(step(&world, RULE_OK, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_BEGAN);
    assert_int_equal(step(&world, RULE_OK, true), RULE_DROPPED);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_BEGAN);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_FIRED);
    assert_int_equal(world.watch.active_ms, 4 * MIN);
    assert_int_equal(world.watch.fired_ms, 6 * MIN);
    assert_int_equal(step(&world, RULE_OK, true), RULE_CLEARING);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_RELAPSED);
    assert_int_equal(step(&world, RULE_OK, true), RULE_CLEARING);
    assert_int_equal(step(&world, RULE_OK, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_OK, true), RULE_RESOLVED);
    assert_int_equal(world.watch.resolved_ms, 11 * MIN);
}

/* Between both thresholds nothing changes. */
static void hysteresis_holds(void **state)
{
    (void)state;
    struct world world = {.terms = {.for_ms = 0, .keep_firing_for_ms = 2 * MIN}};
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_FIRED);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(step(&world, RULE_OK, false), RULE_SAME);
    }
    assert_int_equal(step(&world, RULE_OK, true), RULE_CLEARING);
    assert_int_equal(step(&world, RULE_OK, false), RULE_RELAPSED);
    assert_int_equal(step(&world, RULE_OK, true), RULE_CLEARING);
    assert_int_equal(step(&world, RULE_OK, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_OK, true), RULE_RESOLVED);
}

/* What is not known keeps all as it is, or is told. */
static void no_data_keeps_or_tells(void **state)
{
    (void)state;
    struct world world = {.terms = {.for_ms = MIN}};
    assert_int_equal(step(&world, RULE_UNKNOWN, true), RULE_LOST);
    assert_int_equal(step(&world, RULE_UNKNOWN, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_OK, true), RULE_FOUND);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_BEGAN);
    assert_int_equal(step(&world, RULE_KEEP, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_FIRED);
    assert_int_equal(step(&world, RULE_KEEP, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_UNKNOWN, true), RULE_RESOLVED);
    assert_int_equal(world.watch.phase, RULE_PHASE_NO_DATA);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_BEGAN);
    assert_int_equal(step(&world, RULE_UNKNOWN, true), RULE_DROPPED);
}

/* Time in which nobody looked counts towards nothing. */
static void a_pause_proves_nothing(void **state)
{
    (void)state;
    struct world world = {
        .terms = {.for_ms = 3 * MIN, .keep_firing_for_ms = 3 * MIN, .gap_ms = 2 * MIN}};
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_BEGAN);
    world.now_ms += 60 * MIN;
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_FIRED);
    assert_int_equal(step(&world, RULE_OK, true), RULE_CLEARING);
    world.now_ms += 60 * MIN;
    assert_int_equal(step(&world, RULE_OK, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_OK, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_OK, true), RULE_SAME);
    assert_int_equal(step(&world, RULE_OK, true), RULE_RESOLVED);
}

/* A clock that was set back changes nothing. */
static void the_past_is_not_looked_at(void **state)
{
    (void)state;
    struct world world = {.terms = {.for_ms = 0}};
    assert_int_equal(step(&world, RULE_ALARM, true), RULE_FIRED);
    world.now_ms -= 3 * MIN;
    assert_int_equal(step(&world, RULE_OK, true), RULE_SAME);
    assert_int_equal(world.watch.phase, RULE_PHASE_FIRING);
}

/* One firing within its cool-down. */
static void cools_down(void **state)
{
    (void)state;
    struct world world = {.terms = {.cooldown_ms = 10 * MIN}};
    int fired = 0;
    for (int i = 0; i < 31; i++) {
        fired += step(&world, i % 2 == 0 ? RULE_ALARM : RULE_OK, true) == RULE_FIRED;
    }
    assert_int_equal(fired, 4);
}

/* Who flaps is kept firing: at most four firings an hour, and it ends as long behind as it is kept.
 */
static void flapping_is_bounded(void **state)
{
    (void)state;
    struct world world = {.terms = {.flap_ms = 60 * MIN, .flap_keep_ms = 30 * MIN}};
    int fired = 0;
    for (int i = 0; i < 240; i++) {
        fired += step(&world, i % 2 == 0 ? RULE_ALARM : RULE_OK, true) == RULE_FIRED;
    }
    assert_int_equal(fired, 4 * 4);
    for (int i = 0; i < 60 && world.watch.phase != RULE_PHASE_OK; i++) {
        (void)step(&world, RULE_OK, true);
    }
    assert_int_equal(world.watch.phase, RULE_PHASE_OK);
}

/* Whatever comes, firing and resolved take turns, and times never go back. */
static void every_sequence_is_sound(void **state)
{
    (void)state;
    enum { LENGTH = 8 };
    for (unsigned sequence = 0; sequence < 1u << (2 * LENGTH); sequence++) {
        struct world world = {.terms = {.for_ms = MIN, .keep_firing_for_ms = MIN}};
        bool firing = false;
        for (unsigned i = 0; i < LENGTH; i++) {
            enum rule_verdict verdict = (enum rule_verdict)(sequence >> (2 * i) & 3);
            enum rule_change change = step(&world, verdict, true);
            assert_true(change != RULE_FIRED || !firing);
            assert_true(change != RULE_RESOLVED || firing);
            firing = change == RULE_FIRED || (firing && change != RULE_RESOLVED);
            assert_int_equal(firing, rule_phase_firing(world.watch.phase));
            assert_true(!firing || world.watch.fired_ms - world.watch.active_ms >= MIN);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cloudwatch_says_the_same),  cmocka_unit_test(findings_age),
        cmocka_unit_test(goes_through_its_phases),   cmocka_unit_test(hysteresis_holds),
        cmocka_unit_test(no_data_keeps_or_tells),    cmocka_unit_test(a_pause_proves_nothing),
        cmocka_unit_test(the_past_is_not_looked_at), cmocka_unit_test(cools_down),
        cmocka_unit_test(flapping_is_bounded),       cmocka_unit_test(every_sequence_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
