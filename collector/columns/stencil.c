/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/stencil.h"

#include "columns/filter.h"
#include "columns/varint.h"

#include "base/ensure.h"
#include "base/lanes.h"

#include <string.h>

/* Bytes that are looked at together: a bit for each. */
#define CHUNK_SIZE ((size_t)64)

/* Letters that stay around numbers, and numbers that they stay around. */
#define LETTERS_MAX 3
#define NUMBERS_MAX 2

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

/* A bit for each of sixteen bytes: whether it is a digit; what is no stencil's is gathered. */
static unsigned digit_bits(const unsigned char *at, unsigned *low)
{
    lanes bytes = lanes_load(at);
    *low |= lanes_bits((lanes)(bytes < lanes_of(STENCIL_HOLE_END)));
    return lanes_bits((lanes)(bytes - lanes_of('0') < lanes_of(10)));
}

static uint64_t chunk_digits(struct slice line, size_t at, unsigned *low)
{
    uint64_t bits = 0;
    size_t shift = 0;
    for (; shift < CHUNK_SIZE && line.size - at >= LANES_COUNT; shift += LANES_COUNT) {
        bits |= (uint64_t)digit_bits(line.base + at, low) << shift;
        at += LANES_COUNT;
    }
    if (shift < CHUNK_SIZE && at < line.size) {
        unsigned char last[LANES_COUNT];
        memset(last, ' ', sizeof(last));
        memcpy(last, line.base + at, line.size - at);
        bits |= (uint64_t)digit_bits(last, low) << shift;
    }
    return bits;
}

static bool is_uuid(const unsigned char *at)
{
    for (size_t i = 0; i < UUID_SIZE; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? at[i] != '-' : !is_digit(at[i]) && !is_hex_letter(at[i])) {
            return false;
        }
    }
    return true;
}

/* ---- Cutting. ---- */

struct cutting {
    struct stencil_pieces *pieces;
    struct slice line;
    size_t done; /* Up to here the line is in pieces. */
    unsigned holes;
};

static void put_literal(struct cutting *cutting, size_t end)
{
    struct stencil_pieces *pieces = cutting->pieces;
    size_t size = end - cutting->done;
    memcpy(pieces->text + pieces->text_size, cutting->line.base + cutting->done, size);
    pieces->text_size += size;
    cutting->done = end;
}

static void put_hole(struct cutting *cutting, enum stencil_hole kind)
{
    cutting->pieces->text[cutting->pieces->text_size++] = (unsigned char)kind;
    cutting->holes++;
}

static void put_number(struct cutting *cutting, size_t end)
{
    struct stencil_pieces *pieces = cutting->pieces;
    const unsigned char *at = cutting->line.base + cutting->done;
    bool zeros = *at == '0' && end - cutting->done > 1;
    int64_t value = zeros ? 1 : 0;
    for (; cutting->done < end; cutting->done++) {
        value = value * 10 + (*at++ - '0');
    }
    put_hole(cutting, STENCIL_NUMBER);
    pieces->holes_size +=
        varint_write(pieces->holes + pieces->holes_size, varint_fold(zeros ? -value : value));
}

static void put_text(struct cutting *cutting, size_t end)
{
    struct stencil_pieces *pieces = cutting->pieces;
    size_t size = end - cutting->done;
    put_hole(cutting, STENCIL_TEXT);
    pieces->holes_size += varint_write(pieces->holes + pieces->holes_size, size);
    memcpy(pieces->holes + pieces->holes_size, cutting->line.base + cutting->done, size);
    pieces->holes_size += size;
    cutting->done = end;
}

/* Whether the letters of a word stay: there are few, they are not all those of hexadecimal numbers,
 * and the numbers are few and short. */
static bool splits(struct slice word)
{
    size_t letters = 0;
    size_t numbers = 0;
    size_t digits = 0;
    bool plain = true; /* No letter but hexadecimal ones. */
    for (size_t i = 0; i < word.size; i++) {
        unsigned char byte = word.base[i];
        if (is_digit(byte)) {
            numbers += digits == 0;
            digits++;
        } else {
            letters++;
            plain = plain && is_hex_letter(byte);
            digits = 0;
        }
        if (digits > STENCIL_DIGITS_MAX || letters > LETTERS_MAX || numbers > NUMBERS_MAX) {
            return false;
        }
    }
    return letters == 0 || !plain;
}

static void put_split(struct cutting *cutting, size_t end)
{
    while (cutting->done < end) {
        size_t at = cutting->done;
        bool digits = is_digit(cutting->line.base[at]);
        while (at < end && is_digit(cutting->line.base[at]) == digits) {
            at++;
        }
        if (digits) {
            put_number(cutting, at);
        } else {
            put_literal(cutting, at);
        }
    }
}

/* A word that has a digit. */
static void put_word(struct cutting *cutting, size_t end)
{
    struct slice line = cutting->line;
    size_t begin = cutting->done;
    if (end - begin == UUID_FIRST_SIZE && line.size - begin >= UUID_SIZE &&
        is_uuid(line.base + begin) &&
        (line.size - begin == UUID_SIZE || !filter_of_word(line.base[begin + UUID_SIZE]))) {
        put_text(cutting, begin + UUID_SIZE);
    } else if (splits(slice_of(line.base + begin, end - begin))) {
        put_split(cutting, end);
    } else {
        put_text(cutting, end);
    }
}

