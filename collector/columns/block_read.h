/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_BLOCK_READ_H
#define THAW_COLUMNS_BLOCK_READ_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "columns/bytes.h"
#include "columns/dictionary.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A block as records.  Everything in it is looked at with suspicion: what is wrong answers
 * STATUS_BAD, and nothing outside of it is read.  The block and all that it makes lie in the arena
 * that it was opened with; its bytes and the dictionary must live as long.  Columns are decoded
 * when they are first asked for, and kept.  One thread at a time; blocks of one dictionary are
 * independent.
 */
struct block;

/*
 * Look at the head of a block.  The reader decompresses for it, and for one block at a time.
 * STATUS_BAD: it is no block of this dictionary; STATUS_FULL: the arena is.
 */
enum status block_open(struct block **block, const struct dictionary *dictionary,
                       struct slice bytes, struct bytes_reader *reader,
                       struct arena *arena) THAW_CHECK;

enum signal block_signal(const struct block *block);
uint32_t block_row_count(const struct block *block);

/* Take the records that came at one time; false: no more, please. */
typedef bool block_visit(void *context, uint64_t arrival_ns, const struct batch *batch);

/*
 * Make records of the rows that have one of the ids (model/record_ids.h; others may be among them),
 * or of all rows when ids is NULL, and show them: one batch for each time of arrival, in order.  In
 * a batch each resource is once, and records point into batch->resources.
 *
 * Records that came together may lie in several blocks, so what is told of their resource (a number
 * of an agent's block) may come again with the same time of arrival: that is no repetition.
 *
 * STATUS_FULL: the arena is full; what was shown is right.  STATUS_BAD: the block is damaged; the
 * same.
 */
enum status block_rows(struct block *block, const struct id16 *ids, size_t id_count,
                       block_visit *visit, void *context) THAW_CHECK;

/* The same for rows by number, in ascending order: what a scan has found. */
enum status block_rows_at(struct block *block, const uint32_t *rows, uint32_t count,
                          block_visit *visit, void *context) THAW_CHECK;

#endif
