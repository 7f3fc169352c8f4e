/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_IDSET_H
#define THAW_COLUMNS_IDSET_H

#include "base/hash.h"
#include "base/status.h"
#include "model/record.h"

#include <stddef.h>
#include <stdint.h>

/* Ids of 16 bytes, each different one once and known by a number from 0.  One owner, one thread. */
#define IDSET_NONE          UINT32_MAX
#define IDSET_GUESSES_COUNT 256

struct idset {
    struct hash_bulk bulk;
    struct id16 *ids; /* By number. */
    uint32_t count, capacity, count_max;
    struct idset_slot *slots;
    uint32_t mask; /* Slots minus 1. */
    /* The latest id of what looks like this: one that comes again soon is found without its hash.
     * No defence, only a guess. */
    uint32_t guesses[IDSET_GUESSES_COUNT];
};

/* False without memory. */
bool idset_init(struct idset *set, const struct hash_key *key, uint32_t count_max) THAW_CHECK;
void idset_fini(struct idset *set);

/* Forget all of them. */
void idset_reset(struct idset *set);

/* The number of an id, which is added when it is new; IDSET_NONE when there is no room. */
uint32_t idset_add(struct idset *set, const struct id16 *id) THAW_CHECK;

size_t idset_memory(const struct idset *set);

#endif
