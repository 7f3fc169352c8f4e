/* SPDX-License-Identifier: Apache-2.0 */
#include "query/tally.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define S INT64_C(1000000000)

static struct tally tally;

/* Steps begin at multiples of a round length, and there are no more than were asked for. */
static void steps_are_round(void **state)
{
    (void)state;
    tally_init(&tally, (struct query_range){3600 * S + 1, 7200 * S}, 60);
    assert_true(tally.step_ns == 120 * S);
    assert_int_equal(tally.used, 30);
    assert_true(tally_step(&tally, 0) == 3600 * S);
    assert_true(tally_step(&tally, 29) == 7080 * S);
    tally_add(&tally, (uint64_t)(3600 * S + 1), true);
    tally_add(&tally, (uint64_t)(7200 * S - 1), false);
    tally_add(&tally, (uint64_t)(7200 * S), false);
    tally_add(&tally, (uint64_t)(3600 * S), false);
    assert_int_equal(tally.sum, 2);
    assert_int_equal(tally.all[29], 1);
    assert_int_equal(tally.errors[29], 1);
    assert_int_equal(tally.all[0], 1);
}

/* Where nobody knows when it begins, steps grow until all fits, and nothing is lost. */
static void steps_grow(void **state)
{
    (void)state;
    tally_init(&tally, (struct query_range){0, 100000 * S}, 10);
    assert_true(tally.step_ns == S);
    for (int64_t i = 0; i < 1000; i++) {
        tally_add(&tally, (uint64_t)((99999 - i * 7) * S), i % 2 == 0);
    }
    uint64_t all = 0, errors = 0;
    for (uint32_t i = 0; i < tally.used; i++) {
        all += tally.all[i];
        errors += tally.errors[i];
    }
    assert_int_equal(all, 1000);
    assert_int_equal(errors, 500);
    assert_int_equal(tally.sum, 1000);
    assert_in_range(tally.used, 5, 10);
    assert_true(tally_step(&tally, 0) <= (99999 - 6993) * S);
    assert_true(tally_step(&tally, 0) + tally.step_ns > (99999 - 6993) * S);
}

/* A short span, and one that is longer than any step. */
static void extremes(void **state)
{
    (void)state;
    tally_init(&tally, (struct query_range){5, 6}, 2);
    tally_add(&tally, 5, false);
    assert_int_equal(tally.sum, 1);
    tally_init(&tally, (struct query_range){1, INT64_MAX}, 2);
    tally_add(&tally, (uint64_t)INT64_MAX - 1, false);
    tally_add(&tally, 1, false);
    assert_int_equal(tally.sum, 2);
    assert_in_range(tally.used, 1, 2);
    tally_init(&tally, (struct query_range){0, INT64_MAX}, TALLY_STEP_COUNT_MAX);
    tally_add(&tally, 0, false);
    tally_add(&tally, (uint64_t)INT64_MAX - 1, false);
    assert_int_equal(tally.sum, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_are_round),
        cmocka_unit_test(steps_grow),
        cmocka_unit_test(extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
