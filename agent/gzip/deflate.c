/* SPDX-License-Identifier: Apache-2.0 */
#include "gzip/deflate.h"

#include <endian.h>
#include <string.h>

/* What a match may be: RFC 1951, 3.2.5.  Shorter ones than four bytes save nothing. */
#define MATCH_MIN    4u
#define LENGTH_MIN   3u
#define LENGTH_MAX   258u
#define DISTANCE_MAX 32768u

/* Positions begin anew from here on. */
#define POSITION_MAX (UINT32_MAX / 2)
#define TEXT_MAX     (UINT32_MAX / 4)

struct bits {
    uint64_t word; /* Bits that are not written yet, the first one lowest. */
    unsigned count;
    unsigned char *at;
    unsigned char *end;
    bool full;
};

/* ---- Codes. ---- */

/* Codes are sent with their highest bit first, everything else with its lowest. */
static unsigned reversed(unsigned code, unsigned count)
{
    unsigned result = 0;
    for (unsigned i = 0; i < count; i++) {
        result |= (code >> i & 1u) << (count - 1 - i);
    }
    return result;
}

/* The fixed code of a symbol: RFC 1951, 3.2.6. */
static unsigned code_of(unsigned symbol, unsigned *count)
{
    if (symbol < 144) {
        *count = 8;
        return reversed(0x30 + symbol, 8);
    }
    if (symbol < 256) {
        *count = 9;
        return reversed(0x190 + symbol - 144, 9);
    }
    if (symbol < 280) {
        *count = 7;
        return reversed(symbol - 256, 7);
    }
    *count = 8;
    return reversed(0xc0 + symbol - 280, 8);
}

/* Both lengths and distances grow by halves of a power of two: with so many choices below it that
 * need no extra bits, the group of a value and its extra bits. */
static unsigned group_of(unsigned value, unsigned sub_bits, unsigned *extra)
{
    *extra = 0;
    if (value < 2u << sub_bits) {
        return value;
    }
    *extra = 31u - (unsigned)__builtin_clz(value) - sub_bits;
    return (*extra << sub_bits) + (value >> *extra);
}

static void make_tables(struct deflate *deflate)
{
    for (unsigned i = 0; i < 256; i++) {
        unsigned count;
        unsigned extra;
        deflate->literals[i] = (uint16_t)code_of(i, &count);
        deflate->literal_bits[i] = (unsigned char)count;
        /* 3 has the symbol 257, each power of two above it four symbols, and 258 its own. */
        unsigned symbol = 257 + group_of(i, 2, &extra);
        unsigned code = code_of(i == 255 ? 285 : symbol, &count);
        extra = i == 255 ? 0 : extra;
        unsigned value = i & ((1u << extra) - 1);
        deflate->lengths[i] = (uint16_t)(code | value << count);
        deflate->length_bits[i] = (unsigned char)(count + extra);
    }
    deflate->begun = 1;
}

/* ---- Bits. ---- */

/* Write the whole bytes, of which there are less than eight: as a word, where there is room. */
static void drain(struct bits *bits)
{
    uint64_t word = htole64(bits->word);
    unsigned whole = bits->count / 8;
    size_t room = (size_t)(bits->end - bits->at);
    bits->full = bits->full || whole > room;
    if (bits->full) {
        whole = 0;
        bits->count = 0;
    }
    memcpy(bits->at, &word, room < sizeof(word) ? whole : sizeof(word));
    bits->at += whole;
    bits->word >>= 8 * whole;
    bits->count -= 8 * whole;
}

/* Append up to 31 bits. */
static void put(struct bits *bits, uint64_t value, unsigned count)
{
    bits->word |= value << bits->count;
    bits->count += count;
    if (bits->count > 32) {
        drain(bits);
    }
}

/* ---- Matches. ---- */

static uint32_t load32(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof(word));
    return word;
}

static uint32_t hash_of(const unsigned char *at)
{
    return load32(at) * UINT32_C(2654435761) >> (32 - DEFLATE_HASH_BITS);
}

/* How many bytes of the two are the same, at most max. */
static size_t same(const unsigned char *one, const unsigned char *other, size_t max)
{
    size_t size = 0;
    while (size + 8 <= max) {
        uint64_t left;
        uint64_t right;
        memcpy(&left, one + size, sizeof(left));
        memcpy(&right, other + size, sizeof(right));
        uint64_t differ = le64toh(left ^ right);
        if (differ != 0) {
            return size + (size_t)__builtin_ctzll(differ) / 8;
        }
        size += 8;
    }
    while (size < max && one[size] == other[size]) {
        size++;
    }
    return size;
}

static void put_match(const struct deflate *deflate, struct bits *bits, size_t length,
                      uint32_t distance)
{
    unsigned extra;
    unsigned code = group_of(distance - 1, 1, &extra);
    put(bits, deflate->lengths[length - LENGTH_MIN], deflate->length_bits[length - LENGTH_MIN]);
    put(bits, reversed(code, 5) | ((distance - 1) & ((1u << extra) - 1)) << 5, 5 + extra);
}

/* The latest place before at that may begin with the same four bytes; its distance, or 0. */
static uint32_t candidate(struct deflate *deflate, struct slice text, size_t at)
{
    uint32_t position = deflate->begun + (uint32_t)at;
    uint32_t *head = &deflate->heads[hash_of(text.base + at)];
    uint32_t distance = position - *head;
    *head = position;
    return distance <= DISTANCE_MAX && distance <= at ? distance : 0;
}

static void begin(struct deflate *deflate)
{
    if (deflate->begun == 0) {
        make_tables(deflate);
    } else if (deflate->begun > POSITION_MAX) {
        memset(deflate->heads, 0, sizeof(deflate->heads));
        deflate->begun = 1;
    }
}

size_t deflate_pack(struct deflate *deflate, struct slice text, unsigned char *place, size_t room)
{
    struct bits bits = {.at = place, .end = place + room};
    size_t at = 0;
    if (text.size > TEXT_MAX) {
        return 0;
    }
    begin(deflate);
    put(&bits, 1 | 1u << 1, 3); /* The last block, with fixed codes. */
    while (at < text.size && !bits.full) {
        size_t left = text.size - at;
        uint32_t distance = left >= MATCH_MIN ? candidate(deflate, text, at) : 0;
        size_t length = distance == 0 ? 0
                                      : same(text.base + at, text.base + at - distance,
                                             left < LENGTH_MAX ? left : LENGTH_MAX);
        if (length >= MATCH_MIN) {
            put_match(deflate, &bits, length, distance);
            at += length;
        } else {
            unsigned char byte = text.base[at];
            put(&bits, deflate->literals[byte], deflate->literal_bits[byte]);
            at++;
        }
    }
    deflate->begun += (uint32_t)text.size;
    put(&bits, 0, 7); /* The end of the block. */
    bits.count = (bits.count + 7) / 8 * 8;
    drain(&bits);
    return bits.full ? 0 : (size_t)(bits.at - place);
}
