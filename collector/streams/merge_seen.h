/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_SEEN_H
#define THAW_STREAMS_MERGE_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Remembers the latest many keys (hashes of 64 bits), each with a small number.  Two generations: a
 * full one becomes the old one, and the old one is forgotten; so between half of all and all that
 * fits is remembered.  Memory grows with what is remembered, up to a limit; without memory less is
 * remembered.  One owner, one thread.
 */
struct merge_seen_generation {
    uint64_t *keys; /* 0: free. */
    uint8_t *values;
    size_t slots; /* A power of two, or 0. */
    size_t count;
};

struct merge_seen {
    struct merge_seen_generation young, old;
    size_t slots_max;
};

void merge_seen_init(struct merge_seen *seen, size_t slots_max);
void merge_seen_fini(struct merge_seen *seen);
/* Forget all; the memory is given back. */
void merge_seen_reset(struct merge_seen *seen);

/* The key will be asked for soon: its memory is fetched meanwhile. */
void merge_seen_prefetch(const struct merge_seen *seen, uint64_t key);

/* Whether the key is remembered, and its number. */
bool merge_seen_find(const struct merge_seen *seen, uint64_t key, uint8_t *value);

/* Remember a key, with this number from now on. */
void merge_seen_add(struct merge_seen *seen, uint64_t key, uint8_t value);

#endif
