/* SPDX-License-Identifier: Apache-2.0 */
#include "model/sorted.h"
#include "model/model_limits.h"
#include "model/rows.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

void sorted_init(struct sorted *sorted, size_t row_size)
{
    ENSURE(row_size >= sizeof(struct sorted_key));
    *sorted = (struct sorted){.row_size = row_size};
}

void sorted_fini(struct sorted *sorted)
{
    sorted_reset(sorted);
    free(sorted->blocks);
    *sorted = (struct sorted){.row_size = sorted->row_size};
}

void sorted_reset(struct sorted *sorted)
{
    for (uint32_t i = 0; i < sorted->block_count; i++) {
        free(sorted->blocks[i].rows);
    }
    sorted->block_count = sorted->count = 0;
}

static unsigned char *row_of(const struct sorted *sorted, uint32_t block, uint32_t index)
{
    return &sorted->blocks[block].rows[index * sorted->row_size];
}

static struct sorted_key key_of(const struct sorted *sorted, uint32_t block, uint32_t index)
{
    struct sorted_key key;
    memcpy(&key, row_of(sorted, block, index), sizeof(key));
    return key;
}

static bool key_before(struct sorted_key one, struct sorted_key other)
{
    if (one.time_ns != other.time_ns) {
        return one.time_ns < other.time_ns;
    }
    return one.minor != other.minor ? one.minor < other.minor : one.least < other.least;
}

/* The last block that begins at or before a key; the first one where all are later. */
static uint32_t block_for(const struct sorted *sorted, struct sorted_key key)
{
    uint32_t low = 0;
    uint32_t high = sorted->block_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (key_before(key, key_of(sorted, middle, 0))) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low > 0 ? low - 1 : 0;
}

static uint32_t index_for(const struct sorted *sorted, uint32_t block, struct sorted_key key)
{
    uint32_t low = 0;
    uint32_t high = sorted->blocks[block].count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (key_before(key_of(sorted, block, middle), key)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct sorted_at sorted_lower(const struct sorted *sorted, struct sorted_key key)
{
    if (sorted->block_count == 0) {
        return (struct sorted_at){0, 0};
    }
    uint32_t block = block_for(sorted, key);
    uint32_t index = index_for(sorted, block, key);
    if (index == sorted->blocks[block].count) {
        return (struct sorted_at){block + 1, 0};
    }
    return (struct sorted_at){block, index};
}

void *sorted_row(const struct sorted *sorted, struct sorted_at at)
{
    return at.block < sorted->block_count && at.index < sorted->blocks[at.block].count
               ? row_of(sorted, at.block, at.index)
               : NULL;
}

struct sorted_at sorted_after(const struct sorted *sorted, struct sorted_at at)
{
    ENSURE(at.block < sorted->block_count);
    if (at.index + 1 < sorted->blocks[at.block].count) {
        return (struct sorted_at){at.block, at.index + 1};
    }
    return (struct sorted_at){at.block + 1, 0};
}

void *sorted_before(const struct sorted *sorted, struct sorted_at at)
{
    if (at.index > 0) {
        return row_of(sorted, at.block, at.index - 1);
    }
    if (at.block == 0) {
        return NULL;
    }
    return row_of(sorted, at.block - 1, sorted->blocks[at.block - 1].count - 1);
}

static bool same_key(const struct sorted *sorted, struct sorted_at at, struct sorted_key key)
{
    if (sorted_row(sorted, at) == NULL) {
        return false;
    }
    struct sorted_key found = key_of(sorted, at.block, at.index);
    return found.time_ns == key.time_ns && found.minor == key.minor && found.least == key.least;
}

void *sorted_find(const struct sorted *sorted, struct sorted_key key)
{
    struct sorted_at at = sorted_lower(sorted, key);
    return same_key(sorted, at, key) ? sorted_row(sorted, at) : NULL;
}

/* Room for a block at this place among the blocks. */
static bool block_add(struct sorted *sorted, uint32_t at)
{
    void *blocks = sorted->blocks;
    if (!rows_reserve(&blocks, &sorted->block_capacity, (uint64_t)sorted->block_count + 1,
                      UINT32_MAX - 1, sizeof(sorted->blocks[0]))) {
        return false;
    }
    sorted->blocks = blocks;
    unsigned char *rows = malloc(SORTED_BLOCK_COUNT * sorted->row_size);
    if (rows == NULL) {
        return false;
    }
    memmove(&sorted->blocks[at + 1], &sorted->blocks[at],
            (sorted->block_count - at) * sizeof(sorted->blocks[0]));
    sorted->blocks[at] = (struct sorted_block){rows, 0};
    sorted->block_count++;
    return true;
}

/*
 * Make room in a full block for a row at this index, and say where it goes now.  At its end a new
 * block begins, so rows that come in order fill their blocks; elsewhere the block is halved.
 */
static bool block_split(struct sorted *sorted, struct sorted_at *at)
{
    if (!block_add(sorted, at->block + 1)) {
        return false;
    }
    struct sorted_block *full = &sorted->blocks[at->block];
    struct sorted_block *next = &sorted->blocks[at->block + 1];
    uint32_t kept = at->index == full->count ? full->count : full->count / 2;
    memcpy(next->rows, &full->rows[kept * sorted->row_size],
           (full->count - kept) * sorted->row_size);
    next->count = full->count - kept;
    full->count = kept;
    if (at->index > kept || next->count == 0) {
        at->index -= kept;
        at->block++;
    }
    return true;
}

void *sorted_make(struct sorted *sorted, struct sorted_key key, bool *fresh)
{
    struct sorted_at at = {0, 0};
    *fresh = false;
    if (sorted->block_count > 0) {
        at.block = block_for(sorted, key);
        at.index = index_for(sorted, at.block, key);
        if (same_key(sorted, at, key)) {
            return sorted_row(sorted, at);
        }
        if (sorted->blocks[at.block].count == SORTED_BLOCK_COUNT && !block_split(sorted, &at)) {
            return NULL;
        }
    } else if (!block_add(sorted, 0)) {
        return NULL;
    }
    struct sorted_block *block = &sorted->blocks[at.block];
    unsigned char *row = &block->rows[at.index * sorted->row_size];
    memmove(row + sorted->row_size, row, (block->count - at.index) * sorted->row_size);
    memset(row, 0, sorted->row_size);
    memcpy(row, &key, sizeof(key));
    block->count++;
    sorted->count++;
    *fresh = true;
    return row;
}

void sorted_filter(struct sorted *sorted, bool (*keep)(void *context, void *row), void *context)
{
    uint32_t blocks = 0;
    sorted->count = 0;
    for (uint32_t i = 0; i < sorted->block_count; i++) {
        struct sorted_block block = sorted->blocks[i];
        uint32_t count = 0;
        for (uint32_t k = 0; k < block.count; k++) {
            unsigned char *row = &block.rows[k * sorted->row_size];
            if (keep(context, row)) {
                memmove(&block.rows[count * sorted->row_size], row, sorted->row_size);
                count++;
            }
        }
        if (count == 0) {
            free(block.rows);
            continue;
        }
        block.count = count;
        sorted->count += count;
        sorted->blocks[blocks++] = block;
    }
    sorted->block_count = blocks;
}
