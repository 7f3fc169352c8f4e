/* SPDX-License-Identifier: Apache-2.0 */
#include "cost/forecast.h"

#include <stdlib.h>
#include <time.h>

#define HOUR_NS   INT64_C(3600000000000)
#define SECOND_NS INT64_C(1000000000)
#define DAY_HOURS 24

static struct money at(const struct cost_hours *hours, int64_t hour)
{
    int64_t index = hour - hours->first;
    return index >= 0 && index < (int64_t)hours->count ? hours->amounts[index] : MONEY_ZERO;
}

static int compare(const void *one, const void *other)
{
    return money_compare(*(const struct money *)one, *(const struct money *)other);
}

/* The first hour that cost anything; the end where none did. */
static int64_t first_used(const struct cost_hours *hours)
{
    size_t i = 0;
    while (i < hours->count && hours->amounts[i].units == 0) {
        i++;
    }
    return hours->first + (int64_t)i;
}

static int64_t last_of(const struct cost_hours *hours)
{
    return hours->first + (int64_t)hours->count - 1;
}

/* The same hours of the weeks before, those that are known, in order of size; how many. */
static size_t weeks_before(const struct cost_hours *hours, int64_t hour, int64_t known_from,
                           struct money weeks[FORECAST_WEEKS])
{
    size_t count = 0;
    int64_t last = last_of(hours); /* It is running: no whole hour. */
    for (int64_t past = hour - FORECAST_WEEK_HOURS; past >= known_from && count < FORECAST_WEEKS;
         past -= FORECAST_WEEK_HOURS) {
        if (past < last) {
            weeks[count] = at(hours, past);
            count++;
        }
    }
    qsort(weeks, count, sizeof(weeks[0]), compare);
    return count;
}

static struct money half(struct money amount)
{
    return (struct money){.units = amount.units / 2, .saturated = amount.saturated};
}

/* Of values in order, at least one. */
static struct money median(const struct money *values, size_t count)
{
    if (count % 2 == 1) {
        return values[count / 2];
    }
    return half(money_add(values[count / 2 - 1], values[count / 2]));
}

/* Nearest rank. */
static struct money percentile(const struct money *values, size_t count, size_t percent)
{
    size_t rank = (count * percent + 99) / 100;
    return values[rank > 0 ? rank - 1 : 0];
}

/* What an hour to come costs. */
struct expectation {
    struct money low, expected, high;
};

static struct expectation by_weeks(const struct cost_hours *hours, int64_t hour, int64_t known_from)
{
    struct money weeks[FORECAST_WEEKS];
    size_t count = weeks_before(hours, hour, known_from, weeks);
    if (count == 0) {
        return (struct expectation){.low = MONEY_ZERO};
    }
    return (struct expectation){
        .low = percentile(weeks, count, 10),
        .expected = median(weeks, count),
        .high = percentile(weeks, count, 90),
    };
}

static struct money divide(struct money amount, int64_t by)
{
    return (struct money){.units = amount.units / by, .saturated = amount.saturated};
}

static struct money sum_of(const struct cost_hours *hours, int64_t from, int64_t to)
{
    struct money sum = MONEY_ZERO;
    for (int64_t hour = from; hour < to; hour++) {
        sum = money_add(sum, at(hours, hour));
    }
    return sum;
}

/* The average hour, with the cheapest and the dearest whole day's average around it. */
static struct expectation by_rate(const struct cost_hours *hours, int64_t known_from)
{
    int64_t last = last_of(hours);
    struct money mean = divide(sum_of(hours, known_from, last), last - known_from);
    struct expectation rate = {.low = mean, .expected = mean, .high = mean};
    for (int64_t day = known_from; day + DAY_HOURS <= last; day += DAY_HOURS) {
        struct money hour = divide(sum_of(hours, day, day + DAY_HOURS), DAY_HOURS);
        rate.low = money_compare(hour, rate.low) < 0 ? hour : rate.low;
        rate.high = money_compare(hour, rate.high) > 0 ? hour : rate.high;
    }
    return rate;
}

static void month_of(int64_t now_ns, int64_t *start_ns, int64_t *end_ns)
{
    time_t now = (time_t)(now_ns / SECOND_NS);
    struct tm tm;
    (void)gmtime_r(&now, &tm);
    struct tm first = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon, .tm_mday = 1};
    struct tm next = {.tm_year = tm.tm_year, .tm_mon = tm.tm_mon + 1, .tm_mday = 1};
    *start_ns = (int64_t)timegm(&first) * SECOND_NS;
    *end_ns = (int64_t)timegm(&next) * SECOND_NS;
}

/* What is left of the running hour, as a share of what a whole one costs. */
static struct money part_of(struct money amount, int64_t left_ns)
{
    int64_t minutes = left_ns / (HOUR_NS / 60);
    __int128 units = amount.units / 60 * minutes + amount.units % 60 * minutes / 60;
    return (struct money){.units = units, .saturated = amount.saturated};
}

static void add_hour(struct forecast *forecast, const struct expectation *hour, int64_t left_ns)
{
    forecast->low = money_add(forecast->low, part_of(hour->low, left_ns));
    forecast->expected = money_add(forecast->expected, part_of(hour->expected, left_ns));
    forecast->high = money_add(forecast->high, part_of(hour->high, left_ns));
}

