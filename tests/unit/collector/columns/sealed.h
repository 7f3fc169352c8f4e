/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_COLUMNS_SEALED_H
#define THAW_TESTS_COLUMNS_SEALED_H

#include "columns/block_read.h"
#include "columns/block_scan.h"
#include "columns/filter.h"
#include "columns/table.h"

#include "base/arena.h"

/*
 * A table that was written, and what was written:
 *
 *     struct sealed *sealed = sealed_create();
 *     sealed_add(sealed, batch, arrival_ns);        once or more
 *     sealed_write(sealed);                         blocks, opened
 *     sealed_expect_all(sealed, batches, ...);      all records come back
 *     sealed_free(sealed);
 */
#define SEALED_BLOCKS_MAX 512

struct sealed_block {
    struct slice bytes, filter;
    struct block_info info; /* With copies of the filter and the ids. */
    struct id16 *ids;
};

struct sealed {
    struct table *table;
    struct sealed_block blocks[SEALED_BLOCKS_MAX];
    size_t block_count;
    struct slice dictionary_bytes;
    struct dictionary *dictionary;
    struct bytes_reader *reader;
    struct arena arena; /* What blocks are read into: given back for each. */
};

extern const struct hash_key sealed_key;

struct sealed *sealed_create(void);
void sealed_free(struct sealed *sealed);
void sealed_add(struct sealed *sealed, const struct batch *batch, uint64_t arrival_ns);
void sealed_write(struct sealed *sealed);

/* A block, opened in the arena, which is emptied. */
struct block *sealed_open(struct sealed *sealed, size_t number);

/* All records of these batches, which arrived at these times, and no others are in the blocks;
 * for each id, too, those that have it. */
void sealed_expect_all(struct sealed *sealed, const struct batch *batches,
                       const uint64_t *arrivals_ns, size_t count);

#endif
