/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_COST_CHANGES_H
#define THAW_COLLECTOR_QUERY_COST_CHANGES_H

#include "cost/change.h"
#include "query/query.h"

/*
 * Why one span of time cost another sum than one before it: per function, and in all.  From the
 * rollups, so both are taken as whole minutes (of long ago, whole hours and days).  Versions of a
 * function are one row of this answer, but each is compared with itself: a new version is volume
 * that came, the old one volume that went.
 * What is paid for besides is told of functions as GET cost tells it (costs.h).
 */
struct cost_changes_row {
    struct slice function;
    struct money before, after;
    uint64_t requests_before, requests_after;
    struct cost_change change;
    /* What is no product of these: parts of their own, in before and after as well. */
    struct money streaming_before, streaming_after;
    struct money standing_before, standing_after;
};

struct cost_changes {
    struct cost_changes_row total; /* Of no function. */
    struct cost_changes_row *rows; /* The largest difference of either sign first. */
    uint32_t row_count;
    bool partial;
};

/* FULL when the arena is too small. */
enum status cost_changes_read(const struct query *query, struct query_range before,
                              struct query_range after, struct arena *arena,
                              struct cost_changes *changes) THAW_CHECK;

#endif
