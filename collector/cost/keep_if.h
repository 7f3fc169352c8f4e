/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_KEEP_IF_H
#define THAW_COLLECTOR_COST_KEEP_IF_H

#include "cost/money.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What would have been if some instances of a function had been kept ready (provisioned
 * concurrency), from the invocations that were observed.
 *
 * An invocation that arrives while a kept instance is free has it for as long as it took, without
 * its init.  One that finds all of them busy is as it was: on demand, cold where it was cold.  It
 * is the least that there would be of cold starts: fewer invocations on demand keep fewer instances
 * warm.
 *
 * Pure; any thread.
 */
struct keep_call {
    int64_t arrival_ns;       /* Of the request: before the init that it waited for. */
    int64_t busy_ns;          /* How long an instance has it, without that init. */
    int64_t init_ns;          /* What it waited for; 0 unless it is cold. */
    struct money as_is, kept; /* What it costs on demand, and in an instance that is kept. */
    bool cold;
};

struct keep_if {
    uint64_t served; /* In instances that are kept. */
    uint64_t cold;   /* Cold starts that are left, */
    int64_t init_ns; /* and what they waited, in all. */
    struct money amount;
};

/* Bring them into the order in which they arrive, which the others want. */
void keep_if_sort(struct keep_call *calls, size_t count);

/* How many have an instance at the same time, at most.  scratch has room for count times. */
size_t keep_if_peak(const struct keep_call *calls, size_t count, int64_t *scratch);

/* With so many instances that are kept.  scratch has room for as many times, or for count if that
 * is less. */
struct keep_if keep_if(const struct keep_call *calls, size_t count, size_t instances,
                       int64_t *scratch);

#endif
