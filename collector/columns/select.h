/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SELECT_H
#define THAW_COLUMNS_SELECT_H

#include "base/hash.h"
#include "base/status.h"
#include "columns/block_info.h"
#include "columns/block_read.h"
#include "columns/scan_query.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A query (scan_query.h) made ready, and put to blocks and to records: both answer the same.  Of a
 * block only those columns are decoded that a condition needs, the cheap ones first, and none once
 * no row is left.
 *
 * A select is one thread's.  It remembers what it found of the resources of the dictionary that it
 * saw last, so blocks of one dictionary should come one behind the other, and dictionaries must
 * live as long as it.
 */
struct select;

/* Severities of OTLP from here on are errors. */
#define SELECT_SEVERITY_ERROR 17

/* STATUS_BAD: a text is empty where it is used, or too long (PHRASE_SIZE_MAX), or there are too
 * many conditions; STATUS_FULL: no memory.  The filter key is that of the blocks' filters; the
 * query must live as long. */
enum status select_create(struct select **select, const struct scan_query *query,
                          const struct hash_key *filter_key) THAW_CHECK;
void select_free(struct select *select); /* NULL is fine. */

/* Whether a block may have a row that is wanted, as far as is known without reading it.  Without
 * its filter (empty) that is less. */
bool select_may_have(const struct select *select, const struct block_info *info) THAW_CHECK;

/* Whether the filter is worth looking at. */
bool select_wants_filter(const struct select *select) THAW_CHECK;

/* The rows of a block that are wanted, ascending, in the block's arena.  STATUS_BAD, STATUS_FULL as
 * for block_rows(). */
enum status select_rows(struct select *select, struct block *block, const uint32_t **rows,
                        uint32_t *count) THAW_CHECK;

/* Which rows of a block are errors, as SCAN_ERROR says it: room for all of them. */
enum status select_errors(struct block *block, bool *errors) THAW_CHECK;

/* Whether a line is one of the events that SCAN_PLAIN leaves out; the name of one. */
bool select_is_event(const struct log_line *line);
bool select_names_event(struct slice name);

/* A dictionary may go: what was found of its resources is forgotten. */
void select_forget(struct select *select);

/* Whether a record is wanted. */
bool select_span(struct select *select, const struct span *span);
bool select_line(struct select *select, const struct log_line *line);

#endif
