/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_ORDER_H
#define THAW_COLUMNS_ORDER_H

#include "columns/table_private.h"

/*
 * The order in which the rows of a table are written, cut into blocks.
 *
 * Rows lie in groups: what belongs to one transaction and to the same ten minutes.  Ids that one
 * row names, or that have one number of the sink, are of one transaction; a line that names none
 * belongs to its resource.  Groups are in order of their first row, rows of a group in order of
 * time; of the same time, in order of arrival.
 */
struct order_block {
    uint32_t begin, end; /* Of rows. */
};

struct order {
    uint32_t *rows;   /* Numbers of rows. */
    uint32_t *groups; /* Of each, its group: those of a group lie together. */
    uint32_t count;
    struct order_block *blocks;
    uint32_t block_count;
};

/* The rows of one signal.  False without memory; order_fini() in either case. */
bool order_make(struct order *order, const struct table *table, const struct table_sink *sink,
                enum signal signal) THAW_CHECK;
void order_fini(struct order *order);

#endif
