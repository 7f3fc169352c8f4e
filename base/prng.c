/* SPDX-License-Identifier: Apache-2.0 */
#include "base/prng.h"

#include "base/ensure.h"

static uint64_t prng_rotate(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

void prng_init(struct prng *prng, uint64_t seed)
{
    /* splitmix64 spreads a seed over the state and cannot make all four words zero. */
    for (size_t i = 0; i < 4; i++) {
        seed += UINT64_C(0x9e3779b97f4a7c15);
        uint64_t mixed = seed;
        mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
        prng->state[i] = mixed ^ mixed >> 31;
    }
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *s = prng->state;
    uint64_t answer = prng_rotate(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = prng_rotate(s[3], 45);
    return answer;
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    ENSURE(bound > 0);

    /* Numbers below 2^64 mod bound would make the small answers likelier. */
    uint64_t skipped = (UINT64_MAX - bound + 1) % bound;
    for (;;) {
        uint64_t value = prng_next(prng);
        if (value >= skipped) {
            return value % bound;
        }
    }
}

uint64_t prng_between(struct prng *prng, uint64_t low, uint64_t high)
{
    ENSURE(low <= high);
    if (high - low == UINT64_MAX) {
        return prng_next(prng);
    }
    return low + prng_below(prng, high - low + 1);
}

bool prng_chance(struct prng *prng, uint64_t numerator, uint64_t denominator)
{
    return prng_below(prng, denominator) < numerator;
}

void prng_fill(struct prng *prng, void *memory, size_t size)
{
    unsigned char *bytes = memory;

    while (size > 0) {
        uint64_t value = prng_next(prng);
        size_t part = size < sizeof(value) ? size : sizeof(value);
        for (size_t i = 0; i < part; i++) {
            bytes[i] = (unsigned char)(value >> (8 * i));
        }
        bytes += part;
        size -= part;
    }
}
