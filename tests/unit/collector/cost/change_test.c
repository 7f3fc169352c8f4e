/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* x86 in us-east-1. */
#define GB_S    "0.0000166667"
#define REQUEST "0.0000002"

static struct price price_of(const char *text)
{
    struct price price;
    assert_true(money_price_parse(slice_from(text), &price));
    return price;
}

/* So many invocations, each billed for these milliseconds and those of an init, at a price. */
static struct cost_period period(uint64_t count, uint64_t each_ms, uint64_t init_ms,
                                 uint64_t memory, const char *gb_s)
{
    struct cost_period period = {.requests = count,
                                 .billed_ms = count * (each_ms + init_ms),
                                 .init_mb_us = count * init_ms * 1000 * memory};
    period.mb_ms = period.billed_ms * memory;
    period.requests_amount = money_of_count(count, price_of(REQUEST));
    period.amount = money_add(period.requests_amount, money_of_mb_ms(period.mb_ms, price_of(gb_s)));
    return period;
}

static void assert_money(struct money amount, const char *text)
{
    char found[MONEY_TEXT_SIZE];
    (void)money_format(amount, found);
    assert_string_equal(found, text);
}

static void assert_sums(const struct cost_change *change, const struct cost_period *before,
                        const struct cost_period *after)
{
    struct money difference = money_subtract(after->amount, before->amount);
    assert_int_equal(money_compare(cost_change_sum(change), difference), 0);
}

/* One factor alone changed: it has all of the difference, the others nothing. */
static void one_factor_has_all(void **state)
{
    (void)state;
    const struct cost_period before = period(1000, 200, 50, 1024, GB_S);
    struct cost_period after = period(3000, 200, 50, 1024, GB_S);
    struct cost_change change = cost_change(&before, &after);
    assert_sums(&change, &before, &after);
    /* 2000 x (0.25 s x 1 GB x 0.0000166667 + 0.0000002) */
    assert_money(change.volume, "0.00873335");
    assert_money(change.duration, "0");
    assert_money(change.cold, "0");
    assert_money(change.memory, "0");
    assert_money(change.price, "0");

    after = period(1000, 300, 50, 1024, GB_S);
    change = cost_change(&before, &after);
    assert_money(change.duration, "0.00166667");
    assert_money(change.volume, "0");

    after = period(1000, 200, 0, 1024, GB_S);
    change = cost_change(&before, &after);
    assert_money(change.cold, "-0.000833335");

    after = period(1000, 200, 50, 2048, GB_S);
    change = cost_change(&before, &after);
    assert_money(change.memory, "0.004166675");

    after = period(1000, 200, 50, 1024, "0.0000133334");
    change = cost_change(&before, &after);
    assert_money(change.price, "-0.000833325");
    assert_money(change.memory, "0");
}

/* Two factors changed: what they did together is shared alike. */
static void what_was_done_together_is_shared(void **state)
{
    (void)state;
    /* 1 s to 2 s and 1024 to 2048 MB: 4 times the price of 1 GB-s, 3 more than before. */
    const struct cost_period before = period(1, 1000, 0, 1024, GB_S);
    const struct cost_period after = period(1, 2000, 0, 2048, GB_S);
    struct cost_change change = cost_change(&before, &after);
    assert_sums(&change, &before, &after);
    assert_money(change.duration, "0.00002500005");
    assert_money(change.memory, "0.00002500005");
}

/* What was not there before, or is no more, is volume. */
static void from_and_to_nothing_is_volume(void **state)
{
    (void)state;
    const struct cost_period none = {.requests = 0};
    const struct cost_period some = period(10, 100, 10, 512, GB_S);
    struct cost_change change = cost_change(&none, &some);
    assert_sums(&change, &none, &some);
    assert_int_equal(money_compare(change.volume, some.amount), 0);
    change = cost_change(&some, &none);
    assert_sums(&change, &some, &none);
    change = cost_change(&none, &none);
    assert_money(cost_change_sum(&change), "0");
}

/* Invocations that were billed for no time at all have no mean memory: nothing is divided by 0. */
static void time_of_nothing(void **state)
{
    (void)state;
    const struct cost_period none = period(10, 0, 0, 512, GB_S);
    const struct cost_period some = period(10, 100, 0, 512, GB_S);
    struct cost_change change = cost_change(&none, &some);
    assert_sums(&change, &none, &some);
    assert_int_equal(money_compare(change.duration, money_subtract(some.amount, none.amount)), 0);
    assert_money(change.memory, "0");
    assert_money(change.price, "0");
}

/* More inits than were billed for are as many as were. */
static void inits_are_part_of_what_was_billed(void **state)
{
    (void)state;
    struct cost_period before = period(10, 100, 0, 512, GB_S);
    const struct cost_period after = period(10, 200, 0, 512, GB_S);
    before.init_mb_us = before.mb_ms * 2000;
    struct cost_change change = cost_change(&before, &after);
    assert_sums(&change, &before, &after);
}

/* The parts sum to the difference to the last digit, whatever the numbers. */
static void parts_always_sum(void **state)
{
    (void)state;
    uint64_t seed = 20261130;
    for (int round = 0; round < 20000; round++) {
        uint64_t numbers[8];
        for (int i = 0; i < 8; i++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            numbers[i] = seed >> 40;
        }
        const struct cost_period before =
            period(numbers[0] % 100000, numbers[1] % 900000, numbers[2] % 10000,
                   128 + numbers[3] % 10113, round % 2 == 0 ? GB_S : "0.0000133334");
        const struct cost_period after = period(numbers[4] % 100000, numbers[5] % 900000,
                                                numbers[6] % 10000, 128 + numbers[7] % 10113, GB_S);
        struct cost_change change = cost_change(&before, &after);
        assert_sums(&change, &before, &after);
        if (round % 2 == 0 && before.requests > 0 && after.requests > 0) {
            assert_money(change.price, "0");
        }
    }
}

/* Sums of functions. */
static void changes_add_up(void **state)
{
    (void)state;
    const struct cost_period before = period(10, 100, 10, 512, GB_S);
    const struct cost_period after = period(20, 150, 20, 1024, "0.0000133334");
    struct cost_change one = cost_change(&before, &after);
    struct cost_change sum = one;
    cost_change_add(&sum, &one);
    struct money twice = money_add(cost_change_sum(&one), cost_change_sum(&one));
    assert_int_equal(money_compare(cost_change_sum(&sum), twice), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_factor_has_all),
        cmocka_unit_test(what_was_done_together_is_shared),
        cmocka_unit_test(from_and_to_nothing_is_volume),
        cmocka_unit_test(time_of_nothing),
        cmocka_unit_test(inits_are_part_of_what_was_billed),
        cmocka_unit_test(parts_always_sum),
        cmocka_unit_test(changes_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
