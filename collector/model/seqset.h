/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_SEQSET_H
#define THAW_COLLECTOR_MODEL_SEQSET_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Which of an agent process's numbered records have been seen: all up to a watermark, and some of
 * the next SEQ_WINDOW numbers, one bit each.  Records that come in order need no bits.
 *
 * A number far above moves the watermark; what was skipped is given up: it counts as missing, and
 * as seen should it come after all.
 *
 * Invariants:
 *  1. top >= watermark, and top - watermark <= SEQ_WINDOW.
 *  2. held numbers above the watermark have their bits set; watermark + 1 is none of them.
 */
struct seqset {
    uint64_t epoch;
    uint64_t watermark; /* All numbers up to this have been seen or given up. */
    uint64_t top;       /* The greatest number seen. */
    uint64_t given_up;
    uint32_t held;  /* Numbers seen above the watermark. */
    uint64_t *bits; /* Of number n: bit n % SEQ_WINDOW.  NULL until one is needed. */
};

void seqset_init(struct seqset *set, uint64_t epoch);
void seqset_fini(struct seqset *set);

/* See a number (from 1): true if it is new.  Without memory for the bits every number is new. */
bool seqset_add(struct seqset *set, uint64_t number) THAW_CHECK;

/* How many numbers below the greatest one have not come. */
uint64_t seqset_missing(const struct seqset *set);

#endif
