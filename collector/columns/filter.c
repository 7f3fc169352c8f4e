/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/filter.h"

#include "columns/columns_limits.h"

#include <string.h>

/* One hash sets six bits in one block of 64 bytes: one line of the processor's cache. */
#define FILTER_BLOCK_SIZE 64
#define FILTER_BITS_EACH  10
#define FILTER_PROBES     6

/* A name and a value do not run into each other, and a pair is no word. */
uint64_t filter_pair(const struct hash_key *key, struct slice name, struct slice value)
{
    return hash_u64(hash_sip64(key, name)) + hash_sip64(key, value);
}

uint64_t filter_word(const struct hash_key *key, struct slice word)
{
    unsigned char lower[FILTER_WORD_SIZE_MAX];
    size_t size = word.size < sizeof(lower) ? word.size : sizeof(lower);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = word.base[i];
        lower[i] = (unsigned char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    }
    return hash_sip64(key, slice_of(lower, size));
}

/* Letters, digits, and all of a character that is no ASCII. */
static bool of_word(unsigned char byte)
{
    static const unsigned char map[256] = {
        ['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1,
        ['8'] = 1, ['9'] = 1, ['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1,
        ['G'] = 1, ['H'] = 1, ['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1,
        ['O'] = 1, ['P'] = 1, ['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1,
        ['W'] = 1, ['X'] = 1, ['Y'] = 1, ['Z'] = 1, ['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1,
        ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, ['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1,
        ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, ['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1,
        ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, ['y'] = 1, ['z'] = 1,
    };
    return byte >= 128 || map[byte] != 0;
}

bool filter_next_word(struct slice *text, struct slice *word)
{
    const unsigned char *at = text->base;
    const unsigned char *end = text->size > 0 ? at + text->size : at;
    while (at != end) {
        while (at != end && !of_word(*at)) {
            at++;
        }
        const unsigned char *begin = at;
        while (at != end && of_word(*at)) {
            at++;
        }
        size_t size = (size_t)(at - begin);
        if (size >= FILTER_WORD_SIZE_MIN && size <= FILTER_WORD_SIZE_MAX) {
            *word = slice_of(begin, size);
            *text = slice_of(at, (size_t)(end - at));
            return true;
        }
    }
    *text = SLICE_EMPTY;
    return false;
}

size_t filter_size(size_t count)
{
    size_t blocks =
        (count * FILTER_BITS_EACH + FILTER_BLOCK_SIZE * 8 - 1) / (FILTER_BLOCK_SIZE * 8);
    return (blocks > 0 ? blocks : 1) * FILTER_BLOCK_SIZE;
}

/* Where a hash has its bits: a block, and 54 bits of six places in it. */
static size_t place(size_t size, uint64_t hash, uint64_t *places)
{
    uint64_t block = (hash >> 32) * (size / FILTER_BLOCK_SIZE) >> 32;
    *places = hash * UINT64_C(0x9e3779b97f4a7c15) >> 8;
    return (size_t)block * FILTER_BLOCK_SIZE;
}

void filter_add(unsigned char *filter, size_t size, uint64_t hash)
{
    uint64_t places;
    unsigned char *block = filter + place(size, hash, &places);
    for (unsigned i = 0; i < FILTER_PROBES; i++, places >>= 9) {
        block[places >> 3 & 63] |= (unsigned char)(1u << (places & 7));
    }
}

bool filter_may_have(struct slice filter, uint64_t hash)
{
    uint64_t places;
    if (filter.size == 0 || filter.size % FILTER_BLOCK_SIZE != 0) {
        return true;
    }
    const unsigned char *block = filter.base + place(filter.size, hash, &places);
    for (unsigned i = 0; i < FILTER_PROBES; i++, places >>= 9) {
        if ((block[places >> 3 & 63] >> (places & 7) & 1) == 0) {
            return false;
        }
    }
    return true;
}
