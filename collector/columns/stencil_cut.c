/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/stencil.h"

#include "columns/filter.h"
#include "columns/varint.h"

#include "base/lanes.h"

#include <endian.h>
#include <string.h>

/* Bytes that are looked at together: a bit for each. */
#define CHUNK_SIZE ((size_t)64)

/* Letters that stay around numbers, and numbers that they stay around. */
#define LETTERS_MAX 3
#define NUMBERS_MAX 2

/* Longer words have too much of one of both. */
#define SPLIT_SIZE_MAX (LETTERS_MAX + NUMBERS_MAX * STENCIL_DIGITS_MAX)

#define UUID_SIZE       36
#define UUID_FIRST_SIZE 8

/* ---- Bytes. ---- */

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool is_hex_letter(unsigned char byte)
{
    return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'f';
}

/* So many bits; count is below 64. */
static inline uint64_t bits_of(size_t count)
{
    return (UINT64_C(1) << count) - 1;
}

/* Bits of 64 bytes of a line: which are digits, which of a word. */
struct chunk {
    size_t first; /* Where it begins. */
    uint64_t digits, words;
};

/* What is no stencil's is gathered. */
static inline void look_at(struct chunk *chunk, size_t shift, const unsigned char *at, lanes *low)
{
    lanes bytes = lanes_load(at);
    lanes digits = (lanes)(bytes - lanes_of('0') < lanes_of(10));
    lanes letters = (lanes)((bytes | lanes_of(0x20)) - lanes_of('a') < lanes_of(26));
    lanes high = (lanes)(bytes >= lanes_of(128));
    *low |= (lanes)(bytes < lanes_of(STENCIL_HOLE_END));
    chunk->digits |= (uint64_t)lanes_bits(digits) << shift;
    chunk->words |= (uint64_t)lanes_bits(digits | letters | high) << shift;
}

/* Behind the line there is no word. */
static inline struct chunk look_at_chunk(struct slice line, size_t at, lanes *low)
{
    struct chunk chunk = {.first = at};
    size_t shift = 0;
    for (; shift < CHUNK_SIZE && line.size - at >= LANES_COUNT; shift += LANES_COUNT) {
        look_at(&chunk, shift, line.base + at, low);
        at += LANES_COUNT;
    }
    if (shift < CHUNK_SIZE && at < line.size) {
        unsigned char last[LANES_COUNT];
        memset(last, ' ', sizeof(last));
        memcpy(last, line.base + at, line.size - at);
        look_at(&chunk, shift, last, low);
    }
    return chunk;
}

/* Whether sixteen bytes are digits of hexadecimal numbers, but for these dashes. */
static inline bool is_hex(const unsigned char *at, unsigned dashes)
{
    lanes bytes = lanes_load(at);
    lanes digits = (lanes)(bytes - lanes_of('0') < lanes_of(10));
    lanes letters = (lanes)((bytes | lanes_of(0x20)) - lanes_of('a') < lanes_of(6));
    return lanes_bits(digits | letters) == (0xffffu ^ dashes) &&
           lanes_bits((lanes)(bytes == lanes_of('-'))) == dashes;
}

static bool is_uuid(const unsigned char *at)
{
    return is_hex(at, 1u << 8 | 1u << 13) && is_hex(at + 16, 1u << 2 | 1u << 7) &&
           is_hex(at + UUID_SIZE - LANES_COUNT, 1u << 3);
}

