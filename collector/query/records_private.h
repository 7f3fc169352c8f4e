/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_RECORDS_PRIVATE_H
#define THAW_COLLECTOR_QUERY_RECORDS_PRIVATE_H

#include "query/records.h"
#include "search/plan.h"

/* What the files of records.h share. */

/* The last row of a page: its rank, which of those, and how many that are the same were told. */
struct place_of_row {
    uint64_t rank, tie, told;
};

struct reading {
    const struct query *query;
    const struct records_ask *ask;
    struct arena *arena;
    struct store_hold *hold;
    struct deadline deadline;
    struct scan_look look;
    struct search_plan plan;
    struct scan_condition conditions[SCAN_CONDITIONS_MAX + 1];
    struct record_row *rows;
    uint32_t count, capacity;
    uint32_t begin; /* Of the rows that the present search shows. */
    bool has_before;
    struct place_of_row before; /* Where the page before ended. */
    enum query_limit partial;
    bool full;
};

/* Plan a query and hold the store, which whoever asks releases; false without memory. */
bool records_begin(struct reading *reading, const struct query *query,
                   const struct records_ask *ask, struct arena *arena);

/* What is asked of the store for a span of time; it points into the reading. */
struct scan_query records_scan(struct reading *reading, uint64_t from_ns, uint64_t to_ns);

/* Whether the query holds of a record: one of the two is not NULL. */
bool records_want(const struct reading *reading, const struct span *span,
                  const struct log_line *line);

/* Which record a row is. */
void record_row_name(struct record_row *row);

/* The rank of a time in range, and back.  Pages are made by rank alone, so that both orders are
 * made the same way. */
uint64_t records_rank(const struct reading *reading, uint64_t time_ns);

/* Of rows: the highest first, and those of one moment in an order of their own. */
int record_row_compare(const void *one, const void *other);

#endif
