/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_PLACES_H
#define THAW_STORE_PLACES_H

#include "model/moment.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The places where records of some span of time may lie: blocks of sealed segments, and stretches
 * of logs.  A list that grows; all zero is an empty one.  Pure.
 */
struct place {
    uint32_t segment;
    uint32_t number; /* Of a block, or the offset of a stretch. */
    uint32_t end;    /* Of a stretch; 0: it is a block. */
    bool closed;     /* A stretch that becomes no longer. */
    uint32_t records;
    struct moments moments; /* Not none. */
};

struct places {
    struct place *items;
    size_t count, capacity;
    bool failed; /* There was no memory for some. */
};

void places_fini(struct places *places);
void places_add(struct places *places, const struct place *place);

/* Sort: what ends last comes first; or what begins first. */
void places_sort(struct places *places);
void places_sort_oldest(struct places *places);

/*
 * Of sorted places, where the newest piece of a span of time begins that has about records_max
 * records: as many as there are when a place's are spread evenly over its time.  A piece is a
 * nanosecond long at least.
 */
uint64_t places_begin(const struct places *places, struct moments span, uint64_t records_max);

#endif