/* Most words that have a digit are numbers and nothing else.  False: this one is not, or it has
 * zeros in front, or may be of a UUID. */
static bool cut_number(struct cutting *cutting, size_t at)
{
    struct slice line = cutting->line;
    struct stencil_pieces *pieces = cutting->pieces;
    uint64_t value = 0;
    size_t end = at;
    for (; end < line.size && is_digit(line.base[end]); end++) {
        value = value * 10 + (line.base[end] - '0'); /* Wraps where there are too many. */
    }
    if (end - at > STENCIL_DIGITS_MAX || (line.base[at] == '0' && end - at > 1) ||
        (at > cutting->done && filter_of_word(line.base[at - 1])) ||
        (end < line.size && (filter_of_word(line.base[end]) || line.base[end] == '-'))) {
        return false;
    }
    put_literal(cutting, at);
    put_hole(cutting, STENCIL_NUMBER);
    pieces->holes_size +=
        varint_write(pieces->holes + pieces->holes_size, varint_fold((int64_t)value));
    cutting->done = end;
    return true;
}

/* The word around a digit. */
static void cut_word(struct cutting *cutting, size_t at)
{
    struct slice line = cutting->line;
    size_t begin = at;
    size_t end = at + 1;
    if (cut_number(cutting, at)) {
        return;
    }
    while (begin > cutting->done && filter_of_word(line.base[begin - 1])) {
        begin--;
    }
    while (end < line.size && filter_of_word(line.base[end])) {
        end++;
    }
    put_literal(cutting, begin);
    put_word(cutting, end);
}

bool stencil_cut(struct stencil_pieces *pieces, struct slice line)
{
    struct cutting cutting = {.pieces = pieces, .line = line};
    unsigned low = 0;
    pieces->text_size = 0;
    pieces->holes_size = 0;
    if (line.size == 0 || line.size > STENCIL_LINE_MAX) {
        return false;
    }
    for (size_t chunk = 0; chunk < line.size; chunk += CHUNK_SIZE) {
        uint64_t bits = chunk_digits(line, chunk, &low);
        while (bits != 0) {
            size_t at = chunk + (unsigned)__builtin_ctzll(bits);
            bits &= bits - 1;
            if (at < cutting.done) {
                continue;
            }
            cut_word(&cutting, at);
            if (cutting.holes > STENCIL_HOLE_MAX - NUMBERS_MAX) {
                return false;
            }
        }
    }
    put_literal(&cutting, line.size);
    return low == 0;
}

/* ---- Stencils. ---- */

size_t stencil_next(struct slice stencil, size_t at)
{
    while (stencil.size - at >= LANES_COUNT) {
        lanes bytes = lanes_load(stencil.base + at);
        unsigned first = lanes_first((lanes)(bytes < lanes_of(STENCIL_HOLE_END)));
        if (first < LANES_COUNT) {
            return at + first;
        }
        at += LANES_COUNT;
    }
    while (at < stencil.size && stencil.base[at] >= STENCIL_HOLE_END) {
        at++;
    }
    return at;
}

size_t stencil_kinds(struct slice stencil, unsigned char kinds[STENCIL_HOLE_MAX])
{
    size_t count = 0;
    for (size_t at = 0; (at = stencil_next(stencil, at)) < stencil.size; at++) {
        if (count < STENCIL_HOLE_MAX) {
            kinds[count] = stencil.base[at];
        }
        count++;
    }
    return count;
}

size_t stencil_number(int64_t number, unsigned char text[STENCIL_NUMBER_SIZE])
{
    unsigned char digits[STENCIL_NUMBER_SIZE];
    uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t at = sizeof(digits);
    do {
        digits[--at] = (unsigned char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0 && digits[at] != '1') {
        return 0;
    }
    at += number < 0;
    memcpy(text, digits + at, sizeof(digits) - at);
    return sizeof(digits) - at;
}

static bool of_filled_word(unsigned char byte)
{
    return byte < STENCIL_HOLE_END || filter_of_word(byte);
}

void stencil_words(struct slice stencil, struct buf *out)
{
    size_t end = 0;
    for (size_t at = 0; (at = stencil_next(stencil, at)) < stencil.size; at = end) {
        size_t begin = at;
        while (begin > end && of_filled_word(stencil.base[begin - 1])) {
            begin--;
        }
        for (end = at + 1; end < stencil.size && of_filled_word(stencil.base[end]);) {
            end++;
        }
        buf_append(out, slice_of(stencil.base + begin, end - begin));
        buf_append_byte(out, ' ');
    }
}

size_t stencil_fill(struct slice stencil, const unsigned char *holes,
                    unsigned char line[STENCIL_FILLED_MAX])
{
    unsigned char *out = line;
    for (size_t at = 0; at < stencil.size; at++) {
        unsigned char byte = stencil.base[at];
        if (byte >= STENCIL_HOLE_END) {
            *out++ = byte;
            continue;
        }
        uint64_t told = varint_next(&holes);
        if (byte == STENCIL_TEXT) {
            memcpy(out, holes, (size_t)told);
            holes += told;
            out += told;
        } else {
            out += stencil_number(varint_unfold(told), out);
        }
    }
    return (size_t)(out - line);
}
