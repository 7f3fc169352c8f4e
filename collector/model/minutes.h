/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_MINUTES_H
#define THAW_COLLECTOR_MODEL_MINUTES_H

#include "model/rows.h"
#include "model/sorted.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The index by time: for each minute that has any, the first of its invocations and the first of
 * its ids, and how many there are; the lists themselves run through the rows of those tables.
 */
struct minute {
    struct sorted_key key; /* time_ns: its start. */
    uint32_t invocations;
    uint32_t ids;
    uint32_t weight; /* Rows of both lists. */
};

struct minutes {
    struct sorted sorted;
};

void minutes_init(struct minutes *minutes);
void minutes_fini(struct minutes *minutes);
void minutes_reset(struct minutes *minutes);

/* The minute that begins then, or NULL; made when it is new, NULL without memory.  The pointer is
 * good until the next call of minutes_make(). */
struct minute *minutes_get(const struct minutes *minutes, int64_t start_ns);
struct minute *minutes_make(struct minutes *minutes, int64_t start_ns);

/* The latest minute that begins before a time, and the first one that begins after it; or NULL. */
const struct minute *minutes_before(const struct minutes *minutes, int64_t time_ns);
const struct minute *minutes_after(const struct minutes *minutes, int64_t time_ns);

#endif
