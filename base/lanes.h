/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_LANES_H
#define THAW_BASE_LANES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Sixteen bytes at once, for loops over all of a log: where in them is the first that ...? Compared
 * with the compiler's vectors, which every x86_64 and aarch64 has:
 *
 *     lanes bytes = lanes_load(at);
 *     unsigned first = lanes_first((lanes)(bytes == lanes_of('"')) | (lanes)(bytes <
 * lanes_of(32)));
 */
typedef unsigned char lanes __attribute__((vector_size(16)));

enum { LANES_COUNT = 16 };

/* The sixteen bytes at memory, which may be anywhere. */
static inline lanes lanes_load(const void *memory)
{
    lanes bytes;
    memcpy(&bytes, memory, sizeof(bytes));
    return bytes;
}

/* Sixteen times the same byte. */
static inline lanes lanes_of(unsigned char byte)
{
    return (lanes){byte, byte, byte, byte, byte, byte, byte, byte,
                   byte, byte, byte, byte, byte, byte, byte, byte};
}

/* The first lane that is not 0 where each is 0 or 0xff, as comparisons make them; LANES_COUNT if
 * all are 0. */
static inline unsigned lanes_first(lanes found)
{
#ifdef __SSE2__
    /* A bit for each lane, and one behind them. */
    typedef char signed_lanes __attribute__((vector_size(16)));
    unsigned bits = (unsigned)__builtin_ia32_pmovmskb128((signed_lanes)found);
    return (unsigned)__builtin_ctz(bits | 1u << LANES_COUNT);
#else
    uint64_t halves[2];
    memcpy(halves, &found, sizeof(halves));
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    halves[0] = __builtin_bswap64(halves[0]);
    halves[1] = __builtin_bswap64(halves[1]);
#endif
    if (halves[0] != 0) {
        return (unsigned)__builtin_ctzll(halves[0]) / 8;
    }
    return halves[1] != 0 ? 8 + (unsigned)__builtin_ctzll(halves[1]) / 8 : LANES_COUNT;
#endif
}

/* A bit for each lane where each is 0 or 0xff: the first one is the lowest. */
static inline unsigned lanes_bits(lanes found)
{
#ifdef __SSE2__
    typedef char signed_lanes __attribute__((vector_size(16)));
    return (unsigned)__builtin_ia32_pmovmskb128((signed_lanes)found);
#else
    unsigned bits = 0;
    for (unsigned i = 0; i < LANES_COUNT; i++) {
        bits |= (unsigned)(found[i] & 1) << i;
    }
    return bits;
#endif
}

/* Whether the highest bit of any lane is set. */
static inline bool lanes_high(lanes bytes)
{
#ifdef __SSE2__
    typedef char signed_lanes __attribute__((vector_size(16)));
    return __builtin_ia32_pmovmskb128((signed_lanes)bytes) != 0;
#else
    uint64_t halves[2];
    memcpy(halves, &bytes, sizeof(halves));
    return ((halves[0] | halves[1]) & UINT64_C(0x8080808080808080)) != 0;
#endif
}

#endif
