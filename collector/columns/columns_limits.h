/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_COLUMNS_LIMITS_H
#define THAW_COLUMNS_COLUMNS_LIMITS_H

#include <stdint.h>

/*
 * The limits of columns/ and their reasons.
 */

/* Rows of a block: enough for columns to compress (docs/reference/performance.md), few enough to be
 * decoded for one of them. */
#define BLOCK_ROWS_MAX 4096

/* Bytes of a block's values before they are encoded; a longer transaction is cut.  One row may be
 * as long as a body is. */
#define BLOCK_SIZE_MAX ((uint64_t)512 << 10)

/* Rows of a table: four times what a segment holds, so that a segment fits. */
#define TABLE_ROWS_MAX ((uint32_t)1 << 20)

/* Bytes of a table's values, and of its texts: numbers of 32 bits point into them. */
#define TABLE_VALUES_SIZE_MAX ((uint64_t)1 << 30)
#define TABLE_TEXTS_SIZE_MAX  ((uint64_t)1 << 30)

/* Different texts of a table, different ids, resources, scopes, batches. */
#define TABLE_TEXT_COUNT_MAX     ((uint32_t)1 << 23)
#define TABLE_ID_COUNT_MAX       ((uint32_t)1 << 22)
#define TABLE_RESOURCE_COUNT_MAX ((uint32_t)1 << 20)
#define TABLE_SCOPE_COUNT_MAX    ((uint32_t)1 << 16)
#define TABLE_ARRIVAL_COUNT_MAX  ((uint32_t)1 << 20)

/* Different columns and shapes.  Records that would need more, or that have more attributes than
 * this, keep theirs in one value: senders that make names up cost room, not time. */
#define SHAPE_COLUMN_COUNT_MAX 8192
#define SHAPE_COUNT_MAX        16384
#define SHAPE_ATTR_COUNT_MAX   128
#define SHAPE_REPEAT_MAX       8 /* Times that one key is in one record. */

/* Lists and maps inside of each other.  The guard lets 32 through (proto_limits.h). */
#define VALUE_DEPTH_MAX 64

/* Bytes of one string, and of one list of strings, that a reader believes in: a body is no longer
 * than 64 MiB. */
#define COLUMN_BYTES_MAX ((uint64_t)128 << 20)

/* Texts that are not used by this many blocks stand in the blocks themselves. */
#define DICTIONARY_USES_MIN 2

/* Bytes of a word of a filter. */
#define FILTER_WORD_SIZE_MIN 3
#define FILTER_WORD_SIZE_MAX 64

/* Ten minutes: rows further apart do not lie together. */
#define ORDER_BUCKET_NS UINT64_C(600000000000)

#endif
