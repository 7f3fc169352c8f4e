/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_MINUTES_H
#define THAW_COLLECTOR_MODEL_MINUTES_H

#include "model/rows.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The index by time: for each minute that has any, the first of its invocations and the first of
 * its ids; the lists themselves run through the rows of those tables.  Sorted; what happens now is
 * appended.
 */
struct minute {
    int64_t start_ns;
    uint32_t invocations;
    uint32_t ids;
};

struct minutes {
    struct minute *rows;
    uint32_t count, capacity;
};

void minutes_fini(struct minutes *minutes);

/* The first minute that is not before start_ns. */
uint32_t minutes_find(const struct minutes *minutes, int64_t start_ns);

/* The minute that begins then, or NULL; made when it is new, NULL without memory.  The pointer is
 * good until the next call. */
struct minute *minutes_get(struct minutes *minutes, int64_t start_ns);
struct minute *minutes_make(struct minutes *minutes, int64_t start_ns);

#endif
