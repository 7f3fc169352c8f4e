/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_TABLE_PRIVATE_H
#define THAW_COLUMNS_TABLE_PRIVATE_H

#include "columns/idset.h"
#include "columns/shape_list.h"
#include "columns/stencil.h"
#include "columns/table.h"
#include "columns/texts.h"

#include "base/buf.h"

/* The parts of a table: table.c fills it, order.c and block_write.c read it. */

#define ROW_ID_NONE IDSET_NONE

struct row {
    uint64_t start_ns, end_ns; /* Of lines time and observed. */
    struct id8 span_id, parent;
    uint32_t trace, request; /* Numbers of ids, or ROW_ID_NONE. */
    uint32_t resource, shape, arrival;
    uint32_t values; /* Where they begin: one behind the other, as the shape's columns say. */
    uint32_t weight; /* Bytes that it brought along. */
};

/* What is known of a resource besides its bytes. */
struct table_resource {
    struct id16 instance; /* record_ids_instance(); */
    uint32_t attrs_size;  /* Of its bytes: the others are those of fields. */
    bool named;           /* It names a function or an instance. */
    bool plain;           /* The fields are what the attributes say. */
};

/* A block without records that an agent has numbered. */
struct bare {
    uint32_t resource, arrival;
};

/* How often a text is used: a use counts when the one that counted before it was half a block of
 * rows earlier, or more.  So what all use counts for each block about twice, what the few records
 * of a transaction use counts once. */
struct table_use {
    uint32_t count;
    uint32_t row; /* Of the latest that counted. */
};

/* Stencils are worth their trouble when lines have few different ones: after so many lines of which
 * half brought new ones along, lines are kept as they are for some time. */
#define TABLE_STENCIL_LINES 512
#define TABLE_STENCIL_PAUSE 8192

/*
 * Values of a row, by shape_column_store():
 *   INT   varint, folded
 *   TEXT  varint, number of the text
 *   BLOB  varint size, bytes
 *
 * The bytes of a body that is a string: varint number of the text that is its stencil plus 1, and
 * what stands in its holes (stencil.h); or 0 and the body.
 *
 * Texts of resources and scopes are what values.h makes of them (table_resources.h,
 * table_rows.h).
 */
struct table {
    struct hash_key key;
    struct texts *texts, *resources, *scopes;
    struct idset keys;       /* Of resources (model/record_key.h) that were taken apart. */
    uint32_t *key_resources; /* By number of the key: the resource's. */
    uint32_t key_count, key_capacity;
    struct table_resource *resource_rows;
    uint32_t resource_count, resource_capacity;
    struct shape_list shapes;
    struct idset ids;
    struct row *rows;
    uint32_t row_count, row_capacity, span_count;
    struct buf values, scratch;
    uint64_t *arrivals;
    uint32_t arrival_count, arrival_capacity;
    struct bare *bares;
    uint32_t bare_count, bare_capacity;
    struct table_use *uses; /* By text. */
    uint32_t use_capacity;
    uint32_t latest[SHAPE_COLUMN_COUNT_MAX]; /* By column of texts: its latest; or TEXTS_NONE. */
    uint32_t *requests; /* By text: the number of its id plus 2; 1: it is none; 0: not known. */
    uint32_t request_capacity;
    struct stencil_pieces pieces; /* Of the line that is being added. */
    uint32_t stencil_lines, stencil_new, stencil_pause;
    uint32_t *batch_resources; /* Of the batch that is being added: number plus 1; 0: not yet. */
    bool *batch_used;
    size_t batch_capacity;
};

/* Room for one more of what a table has; false without. */
bool table_grow(void **rows, uint32_t *capacity, uint32_t count, uint32_t count_max, size_t size);

#endif
