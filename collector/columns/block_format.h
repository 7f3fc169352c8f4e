/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_BLOCK_FORMAT_H
#define THAW_COLUMNS_BLOCK_FORMAT_H

/*
 * The parts of a block, in order of these numbers; docs/formats/blocks.md says what is in each.
 *
 *     byte version, byte signal, varint rows, varint parts,
 *     for each part: varint number, varint size
 *     the parts, one behind the other
 */
#define BLOCK_VERSION       2
#define BLOCK_VERSION_FIRST 1 /* Without BODY_STENCILS and TEXTS_AS_BEFORE. */

enum block_part {
    PART_GROUPS,
    PART_SHAPES,
    PART_STARTS,
    PART_ENDS,
    PART_TRACES,
    PART_SPAN_IDS,
    PART_PARENTS,
    PART_RESOURCES,
    PART_ARRIVALS,
    PART_COLUMN = 16, /* Plus the number of the column. */
};

/* How the ends of rows are written. */
enum block_ends { ENDS_FROM_START, ENDS_THEMSELVES };

/* How bodies that are strings begin: as lists of strings do (strings.h), or with this byte. */
#define BODY_STENCILS 3

/* In place of the numbers of a column's texts, as no ints begin: they are those of another one. */
#define TEXTS_AS_BEFORE 16

/* Parents of spans: none; eight bytes of their own; else 2 plus the folded distance to the row of
 * the parent in this block. */
enum block_parent { PARENT_NONE, PARENT_ELSEWHERE, PARENT_ROW };

/* The dictionary. */
#define DICTIONARY_VERSION 1

#endif
