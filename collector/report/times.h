/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_TIMES_H
#define THAW_COLLECTOR_REPORT_TIMES_H

#include "report/report_limits.h"

#include <stddef.h>
#include <stdint.h>

/*
 * What happened when, in steps of equal width.  The width is a round one (a second, ..., a day,
 * two, four, ...), each a multiple of the one before, and grows when the range has outgrown
 * REPORT_TIME_COUNT_MAX steps; times may come in any order.  Plain value.
 */
struct times_step {
    uint64_t ok, errors, timeouts, open; /* Each invocation is one of these, */
    uint64_t cold;                       /* and of them cold starts. */
};

struct times {
    int64_t width_s;
    int64_t first; /* Of the first step: its beginning divided by the width. */
    size_t count;  /* Steps that are used. */
    struct times_step steps[REPORT_TIME_COUNT_MAX];
};

void times_init(struct times *times);

/* Count what happened at this moment, in ns since 1970; it must not be negative. */
void times_add(struct times *times, int64_t at_ns, const struct times_step *what);

/* When a step begins, in ns since 1970. */
int64_t times_begin_ns(const struct times *times, size_t step);

#endif
