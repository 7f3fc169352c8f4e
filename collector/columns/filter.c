/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/filter.h"

#include "columns/columns_limits.h"

#include "base/lanes.h"

#include <endian.h>
#include <string.h>

/* One hash sets six bits in one block of 64 bytes: one line of the processor's cache. */
#define FILTER_BLOCK_SIZE 64
#define FILTER_BITS_EACH  10
#define FILTER_PROBES     6

/* Bytes of a text that are looked at together: a bit for each. */
#define CHUNK_SIZE 64u

/* ---- Hashes. ---- */

static uint64_t load_eight(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    return le64toh(word);
}

/* Up to seven bytes, the first one lowest; of four and more by two loads that overlap. */
static uint64_t load_rest(const unsigned char *at, size_t size)
{
    uint64_t word = 0;
    if (size >= 4) {
        uint32_t low;
        uint32_t high;
        memcpy(&low, at, sizeof(low));
        memcpy(&high, at + size - sizeof(high), sizeof(high));
        return le32toh(low) | (uint64_t)le32toh(high) << (8 * (size - sizeof(high)));
    }
    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)at[i] << (8 * i);
    }
    return word;
}

static uint64_t mix(uint64_t one, uint64_t other)
{
    unsigned __int128 product = (unsigned __int128)one * other;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* ASCII letters of a word in lower case, eight at once. */
static uint64_t lower_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t low = word & (ones * 0x7f);
    uint64_t from_a = low + ones * (0x80 - 'A');
    uint64_t beyond_z = low + ones * (0x7f - 'Z');
    uint64_t upper = (from_a ^ beyond_z) & ~word & (ones * 0x80);
    return word | upper >> 2;
}

/*
 * Quick and keyed.  Who knew the key could make words that look alike, and a block that is read for
 * nothing; so this need be no SipHash, which took a third of the time that a block of lines takes.
 */
static inline uint64_t hash_bytes(const struct hash_key *key, uint64_t begin, struct slice bytes,
                                  bool fold)
{
    uint64_t hash = begin ^ key->words[0] ^ bytes.size * UINT64_C(0x9e3779b97f4a7c15);
    uint64_t factor = key->words[1] | 1;
    size_t at = 0;
    for (; bytes.size - at >= 8; at += 8) {
        uint64_t word = load_eight(bytes.base + at);
        hash = mix(hash ^ (fold ? lower_word(word) : word), factor + UINT64_C(0xa0761d6478bd642e));
    }
    if (at < bytes.size) {
        uint64_t word = load_rest(bytes.base + at, bytes.size - at);
        hash = mix(hash ^ (fold ? lower_word(word) : word), factor + UINT64_C(0xa0761d6478bd642e));
    }
    return hash_u64(hash ^ factor);
}

/* A name and a value do not run into each other, and a pair is no word. */
uint64_t filter_pair(const struct hash_key *key, struct slice name, struct slice value)
{
    return hash_bytes(key, hash_bytes(key, 1, name, false), value, false);
}

uint64_t filter_word(const struct hash_key *key, struct slice word)
{
    return hash_bytes(key, 0, word, true);
}

uint64_t filter_short_word(struct slice word)
{
    return lower_word(word.size == 8 ? load_eight(word.base) : load_rest(word.base, word.size));
}

/* ---- Words. ---- */

bool filter_of_word(unsigned char byte)
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

/* A bit for each of sixteen bytes: whether it is of a word. */
static unsigned word_bits(const unsigned char *at)
{
    lanes bytes = lanes_load(at);
    lanes digits = (lanes)(bytes - lanes_of('0') < lanes_of(10));
    lanes letters = (lanes)((bytes | lanes_of(0x20)) - lanes_of('a') < lanes_of(26));
    return lanes_bits(digits | letters | (lanes)(bytes >= lanes_of(128)));
}

/* The same of the bytes from at on, at most 64; what is behind the text is of no word. */
static uint64_t chunk_bits(struct slice text, size_t at)
{
    uint64_t bits = 0;
    unsigned shift = 0;
    for (; shift < CHUNK_SIZE && text.size - at >= LANES_COUNT; shift += LANES_COUNT) {
        bits |= (uint64_t)word_bits(text.base + at) << shift;
        at += LANES_COUNT;
    }
    if (shift < CHUNK_SIZE && at < text.size) {
        unsigned char last[LANES_COUNT] = {0};
        memcpy(last, text.base + at, text.size - at);
        bits |= (uint64_t)word_bits(last) << shift;
    }
    return bits;
}

struct filter_words filter_words_of(struct slice text)
{
    return (struct filter_words){.text = text, .bits = chunk_bits(text, 0)};
}

/* Go on to the next chunk; false: there is none. */
static bool next_chunk(struct filter_words *words)
{
    if (words->text.size - words->chunk <= CHUNK_SIZE) {
        words->bits = 0;
        return false;
    }
    words->chunk += CHUNK_SIZE;
    words->bits = chunk_bits(words->text, words->chunk);
    return true;
}

/* Cut the next run of bytes that are of a word, however long. */
static bool next_run(struct filter_words *words, size_t *begin, size_t *end)
{
    while (words->bits == 0) {
        if (!next_chunk(words)) {
            return false;
        }
    }
    unsigned first = (unsigned)__builtin_ctzll(words->bits);
    uint64_t behind = ~(words->bits >> first); /* Its first bit that is set is behind the run. */
    *begin = words->chunk + first;
    unsigned count = behind != 0 ? (unsigned)__builtin_ctzll(behind) : CHUNK_SIZE;
    if (first + count < CHUNK_SIZE) {
        words->bits &= UINT64_MAX << (first + count);
        *end = *begin + count;
        return true;
    }
    while (next_chunk(words)) {
        if (words->bits != UINT64_MAX) {
            count = (unsigned)__builtin_ctzll(~words->bits);
            words->bits &= UINT64_MAX << count;
            *end = words->chunk + count;
            return true;
        }
    }
    *end = words->text.size;
    return true;
}

bool filter_words_next(struct filter_words *words, struct slice *word)
{
    size_t begin;
    size_t end;
    while (next_run(words, &begin, &end)) {
        if (end - begin >= FILTER_WORD_SIZE_MIN && end - begin <= FILTER_WORD_SIZE_MAX) {
            *word = slice_of(words->text.base + begin, end - begin);
            return true;
        }
    }
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
