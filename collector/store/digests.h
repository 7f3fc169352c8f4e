/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_DIGESTS_H
#define THAW_STORE_DIGESTS_H

#include "base/arena.h"
#include "base/status.h"
#include "columns/digest.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is in stretches of logs, as the directories and filters of sealed segments tell it of
 * blocks: the first query that reads a stretch leaves it here, so that others need not.  Any
 * thread; the mutex is a leaf.  At most STORE_DIGESTS_SIZE_MAX bytes of filters: then no more are
 * kept until logs go.
 */
struct digests {
    pthread_mutex_t mutex;
    struct digests_item *items; /* Ascending by segment and offset. */
    size_t count, capacity;
    size_t size; /* Of all filters. */
};

/* A stretch by its place; one that has become longer is another. */
struct digests_place {
    uint32_t segment, offset, end;
};

/* Of spans and of lines, by their signal. */
enum { DIGESTS_SIGNALS = 2 };

enum status digests_init(struct digests *digests) THAW_CHECK;
void digests_fini(struct digests *digests);

/* What is known of a stretch, with filters in the arena; false: nothing, or the arena is full. */
bool digests_find(struct digests *digests, struct digests_place place, struct arena *arena,
                  struct block_info infos[DIGESTS_SIGNALS]);

/* Keep it, instead of what was known of a stretch that began there. */
void digests_put(struct digests *digests, struct digests_place place,
                 const struct digest parts[DIGESTS_SIGNALS]);

/* The log of a segment is gone. */
void digests_forget(struct digests *digests, uint32_t segment);

#endif
