/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_RING_H
#define THAW_TAIL_TAIL_RING_H

#include "base/status.h"
#include "tail/tail_limits.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The latest batches of lines, oldest first.  Lines are numbered from 1 without gaps; a batch that
 * could not be kept leaves its numbers behind, as one that is lost.
 *
 *     first_id                                          next_id
 *        | batch | batch | lost | batch | batch | batch |
 *           ^                        ^
 *           goes when a new one      a client is here
 *           has no room
 *
 * Pure.  Whoever shares a ring locks it; a batch is kept for as long as anybody holds it.
 *
 * Invariants:
 *  1. The ids of a batch follow those of the one before; next_id follows the last.
 *  2. bytes is the sum of all sizes, and at most TAIL_BYTES_MAX; count <= TAIL_BATCHES_MAX.
 */
struct tail_batch {
    atomic_uint holders;
    uint64_t first_id;
    uint32_t count; /* Lines. */
    bool lost;      /* They are not there. */
    size_t size;    /* Bytes that it takes. */
    /* Frees it; the last one who lets go calls it. */
    void (*free)(struct tail_batch *batch);
};

struct tail_ring {
    struct tail_batch *batches[TAIL_BATCHES_MAX];
    uint32_t begin, count; /* batches[begin] is the oldest. */
    uint64_t first_id, next_id;
    size_t bytes;
};

void tail_ring_init(struct tail_ring *ring);
/* Let go of all batches; lines are numbered on. */
void tail_ring_clear(struct tail_ring *ring);

/* Take a batch over, which has one holder, as the latest.  The oldest ones go where there is no
 * room. */
void tail_ring_add(struct tail_ring *ring, struct tail_batch *batch);

enum tail_find {
    TAIL_FOUND,
    TAIL_NONE, /* That line has not come. */
    TAIL_GONE, /* It is older than all that are kept. */
};

/* The batch that has the line of this number, with one more holder. */
enum tail_find tail_ring_find(struct tail_ring *ring, uint64_t id,
                              struct tail_batch **batch) THAW_CHECK;

/* Let go of a batch. */
void tail_ring_release(struct tail_batch *batch);

#endif
