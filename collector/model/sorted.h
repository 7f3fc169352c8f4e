/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_SORTED_H
#define THAW_COLLECTOR_MODEL_SORTED_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Rows of one size, sorted, that come in any order: what happens now comes at the end, an import of
 * the past comes anywhere.  They stand in blocks of at most SORTED_BLOCK_COUNT, so a new row moves
 * some of one block and not all that are later.
 *
 * Each row begins with its struct sorted_key.  A row's address is good until the next sorted_make()
 * or sorted_filter().
 *
 * Invariant: no block is empty; keys grow from row to row and from block to block.
 */
struct sorted_key {
    int64_t time_ns;
    uint32_t minor, least; /* In this order; what does not need them leaves them 0. */
};

struct sorted_block {
    unsigned char *rows; /* Ours. */
    uint32_t count;
};

struct sorted {
    struct sorted_block *blocks;
    uint32_t block_count, block_capacity;
    uint32_t count; /* Rows. */
    size_t row_size;
};

/* Where a row stands; good as long as its address is. */
struct sorted_at {
    uint32_t block, index;
};

void sorted_init(struct sorted *sorted, size_t row_size);
void sorted_fini(struct sorted *sorted); /* The rows' own memory is the caller's. */
void sorted_reset(struct sorted *sorted);

/* The row of this key, or NULL. */
void *sorted_find(const struct sorted *sorted, struct sorted_key key);

/* The same; a new one is zero but for its key, and *fresh says so.  NULL without memory. */
void *sorted_make(struct sorted *sorted, struct sorted_key key, bool *fresh);

/* The first row that is not before the key; sorted_row() is NULL where there is none. */
struct sorted_at sorted_lower(const struct sorted *sorted, struct sorted_key key);

/* A row, or NULL behind the last one. */
void *sorted_row(const struct sorted *sorted, struct sorted_at at);

/* The place behind this one. */
struct sorted_at sorted_after(const struct sorted *sorted, struct sorted_at at);

/* The row before a place, or NULL. */
void *sorted_before(const struct sorted *sorted, struct sorted_at at);

/* Keep the rows for which keep() is true; it frees what the others own. */
void sorted_filter(struct sorted *sorted, bool (*keep)(void *context, void *row), void *context);

#endif
