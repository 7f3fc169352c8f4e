/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_REPEATS_H
#define THAW_COLLECTOR_MODEL_REPEATS_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Recognises what has been seen lately by a keyed 64-bit fingerprint, in bounded memory: a young
 * set that takes what is new until it is full, and an old one, which is what the young one was
 * before.  So the latest REPEAT_COUNT_MAX are always known, and up to twice as many.  Pure: the
 * same sequence gives the same answers.
 */
struct repeats_set {
    uint64_t *slots; /* 0 is a free one. */
    size_t capacity; /* Or 0: three of four are taken at most. */
    size_t count;
};

struct repeats {
    struct repeats_set young, old;
    size_t count_max;
    uint64_t turns; /* How often an old set was given up. */
};

void repeats_init(struct repeats *repeats, size_t count_max);
void repeats_fini(struct repeats *repeats);

/* See a fingerprint: true if it is new.  Without memory everything is new. */
bool repeats_add(struct repeats *repeats, uint64_t fingerprint) THAW_CHECK;

/* It will be seen soon: let the memory that it needs be at hand. */
void repeats_expect(const struct repeats *repeats, uint64_t fingerprint);

/* Fill a set that is empty with what another one held: room for so many, then each.  false: there
 * is no memory; it is there already, or is none. */
bool repeats_reserve(struct repeats_set *set, size_t count) THAW_CHECK;
bool repeats_put(struct repeats_set *set, uint64_t fingerprint) THAW_CHECK;

/* Whether it has been seen lately. */
bool repeats_holds(const struct repeats *repeats, uint64_t fingerprint);

#endif
