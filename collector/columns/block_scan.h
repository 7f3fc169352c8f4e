/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_BLOCK_SCAN_H
#define THAW_COLUMNS_BLOCK_SCAN_H

#include "base/slice.h"
#include "base/status.h"
#include "columns/block_read.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A block by columns, for those who look at one or two facts of all rows.  Each answer is an array
 * of block_row_count() entries in the block's arena, decoded at the first call; STATUS_BAD and
 * STATUS_FULL as for block_rows().
 */

/* Of spans their start, of lines their time (0: unknown). */
enum status block_starts(struct block *block, const uint64_t **starts_ns) THAW_CHECK;

/* Of spans end minus start, below 0 where it ends before; of lines observed minus time. */
enum status block_durations(struct block *block, const int64_t **durations_ns) THAW_CHECK;

/* When they arrived. */
enum status block_arrivals(struct block *block, const uint64_t **arrivals_ns) THAW_CHECK;

/* Numbers for dictionary_resource(). */
enum status block_resources(struct block *block, const uint32_t **resources) THAW_CHECK;

/* Of spans their kind (low four bits) and status (those above), of lines their severity. */
#define BLOCK_SPAN_KIND(grade)   ((enum span_kind)((grade)&15))
#define BLOCK_SPAN_STATUS(grade) ((enum span_status)((grade) >> 4))
enum status block_grades(struct block *block, const uint8_t **grades) THAW_CHECK;

/* Trace ids as indexes into a list; BLOCK_NONE where a line has none. */
#define BLOCK_NONE UINT32_MAX
struct block_ids {
    const uint32_t *rows;
    const struct id16 *ids;
    uint32_t count;
};
enum status block_traces(struct block *block, struct block_ids *traces) THAW_CHECK;

/* Texts of rows as indexes into a list of different ones; BLOCK_NONE where a row has none. */
struct block_texts {
    const uint32_t *rows;
    const struct slice *texts;
    uint32_t count;
};

/* Names of spans, or event names of lines. */
enum status block_names(struct block *block, struct block_texts *names) THAW_CHECK;

/* Bodies of lines that are strings.  (Here equal texts may be in the list more than once.) */
enum status block_bodies(struct block *block, struct block_texts *bodies) THAW_CHECK;

/* String values of an attribute.  Where a key stands twice in a row, the last one counts. */
enum status block_attr_texts(struct block *block, struct slice key,
                             struct block_texts *values) THAW_CHECK;

/* The values of an attribute of any kind, as records have them; VALUE_EMPTY, too, where a row has
 * none. */
enum status block_attr_values(struct block *block, struct slice key,
                              const struct value **values) THAW_CHECK;

/* Whether any row has an attribute with this string, without decoding rows.  STATUS_NOT_FOUND: none
 * has. */
enum status block_has(struct block *block, struct slice key, struct slice value) THAW_CHECK;

#endif
