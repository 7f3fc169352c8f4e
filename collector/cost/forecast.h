/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_FORECAST_H
#define THAW_COLLECTOR_COST_FORECAST_H

#include "cost/money.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a calendar month (UTC) will have cost at its end, and which hours cost more than they use
 * to.  Both look at sums by the hour of the four weeks before, an hour beside the same hours of
 * those weeks.
 *
 * Pure; any thread.
 */

#define FORECAST_WEEKS      4
#define FORECAST_WEEK_HOURS 168

/* How many hours it looks back, and the most that a month has. */
#define FORECAST_PAST_HOURS  (FORECAST_WEEKS * FORECAST_WEEK_HOURS)
#define FORECAST_MONTH_HOURS (31 * 24)

/* Below so many days of sums there are no two weeks to compare: then what an hour has cost on
 * average stands for each to come. */
#define FORECAST_DAYS_MIN 14

/* What was spent, by whole hours since 1970, the last of them the one that is running. */
struct cost_hours {
    const struct money *amounts;
    size_t count;
    int64_t first; /* The first one's number: nanoseconds since 1970 by those of an hour. */
};

enum forecast_basis {
    FORECAST_NOTHING,      /* There are no sums, or none before the running hour. */
    FORECAST_RUN_RATE,     /* The average hour. */
    FORECAST_HOUR_OF_WEEK, /* The median of the same hours of the week. */
};

struct forecast {
    enum forecast_basis basis;
    int64_t month_start_ns, month_end_ns;
    uint32_t days_known;    /* Whole days from the first hour that cost anything. */
    struct money to_date;   /* Of this month. */
    struct money expected;  /* The whole month: to date and what is to come. */
    struct money low, high; /* The same with the 10th and 90th percentile of each hour. */
    int64_t over_ns;        /* When the budget will have been spent, or was; 0: not in this
                               month, or no budget was told. */
};

/* What the month of now_ns will cost.  A budget of zero is none. */
struct forecast cost_forecast(const struct cost_hours *hours, int64_t now_ns, struct money budget);

/* An hour that cost more than it uses to. */
struct cost_spike {
    int64_t hour;        /* Its number. */
    struct money amount; /* What it cost, */
    struct money usual;  /* and the median of the same hours of the weeks before. */
};

/*
 * The latest spikes that are not older than the last week, oldest first; the answer is how many of
 * them there are, count_max at most.  An hour is one when it and one beside it cost more than the
 * median of the same hours of the weeks before by four of their deviations (1.4826 times the median
 * absolute deviation), by a quarter, and by floor_amount.  Hours with fewer than three weeks to
 * compare with are none.
 */
size_t forecast_spikes(const struct cost_hours *hours, struct money floor_amount,
                       struct cost_spike *spikes, size_t count_max);

#endif
