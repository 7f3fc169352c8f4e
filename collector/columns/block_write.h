/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_BLOCK_WRITE_H
#define THAW_COLUMNS_BLOCK_WRITE_H

#include "columns/gather.h"
#include "columns/ints.h"

/*
 * Writes gathered rows as a block.  Texts that have a number in the dictionary are written as that
 * number, others in the block.
 */
struct block_write_place {
    uint32_t number;
    size_t size;
};

struct block_write {
    const struct table *table;
    const uint32_t *text_numbers; /* In the dictionary, by the table's; TEXTS_NONE. */
    struct ints_writer *ints;
    struct buf out, parts, scratch;
    struct block_write_place *places; /* Of the parts so far. */
    uint32_t place_count;
    size_t part_begin;
    int64_t *numbers;              /* Room for a column. */
    struct gather_seen *text_seen; /* By text: in the column that is being written. */
    uint32_t text_stamp;
    struct block_write_lines *lines; /* block_write_lines.c. */
    uint32_t *list;                  /* Different texts of that column, ... */
    uint32_t list_count;
    struct slice *strings;            /* ... and those that stand in the block. */
    unsigned char *things;            /* Ids. */
    uint32_t *span_rows;              /* A table of rows plus 1 by span id. */
    struct gather_seen *id_seen;      /* By id. */
    struct gather_seen *arrival_seen; /* By arrival. */
};

/* False without memory; block_write_fini() in either case. */
bool block_write_init(struct block_write *write, const struct table *table,
                      const uint32_t *text_numbers) THAW_CHECK;
void block_write_fini(struct block_write *write);

/* The bytes of a block, valid until the next one.  False without memory. */
bool block_write_rows(struct block_write *write, const struct gather *gather,
                      struct slice *bytes) THAW_CHECK;

/* What is appended to parts between these two is a part. */
void block_write_open(struct block_write *write, uint32_t number);
void block_write_close(struct block_write *write);

/* block_write_fixed.c: the parts that are no columns. */
void block_write_fixed(struct block_write *write, const struct gather *gather);

/* block_write_lines.c: the values of a column of bodies that are strings; and what it needs. */
struct block_write_lines *block_write_lines_create(void) THAW_CHECK;
void block_write_lines_free(struct block_write_lines *lines); /* NULL is fine. */
void block_write_lines(struct block_write *write, const struct gather *gather,
                       const struct gather_column *column);

/* How many texts are in list, and each of them: by its number in the dictionary, or it itself. */
void block_write_texts(struct block_write *write);

/* The different texts of a column in order of first use, into list; cells become indexes. */
void block_write_list(struct block_write *write, int64_t *cells, uint32_t count);

#endif
