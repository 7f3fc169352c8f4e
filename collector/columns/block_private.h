/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_BLOCK_PRIVATE_H
#define THAW_COLUMNS_BLOCK_PRIVATE_H

#include "columns/block_read.h"
#include "columns/block_scan.h"
#include "columns/dictionary_private.h"
#include "columns/ints.h"

/* A column of values of a block, decoded as far as somebody has asked. */
struct block_column {
    const struct column *column;
    struct slice bytes; /* What is left to decode. */
    uint32_t count;     /* Rows that have it. */
    bool listed, indexed;
    bool refers;         /* TEXT: its index is that of a column before it. */
    int64_t *ints;       /* INT: of each of these rows. */
    uint32_t *index;     /* TEXT: of each, which of the texts. */
    struct slice *texts; /* TEXT: different ones; BLOB: of each. */
    uint32_t text_count;
};

/* A shape of a block. */
struct block_shape {
    const struct shape *shape;
    uint32_t count;    /* Rows. */
    uint32_t *columns; /* Indexes of block_column, BLOCK_NONE where nothing is stored. */
};

struct block {
    const struct dictionary *dictionary;
    struct bytes_reader *reader;
    struct arena *arena;
    enum signal signal;
    uint32_t rows;
    struct slice parts[16];       /* Those that are no columns; empty where there is none. */
    struct block_column *columns; /* By number; their counts are of block_shapes(). */
    uint32_t column_count;
    /* Decoded when they are asked for; NULL before. */
    struct block_shape *shapes; /* block_shapes(). */
    uint32_t shape_count;
    uint32_t *shape_rows; /* Of each row, an index into these. */
    uint64_t *starts_ns, *arrivals_ns;
    int64_t *durations_ns;
    uint32_t *resources;
    uint8_t *grades;
    struct block_ids traces;
    struct id8 *span_ids, *parents;
    struct block_few *few;     /* The latest that were wanted; NULL before. */
    struct block_finds *finds; /* block_match.c. */
};

/* Few rows of a block, as a block of their own, because they are often wanted again. */
struct block_few {
    const uint32_t *rows; /* Ascending. */
    uint32_t count;
    struct block block;
};

/* block_read.c: which values rows have, before any but the times, senders and arrivals is looked
 * at. */
enum status block_shapes(struct block *block) THAW_CHECK;

/* block_fixed.c: ids of spans, all zero where a row has none. */
enum status block_fixed_span_ids(struct block *block) THAW_CHECK;
enum status block_fixed_parents(struct block *block) THAW_CHECK;

/* Durations, arrivals and resources of some rows, into another block. */
enum status block_fixed_some(struct block *block, struct ints_some some,
                             struct block *to) THAW_CHECK;

/*
 * A walk over rows: at a row, cells says which value of each of its columns is that row's.
 */
struct block_walk {
    uint32_t *cells;   /* Of each column. */
    uint32_t *pending; /* Of each shape, rows that are not in cells yet. */
    uint32_t row;
};

enum status block_walk_begin(struct block *block, struct block_walk *walk) THAW_CHECK;

/* Go on to a row, not back. */
void block_walk_to(const struct block *block, struct block_walk *walk, uint32_t row);

/* block_columns.c: a column up to its texts, and all of it. */
enum status block_columns_list(struct block *block, struct block_column *column) THAW_CHECK;
enum status block_columns_all(struct block *block, struct block_column *column) THAW_CHECK;

/* Whether the index of a column that was read up to its texts is that of another one. */
bool block_columns_refers(const struct block_column *column) THAW_CHECK;

/* The next list of texts of a column: those of the dictionary by number, others stand here. */
enum status block_columns_texts(struct block *block, struct block_column *column) THAW_CHECK;

/* block_lines.c: whether bodies are stencils and what stands in their holes, and these as texts. */
bool block_lines_has(const struct block_column *column) THAW_CHECK;
enum status block_lines_read(struct block *block, struct block_column *column) THAW_CHECK;

/* The value of the row of a walk in a column of a body or an attribute, which is decoded; at is its
 * index, or BLOCK_NONE where nothing is stored. */
enum status block_columns_value(struct block *block, const struct block_walk *walk,
                                const struct column *what, uint32_t at,
                                struct value *value) THAW_CHECK;

/* block_project.c: a block of these rows only, ascending, all of it decoded. */
enum status block_project(struct block *block, const uint32_t *rows, uint32_t count,
                          struct block *projected) THAW_CHECK;

/* block_match.c: which rows have one of these ids; true for each. */
enum status block_match(struct block *block, const struct id16 *ids, size_t id_count,
                        bool *matches) THAW_CHECK;

#endif