/* The value of at most eight digits; eight bytes can be read there. */
static inline uint64_t short_number(const unsigned char *at, size_t size)
{
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    word = le64toh(word) << (64 - 8 * size); /* Before them there are zeros now. */
    word = (word & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
    word = (word & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
    return (word & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
}

/* ---- Pieces. ---- */

struct cutting {
    struct slice line;
    size_t done;          /* Up to here the line is in pieces. */
    unsigned char *text;  /* Where the next byte of the stencil goes; there are no more of them */
    unsigned char *holes; /* than are done.  Where what stands in the next hole goes. */
    unsigned count;       /* Of holes. */
};

static inline void put_literal(struct cutting *cutting, size_t end)
{
    size_t size = end - cutting->done;
    const unsigned char *from = cutting->line.base + cutting->done;
    if (size <= LANES_COUNT && cutting->line.size - cutting->done >= LANES_COUNT) {
        memcpy(cutting->text, from, LANES_COUNT);
    } else {
        memcpy(cutting->text, from, size);
    }
    cutting->text += size;
    cutting->done = end;
}

static inline void put_hole(struct cutting *cutting, enum stencil_hole kind)
{
    *cutting->text++ = (unsigned char)kind;
    cutting->count++;
}

static inline void put_number(struct cutting *cutting, size_t end)
{
    static const int64_t tens[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
    const unsigned char *at = cutting->line.base + cutting->done;
    size_t size = end - cutting->done;
    bool zeros = *at == '0' && size > 1;
    int64_t value = zeros ? 1 : 0;
    if (size <= 8 && cutting->line.size - cutting->done >= 8) {
        value = value * tens[size] + (int64_t)short_number(at, size);
    } else {
        for (size_t i = 0; i < size; i++) {
            value = value * 10 + (at[i] - '0');
        }
    }
    put_hole(cutting, STENCIL_NUMBER);
    cutting->holes += varint_write(cutting->holes, varint_fold(zeros ? -value : value));
    cutting->done = end;
}

static void put_text(struct cutting *cutting, size_t end)
{
    size_t size = end - cutting->done;
    put_hole(cutting, STENCIL_TEXT);
    cutting->holes += varint_write(cutting->holes, size);
    memcpy(cutting->holes, cutting->line.base + cutting->done, size);
    cutting->holes += size;
    cutting->done = end;
}

/* ---- Words. ---- */

/* Whether the letters of a word stay: there are few, they are not all those of hexadecimal numbers,
 * and the numbers are few and short.  A bit for each digit. */
static bool splits(struct slice word, uint64_t digits)
{
    unsigned numbers = 0;
    unsigned letters = 0;
    bool plain = true; /* No letter but hexadecimal ones. */
    for (uint64_t left = digits; left != 0; numbers++) {
        uint64_t behind = left + (left & (0 - left)); /* The lowest number is carried away. */
        uint64_t number = left & ~behind;
        if (numbers == NUMBERS_MAX ||
            number >> (unsigned)__builtin_ctzll(number) > bits_of(STENCIL_DIGITS_MAX)) {
            return false;
        }
        left &= behind;
    }
    for (uint64_t left = ~digits & bits_of(word.size); left != 0; left &= left - 1) {
        if (letters++ == LETTERS_MAX) {
            return false;
        }
        plain = plain && is_hex_letter(word.base[(unsigned)__builtin_ctzll(left)]);
    }
    return letters == 0 || !plain;
}

static void put_split(struct cutting *cutting, size_t end, uint64_t digits)
{
    while (cutting->done < end) {
        size_t left = end - cutting->done;
        bool number = (digits & 1) != 0;
        uint64_t others = number ? ~digits : digits;
        size_t run = others != 0 ? (unsigned)__builtin_ctzll(others) : left;
        run = run < left ? run : left;
        if (number) {
            put_number(cutting, cutting->done + run);
        } else {
            put_literal(cutting, cutting->done + run);
        }
        digits >>= run;
    }
}

/* Where the word around a digit begins, ... */
static inline size_t begin_of_word(const struct cutting *cutting, const struct chunk *chunk,
                                   size_t at)
{
    size_t begin = chunk->first;
    uint64_t before = ~chunk->words & bits_of(at - begin);
    if (before != 0) {
        return begin + CHUNK_SIZE - (unsigned)__builtin_clzll(before);
    }
    while (begin > cutting->done && filter_of_word(cutting->line.base[begin - 1])) {
        begin--;
    }
    return begin;
}

/* ... and where it ends. */
static inline size_t end_of_word(const struct cutting *cutting, const struct chunk *chunk,
                                 size_t at)
{
    struct slice line = cutting->line;
    uint64_t behind = ~chunk->words >> (at - chunk->first);
    if (behind != 0) {
        return at + (unsigned)__builtin_ctzll(behind);
    }
    for (at = chunk->first + CHUNK_SIZE; at < line.size && filter_of_word(line.base[at]);) {
        at++;
    }
    return at;
}

/* A bit for each digit of a word that is short enough to be split. */
static inline uint64_t digits_of(const struct chunk *chunk, struct slice line, size_t begin,
                                 size_t end)
{
    uint64_t digits = 0;
    if (begin >= chunk->first && end <= chunk->first + CHUNK_SIZE) {
        return chunk->digits >> (begin - chunk->first) & bits_of(end - begin);
    }
    for (size_t i = begin; i < end; i++) {
        digits |= (uint64_t)is_digit(line.base[i]) << (i - begin);
    }
    return digits;
}

static bool begins_uuid(struct slice line, size_t begin)
{
    return line.size - begin >= UUID_SIZE && is_uuid(line.base + begin) &&
           (line.size - begin == UUID_SIZE || !filter_of_word(line.base[begin + UUID_SIZE]));
}

/* The word around a digit.  Most are numbers and nothing else. */
static inline void cut_word(struct cutting *cutting, const struct chunk *chunk, size_t at)
{
    struct slice line = cutting->line;
    size_t begin = begin_of_word(cutting, chunk, at);
    size_t end = end_of_word(cutting, chunk, at);
    size_t size = end - begin;
    put_literal(cutting, begin);
    if (size == UUID_FIRST_SIZE && begins_uuid(line, begin)) {
        put_text(cutting, begin + UUID_SIZE);
        return;
    }
    uint64_t digits = size <= SPLIT_SIZE_MAX ? digits_of(chunk, line, begin, end) : 0;
    if (size <= STENCIL_DIGITS_MAX && digits == bits_of(size)) {
        put_number(cutting, end);
    } else if (digits != 0 && splits(slice_of(line.base + begin, size), digits)) {
        put_split(cutting, end, digits);
    } else {
        put_text(cutting, end);
    }
}

/* The digits of a chunk that are not in pieces yet. */
static inline uint64_t digits_left(const struct cutting *cutting, const struct chunk *chunk)
{
    size_t done = cutting->done > chunk->first ? cutting->done - chunk->first : 0;
    return done < CHUNK_SIZE ? chunk->digits & UINT64_MAX << done : 0;
}

bool stencil_cut(struct stencil_pieces *pieces, struct slice line)
{
    struct cutting cutting = {.line = line, .text = pieces->text, .holes = pieces->holes};
    lanes low = lanes_of(0);
    uint64_t left;
    if (line.size == 0 || line.size > STENCIL_LINE_MAX) {
        return false;
    }
    for (size_t first = 0; first < line.size; first += CHUNK_SIZE) {
        struct chunk chunk = look_at_chunk(line, first, &low);
        while ((left = digits_left(&cutting, &chunk)) != 0) {
            cut_word(&cutting, &chunk, first + (unsigned)__builtin_ctzll(left));
            if (cutting.count > STENCIL_HOLE_MAX - NUMBERS_MAX) {
                return false;
            }
        }
    }
    put_literal(&cutting, line.size);
    pieces->text_size = (size_t)(cutting.text - pieces->text);
    pieces->holes_size = (size_t)(cutting.holes - pieces->holes);
    return lanes_bits(low) == 0;
}
