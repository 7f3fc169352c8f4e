/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_STENCIL_H
#define THAW_COLUMNS_STENCIL_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A stencil is the text of a line with holes where numbers and the like stand: lines that one
 * statement of a program wrote have one stencil, and are it and what stands in its holes.
 *
 *     "order 4711 took 12ms: 5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e"
 *     "order \1 took \1ms: \2"   4711, 12, "5f0c8fb7-9a4d-4e0f-8c6e-1f0a2b3c4d5e"
 *
 * Holes lie within words as filters know them (filter.h): every word that has a digit has one.  Of
 * a few letters around one number or two (12ms, 30T12, v3) the letters stay; other such words, and
 * UUIDs, are holes as a whole.
 *
 * A number is its value; where it is written with zeros in front, the value of its digits behind a
 * 1, negative: "007" is -1007.
 *
 * Pure; any thread.
 */
enum stencil_hole {
    STENCIL_NUMBER = 1,
    STENCIL_TEXT = 2,
    STENCIL_HOLE_END, /* Bytes below are holes: lines that have such a byte have no stencil. */
};

/* Longer lines have none, nor have those that would have more holes. */
#define STENCIL_LINE_MAX 4096
#define STENCIL_HOLE_MAX 64

/* Digits of a number: with a 1 before them they are one of 63 bits. */
#define STENCIL_DIGITS_MAX 17

/* Holes take no more than what stood there, but for the sizes of texts. */
#define STENCIL_HOLES_SIZE (STENCIL_LINE_MAX + 2 * STENCIL_HOLE_MAX)

struct stencil_pieces {
    unsigned char text[STENCIL_LINE_MAX]; /* The stencil, ... */
    size_t text_size;
    unsigned char holes[STENCIL_HOLES_SIZE]; /* ... and what stands in its holes, in order: */
    size_t holes_size; /* numbers as folded varints, texts as varint size and bytes. */
};

/* Cut a line.  False: it has no stencil; what pieces hold then is nothing. */
bool stencil_cut(struct stencil_pieces *pieces, struct slice line) THAW_CHECK;

/* The kinds of a stencil's holes, in order; answers how many there are, which may be more than
 * the STENCIL_HOLE_MAX that are told. */
size_t stencil_kinds(struct slice stencil, unsigned char kinds[STENCIL_HOLE_MAX]);

/* Where the next hole is, from an offset on; the stencil's size when there is none. */
size_t stencil_next(struct slice stencil, size_t at);

/* How a number was written: answers the size of the text, or 0 when no number is written so. */
#define STENCIL_NUMBER_SIZE 20
size_t stencil_number(int64_t number, unsigned char text[STENCIL_NUMBER_SIZE]) THAW_CHECK;

/* Append the words of a stencil that have holes, with a space behind each: filled like the stencil,
 * they are those words of the line. */
void stencil_words(struct slice stencil, struct buf *out);

/* Fill a stencil, or its words, with holes as stencil_cut() has written them, and go behind these;
 * answers the size.  Words have a space behind them, and digits are written in a room for any
 * number. */
#define STENCIL_FILLED_MAX (STENCIL_LINE_MAX + STENCIL_HOLE_MAX + STENCIL_NUMBER_SIZE)
size_t stencil_fill(struct slice stencil, const unsigned char **holes,
                    unsigned char line[STENCIL_FILLED_MAX]) THAW_CHECK;

#endif
