/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_TABLE_H
#define THAW_COLUMNS_TABLE_H

#include "base/hash.h"
#include "base/status.h"
#include "columns/block_info.h"
#include "model/record.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A table gathers the records of a segment and writes them as blocks:
 *
 *     batches --> table_add() --> rows with interned texts --> table_write() --> blocks, dictionary
 *
 * Spans and lines only: what batches count but do not hold (points, rejected) is not kept.  Blocks
 * that were numbered by an agent and hold no record are kept in the dictionary (dictionary_bare()).
 *
 * A row takes about 80 bytes and its share of the texts.  One owner, one thread.
 */
struct table;

/* NULL without memory.  The key guards its hash tables: from entropy in programs. */
struct table *table_create(const struct hash_key *key) THAW_CHECK;
void table_free(struct table *table); /* NULL is fine. */

/*
 * Add the records of a batch; they are copied.  STATUS_FULL: there is no room (columns_limits.h) or
 * no memory, and nothing of the batch was added; what was added before may be written.
 */
enum status table_add(struct table *table, const struct batch *batch,
                      uint64_t arrival_ns) THAW_CHECK;

/* What is held. */
struct table_counts {
    uint32_t spans, lines, bare;
    size_t
        memory; /* Bytes that are used: rooms grow by doubling, and what is not touched is none. */
};
struct table_counts table_counts(const struct table *table);

/* Whether half of what there is room for (columns_limits.h) is taken of something. */
bool table_crowded(const struct table *table);

/* Who takes what is written.  Any answer but STATUS_OK ends table_write(), which answers the same.
 */
struct table_sink {
    void *context;
    enum status (*block)(void *context, struct slice bytes, const struct block_info *info);
    /* Once, behind the last block.  The blocks cannot be read without it. */
    enum status (*dictionary)(void *context, struct slice bytes);
    /*
     * A number for an id that is the same for ids of one transaction; 0: nothing is known of it.
     * Rows are put together that name one id or whose ids have one number.  May be NULL.
     */
    uint32_t (*cluster)(void *context, struct id16 id);
    /* The same text has the same hash in the filters of all segments of a store. */
    const struct hash_key *filter_key;
};

/*
 * Write all rows: spans first, then lines.  Rows lie in order of ten minutes of their time (by
 * arrival where the time is absurd); there, what belongs to one transaction lies together, the one
 * that began first comes first; there by time.  STATUS_FULL without memory.  The table is unchanged
 * but for an order of its own, and may be written again.
 */
enum status table_write(struct table *table, const struct table_sink *sink) THAW_CHECK;

#endif
