/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HOUR_NS INT64_C(3600000000000)

/* 2026-11-16 00:00 UTC, a Monday; November has 30 days, so half of it is over. */
#define NOW_HOUR INT64_C(498552)
#define NOW_NS   (NOW_HOUR * HOUR_NS)

enum { HOURS = FORECAST_PAST_HOURS + 1 };

static struct money amounts[HOURS];

static struct money cents(int64_t count)
{
    return (struct money){.units = MONEY_UNITS_PER_DOLLAR / 100 * count};
}

/* The last of them is the running hour. */
static struct cost_hours hours(void)
{
    return (struct cost_hours){.amounts = amounts, .count = HOURS, .first = NOW_HOUR - HOURS + 1};
}

/* Each of the last `known` whole hours cost so much; those before, and the running one, nothing. */
static void fill(int known, int64_t each)
{
    for (int i = 0; i < HOURS; i++) {
        amounts[i] = i >= HOURS - 1 - known && i < HOURS - 1 ? cents(each) : MONEY_ZERO;
    }
}

static void assert_cents(struct money amount, int64_t count)
{
    assert_int_equal(amount.units / (MONEY_UNITS_PER_DOLLAR / 100), count);
    assert_int_equal(amount.units % (MONEY_UNITS_PER_DOLLAR / 100), 0);
}

/* Four weeks of the same: the month is its 720 hours. */
static void steady(void **state)
{
    (void)state;
    fill(FORECAST_PAST_HOURS, 10);
    const struct cost_hours known = hours();
    struct forecast forecast = cost_forecast(&known, NOW_NS, MONEY_ZERO);
    assert_int_equal(forecast.basis, FORECAST_HOUR_OF_WEEK);
    assert_int_equal(forecast.month_start_ns, (NOW_HOUR - 15 * 24) * HOUR_NS);
    assert_int_equal(forecast.month_end_ns, (NOW_HOUR + 15 * 24) * HOUR_NS);
    assert_int_equal(forecast.days_known, 28);
    assert_cents(forecast.to_date, 3600);
    assert_cents(forecast.expected, 7200);
    assert_cents(forecast.low, 7200);
    assert_cents(forecast.high, 7200);
    assert_int_equal(forecast.over_ns, 0);
}

/* Mondays cost ten times as much: the two that are to come (the 16th, today, and the 23rd; the
 * 30th is one too) are told by the Mondays before. */
static void weeks_have_a_shape(void **state)
{
    (void)state;
    fill(FORECAST_PAST_HOURS, 1);
    const struct cost_hours known = hours();
    for (int i = 0; i < HOURS - 1; i++) {
        if ((known.first + i + 72) / 24 % 7 == 0) { /* 1970-01-01 was a Thursday. */
            amounts[i] = cents(10);
        }
    }
    struct forecast forecast = cost_forecast(&known, NOW_NS, MONEY_ZERO);
    /* Of 15 days 3 are Mondays. */
    struct money rest = money_subtract(forecast.expected, forecast.to_date);
    assert_cents(rest, 24 * (12 + 3 * 10));
}

/* The median of four weeks passes over one that was odd; the band does not. */
static void one_odd_week(void **state)
{
    (void)state;
    fill(FORECAST_PAST_HOURS, 10);
    for (int i = 0; i < FORECAST_WEEK_HOURS; i++) {
        amounts[i] = cents(50); /* Four weeks ago, before this month. */
    }
    const struct cost_hours known = hours();
    struct forecast forecast = cost_forecast(&known, NOW_NS, MONEY_ZERO);
    assert_cents(forecast.expected, 7200);
    assert_cents(forecast.low, 7200);
    assert_cents(forecast.high, 3600 + 360 * 50);
}

/* A few days: the average hour, between the cheapest and the dearest day. */
static void run_rate(void **state)
{
    (void)state;
    fill(48, 10);
    for (int i = 0; i < 24; i++) {
        amounts[HOURS - 2 - i] = cents(20);
    }
    const struct cost_hours known = hours();
    struct forecast forecast = cost_forecast(&known, NOW_NS, MONEY_ZERO);
    assert_int_equal(forecast.basis, FORECAST_RUN_RATE);
    assert_int_equal(forecast.days_known, 2);
    assert_cents(forecast.to_date, 720);
    assert_cents(forecast.expected, 720 + 360 * 15);
    assert_cents(forecast.low, 720 + 360 * 10);
    assert_cents(forecast.high, 720 + 360 * 20);
}

/* The edge between the two. */
static void fourteen_days(void **state)
{
    (void)state;
    const struct cost_hours known = hours();
    fill(FORECAST_DAYS_MIN * 24 - 1, 10);
    assert_int_equal(cost_forecast(&known, NOW_NS, MONEY_ZERO).basis, FORECAST_RUN_RATE);
    fill(FORECAST_DAYS_MIN * 24, 10);
    assert_int_equal(cost_forecast(&known, NOW_NS, MONEY_ZERO).basis, FORECAST_HOUR_OF_WEEK);
    fill(FORECAST_DAYS_MIN * 24 + 1, 10);
    assert_int_equal(cost_forecast(&known, NOW_NS, MONEY_ZERO).basis, FORECAST_HOUR_OF_WEEK);
}

