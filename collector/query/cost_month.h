/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_COST_MONTH_H
#define THAW_COLLECTOR_QUERY_COST_MONTH_H

#include "cost/forecast.h"
#include "query/query.h"

/*
 * The running month: what it cost, what it will have cost, and the hours of the last week in which
 * a function cost more than it uses to.  Gross, from the rollups.
 */
struct cost_month_spike {
    struct slice function;
    struct cost_spike spike;
};

/* What is told of spikes: enough for a page. */
#define COST_MONTH_SPIKE_MAX 64

struct cost_month {
    struct forecast forecast; /* Of all functions. */
    struct cost_month_spike *spikes;
    uint32_t spike_count;
    bool partial; /* Counts of that time were dropped, or there are more spikes. */
};

/* FULL when the arena is too small.  A budget of zero is none. */
enum status cost_month_read(const struct query *query, int64_t now_ns, struct money budget,
                            struct arena *arena, struct cost_month *month) THAW_CHECK;

#endif
