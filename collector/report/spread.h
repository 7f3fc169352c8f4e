/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_SPREAD_H
#define THAW_COLLECTOR_REPORT_SPREAD_H

#include "report/report_limits.h"

#include "model/histogram.h"

#include <stddef.h>
#include <stdint.h>

/*
 * How values are spread: a histogram (model/histogram.h: off by less than 0.8 %) with the exact
 * least, greatest and sum.  Values are nanoseconds; megabytes are counted as if one were a
 * microsecond.  Owns memory: spread_fini().
 */
struct spread {
    struct histogram histogram;
    uint64_t count;
    uint64_t lost; /* Not in the histogram for want of memory. */
    int64_t least, greatest;
    int64_t sum; /* Stops at INT64_MAX: 292 years. */
};

#define SPREAD_NS_PER_MB INT64_C(1000)

void spread_fini(struct spread *spread);
void spread_add(struct spread *spread, int64_t value_ns); /* Negative ones are left out. */

/* The value at or below which numerator of denominator parts lie; -1 when there are none. */
int64_t spread_at(const struct spread *spread, uint64_t numerator, uint64_t denominator);

/* A picture of it: bars of a logarithmic axis, from low_ns on each twice or fewer times as wide as
 * the one before. */
struct spread_bars {
    size_t count;
    int64_t low_ns[REPORT_BAR_COUNT_MAX + 1]; /* Where each begins, and the last one ends. */
    uint64_t counts[REPORT_BAR_COUNT_MAX];
};

/* At most bar_count_max bars (1 to REPORT_BAR_COUNT_MAX) around what there is. */
void spread_bars(const struct spread *spread, size_t bar_count_max, struct spread_bars *bars);

#endif
