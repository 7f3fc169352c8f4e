/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_PRNG_H
#define THAW_BASE_PRNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers that look random and are a function of the seed (xoshiro256**): for
 * simulations, jitter and ids.  Not for secrets or for the keys of hash tables;
 * those come from entropy.h.  One owner, one thread.
 */
struct prng {
    uint64_t state[4]; /* Never all zero. */
};

/* Start the sequence of this seed.  Any seed is good. */
void prng_init(struct prng *prng, uint64_t seed);

/* The next 64 bits. */
uint64_t prng_next(struct prng *prng);

/* A number from 0 to bound - 1, each equally likely.  bound must not be 0. */
uint64_t prng_below(struct prng *prng, uint64_t bound);

/* A number from low to high, both included. */
uint64_t prng_between(struct prng *prng, uint64_t low, uint64_t high);

/* True in numerator of denominator cases. */
bool prng_chance(struct prng *prng, uint64_t numerator, uint64_t denominator);

/* Fill memory. */
void prng_fill(struct prng *prng, void *memory, size_t size);

#endif
