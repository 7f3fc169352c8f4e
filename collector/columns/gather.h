/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_GATHER_H
#define THAW_COLUMNS_GATHER_H

#include "columns/table_private.h"

/*
 * The rows of one block, turned into columns: what is numbered in the table gets small numbers of
 * the block, in order of first use.  One gather serves one block after the other.
 */
struct gather_column {
    uint32_t number; /* Of the table's column. */
    uint32_t count;
    uint32_t texts; /* TEXT: how many different ones, once that is known. */
    int64_t
        *cells; /* INT: values; TEXT: numbers of texts; BLOB: where in table->values they are. */
};

/* Something that was numbered in the block with this stamp. */
struct gather_seen {
    uint32_t stamp, index;
};

struct gather {
    const struct table *table;
    uint32_t stamp; /* Of this block. */
    uint32_t count;
    const struct row **rows;
    uint32_t *groups;     /* Of each row. */
    uint32_t *shapes;     /* Different ones: the table's numbers. */
    uint32_t *shape_rows; /* Of each row, an index into these. */
    uint32_t *shape_counts;
    uint32_t shape_count;
    struct gather_column *columns; /* By number. */
    uint32_t column_count;
    int64_t *cells;
    size_t cell_capacity;
    struct gather_seen *shape_seen, *column_seen;
    uint8_t *stores;   /* enum column_store of each column, by number. */
    int64_t **cursors; /* The next cell of each column, by number. */
};

/* False without memory; gather_fini() in either case. */
bool gather_init(struct gather *gather, const struct table *table) THAW_CHECK;
void gather_fini(struct gather *gather);

/* Gather rows by number, at most BLOCK_ROWS_MAX, and their groups.  False without memory. */
bool gather_rows(struct gather *gather, const uint32_t *rows, const uint32_t *groups,
                 uint32_t count) THAW_CHECK;

/* Where the values of a row begin. */
static inline const unsigned char *gather_values(const struct gather *gather, const struct row *row)
{
    const unsigned char *begin = gather->table->values.base;
    return row->values > 0 ? begin + row->values : begin;
}

/* The bytes of a BLOB. */
struct slice gather_blob(const struct gather *gather, int64_t cell);

#endif
