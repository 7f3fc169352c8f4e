/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_CHANGE_H
#define THAW_COLLECTOR_COST_CHANGE_H

#include "cost/money.h"

#include <stdint.h>

/*
 * Why a sum is another than before.  What invocations cost is
 *
 *     n * (d + c) * m * p + n * q
 *
 * where n is how many there were (volume), d the milliseconds that one is billed without its init
 * (duration), c those of its init (cold), m the megabytes (memory), p and q what a megabyte for a
 * millisecond and a request cost (price); all but n are means.  The factors are changed from then
 * to now one after the other, and what each one adds is its part: once from the first to the last,
 * once from the last to the first, and the mean of both, so that no order is preferred.
 *
 * The parts sum to the difference exactly: each is rounded to 18 decimals, and what that leaves is
 * in the largest.
 *
 * Pure; any thread.
 */

/* What the invocations of one function cost in a span of time, by what that depends on. */
struct cost_period {
    uint64_t requests;            /* Those whose cost is known. */
    uint64_t billed_ms;           /* Of all of them. */
    uint64_t mb_ms;               /* Megabytes times billed milliseconds, */
    uint64_t init_mb_us;          /* of which inits: megabytes times microseconds. */
    struct money amount;          /* What it cost, */
    struct money requests_amount; /* of which for requests. */
};

struct cost_change {
    struct money volume, duration, cold, memory, price;
};

/* What has changed from one to the other.  Where one of them has no invocations all is volume; a
 * mean of nothing has not changed. */
struct cost_change cost_change(const struct cost_period *before, const struct cost_period *after);

/* Add other to sum. */
void cost_change_add(struct cost_change *sum, const struct cost_change *other);

/* All parts together. */
struct money cost_change_sum(const struct cost_change *change);

#endif