/* When what was spent until now reached the budget. */
static int64_t was_over(const struct cost_hours *hours, const struct forecast *forecast,
                        struct money budget)
{
    struct money sum = MONEY_ZERO;
    int64_t hour = forecast->month_start_ns / HOUR_NS;
    for (; hour < last_of(hours); hour++) {
        sum = money_add(sum, at(hours, hour));
        if (money_compare(sum, budget) >= 0) {
            break;
        }
    }
    return hour * HOUR_NS;
}

static void add_rest(const struct cost_hours *hours, int64_t now_ns, int64_t known_from,
                     struct money budget, struct forecast *forecast)
{
    struct expectation rate = by_rate(hours, known_from);
    bool weekly = forecast->basis == FORECAST_HOUR_OF_WEEK;
    bool told = budget.units > 0 && forecast->over_ns == 0;
    for (int64_t hour = now_ns / HOUR_NS; hour * HOUR_NS < forecast->month_end_ns; hour++) {
        int64_t end_ns = (hour + 1) * HOUR_NS;
        int64_t start_ns = hour * HOUR_NS < now_ns ? now_ns : hour * HOUR_NS;
        struct expectation next = weekly ? by_weeks(hours, hour, known_from) : rate;
        add_hour(forecast, &next, end_ns - start_ns);
        if (told && forecast->over_ns == 0 && money_compare(forecast->expected, budget) >= 0) {
            forecast->over_ns = start_ns;
        }
    }
}

struct forecast cost_forecast(const struct cost_hours *hours, int64_t now_ns, struct money budget)
{
    struct forecast forecast = {.basis = FORECAST_NOTHING};
    month_of(now_ns, &forecast.month_start_ns, &forecast.month_end_ns);
    int64_t known_from = first_used(hours);
    if (hours->count == 0 || known_from > last_of(hours)) {
        return forecast;
    }
    struct money to_date = sum_of(hours, forecast.month_start_ns / HOUR_NS, last_of(hours) + 1);
    forecast.to_date = forecast.low = forecast.expected = forecast.high = to_date;
    if (known_from >= last_of(hours)) {
        return forecast; /* Only the running hour is known: no rate can be told of a part. */
    }
    forecast.days_known = (uint32_t)((last_of(hours) - known_from) / DAY_HOURS);
    forecast.basis =
        forecast.days_known >= FORECAST_DAYS_MIN ? FORECAST_HOUR_OF_WEEK : FORECAST_RUN_RATE;
    if (budget.units > 0 && money_compare(to_date, budget) >= 0) {
        forecast.over_ns = was_over(hours, &forecast, budget);
    }
    add_rest(hours, now_ns, known_from, budget, &forecast);
    return forecast;
}

/* ---- Spikes. ---- */

#define SPIKE_WEEKS_MIN 3

/* Four times 1.4826, in ten thousandths. */
#define SPIKE_DEVIATIONS_E4 59304

static struct money deviation(const struct money *values, size_t count, struct money middle)
{
    struct money distances[FORECAST_WEEKS];
    for (size_t i = 0; i < count; i++) {
        struct money distance = money_subtract(values[i], middle);
        distance.units = distance.units < 0 ? -distance.units : distance.units;
        distances[i] = distance;
    }
    qsort(distances, count, sizeof(distances[0]), compare);
    return median(distances, count);
}

static bool stands_out(const struct cost_hours *hours, int64_t hour, int64_t known_from,
                       struct money floor_amount, struct cost_spike *spike)
{
    struct money weeks[FORECAST_WEEKS];
    size_t count = weeks_before(hours, hour, known_from, weeks);
    if (count < SPIKE_WEEKS_MIN) {
        return false;
    }
    *spike = (struct cost_spike){.hour = hour, .amount = at(hours, hour)};
    spike->usual = median(weeks, count);
    struct money above = money_subtract(spike->amount, spike->usual);
    struct money spread = deviation(weeks, count, spike->usual);
    struct money bound = {.units = spread.units / 10000 * SPIKE_DEVIATIONS_E4};
    return above.units > 0 && money_compare(above, floor_amount) > 0 &&
           money_compare(above, bound) > 0 &&
           money_compare(above, (struct money){.units = spike->usual.units / 4}) > 0;
}

size_t forecast_spikes(const struct cost_hours *hours, struct money floor_amount,
                       struct cost_spike *spikes, size_t count_max)
{
    int64_t last = last_of(hours); /* The running hour may only become one. */
    int64_t known_from = first_used(hours);
    size_t count = 0;
    struct cost_spike before, spike, after;
    for (int64_t hour = last - 1; hour >= last - FORECAST_WEEK_HOURS && count < count_max; hour--) {
        if (stands_out(hours, hour, known_from, floor_amount, &spike) &&
            (stands_out(hours, hour - 1, known_from, floor_amount, &before) ||
             (hour + 1 < last && stands_out(hours, hour + 1, known_from, floor_amount, &after)))) {
            spikes[count] = spike;
            count++;
        }
    }
    for (size_t i = 0; i < count / 2; i++) {
        struct cost_spike other = spikes[i];
        spikes[i] = spikes[count - 1 - i];
        spikes[count - 1 - i] = other;
    }
    return count;
}
