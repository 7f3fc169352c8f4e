/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_TALLY_H
#define THAW_COLLECTOR_QUERY_TALLY_H

#include "query/deadline.h"
#include "query/query.h"

/* Bars of a histogram at most: what a chart of usual width can show. */
#define TALLY_STEP_COUNT_MAX 360

/*
 * How many there were over time: counts in steps of equal length, each beginning at a multiple of
 * it.  Where the beginning of the span is not known (0), the steps become longer, twice as long
 * each time, until what there is fits.  Pure.
 */
struct tally {
    struct query_range range;
    int64_t step_ns;
    int64_t last;       /* The number of the last step: its beginning, in steps. */
    uint32_t steps_max; /* */
    uint32_t used;      /* Steps back from the last one. */
    uint64_t all[TALLY_STEP_COUNT_MAX], errors[TALLY_STEP_COUNT_MAX]; /* The last one first. */
    uint64_t sum;
    enum query_limit partial;
    int64_t reached_ns; /* What is before it was not counted. */
};

void tally_init(struct tally *tally, struct query_range range, uint32_t steps_max);

/* What happened outside of the span is not counted. */
void tally_add(struct tally *tally, uint64_t time_ns, bool error);

/* When the step of an index, from the first one on, begins. */
int64_t tally_step(const struct tally *tally, uint32_t index);

#endif