/* Nothing is known, or only the hour that is running: nothing is foretold. */
static void nothing(void **state)
{
    (void)state;
    fill(0, 0);
    const struct cost_hours none = hours();
    assert_int_equal(cost_forecast(&none, NOW_NS, MONEY_ZERO).basis, FORECAST_NOTHING);
    amounts[HOURS - 1] = cents(5);
    struct forecast forecast = cost_forecast(&none, NOW_NS, MONEY_ZERO);
    assert_int_equal(forecast.basis, FORECAST_NOTHING);
    assert_cents(forecast.to_date, 5);
    const struct cost_hours empty = {.amounts = NULL, .count = 0, .first = NOW_HOUR};
    assert_int_equal(cost_forecast(&empty, NOW_NS, MONEY_ZERO).basis, FORECAST_NOTHING);
}

/* What is left of the running hour counts by the minute. */
static void the_running_hour(void **state)
{
    (void)state;
    fill(FORECAST_PAST_HOURS, 60);
    amounts[HOURS - 1] = cents(7);
    const struct cost_hours known = hours();
    struct forecast forecast = cost_forecast(&known, NOW_NS + HOUR_NS / 4, MONEY_ZERO);
    struct money rest = money_subtract(forecast.expected, forecast.to_date);
    assert_cents(rest, 45 + 359 * 60);
}

/* When a budget is spent: later, before, or not in this month. */
static void budgets(void **state)
{
    (void)state;
    fill(FORECAST_PAST_HOURS, 10);
    const struct cost_hours known = hours();
    assert_int_equal(cost_forecast(&known, NOW_NS, cents(7201)).over_ns, 0);
    assert_int_equal(cost_forecast(&known, NOW_NS, cents(7200)).over_ns,
                     (NOW_HOUR + 359) * HOUR_NS);
    assert_int_equal(cost_forecast(&known, NOW_NS, cents(3610)).over_ns, NOW_NS);
    assert_int_equal(cost_forecast(&known, NOW_NS, cents(10)).over_ns,
                     (NOW_HOUR - 15 * 24) * HOUR_NS);
    assert_int_equal(cost_forecast(&known, NOW_NS, cents(15)).over_ns,
                     (NOW_HOUR - 15 * 24 + 1) * HOUR_NS);
}

static size_t spikes_of(struct cost_spike *spikes, size_t count_max)
{
    const struct cost_hours known = hours();
    return forecast_spikes(&known, cents(50), spikes, count_max);
}

/* Two hours beside each other that stand out are spikes; one alone, or too small ones, are not. */
static void spikes(void **state)
{
    (void)state;
    struct cost_spike found[8];
    fill(FORECAST_PAST_HOURS, 100);
    assert_int_equal(spikes_of(found, 8), 0);
    amounts[HOURS - 10] = cents(300);
    assert_int_equal(spikes_of(found, 8), 0);
    amounts[HOURS - 9] = cents(151); /* Above by 51 cents and by half. */
    assert_int_equal(spikes_of(found, 8), 2);
    assert_int_equal(found[0].hour, NOW_HOUR - 9);
    assert_cents(found[0].amount, 300);
    assert_cents(found[0].usual, 100);
    assert_int_equal(found[1].hour, NOW_HOUR - 8);
    assert_int_equal(spikes_of(found, 1), 1);
    amounts[HOURS - 9] = cents(150); /* Not above the floor. */
    assert_int_equal(spikes_of(found, 8), 0);
}

/* By a quarter at least, whatever the floor. */
static void spikes_of_dear_hours(void **state)
{
    (void)state;
    struct cost_spike found[8];
    fill(FORECAST_PAST_HOURS, 1000);
    amounts[HOURS - 10] = amounts[HOURS - 9] = cents(1250);
    assert_int_equal(spikes_of(found, 8), 0);
    amounts[HOURS - 10] = amounts[HOURS - 9] = cents(1251);
    assert_int_equal(spikes_of(found, 8), 2);
}

/* Where every week is another, an hour has to stand out from that. */
static void spikes_among_noise(void **state)
{
    (void)state;
    struct cost_spike found[8];
    fill(FORECAST_PAST_HOURS, 0);
    for (int i = 0; i < HOURS - 1; i++) {
        amounts[i] = cents(100 + 100 * (i / FORECAST_WEEK_HOURS)); /* 100, 200, 300, 400. */
    }
    assert_int_equal(spikes_of(found, 8), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady),
        cmocka_unit_test(weeks_have_a_shape),
        cmocka_unit_test(one_odd_week),
        cmocka_unit_test(run_rate),
        cmocka_unit_test(fourteen_days),
        cmocka_unit_test(nothing),
        cmocka_unit_test(the_running_hour),
        cmocka_unit_test(budgets),
        cmocka_unit_test(spikes),
        cmocka_unit_test(spikes_of_dear_hours),
        cmocka_unit_test(spikes_among_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
