/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_RECORDS_H
#define THAW_COLLECTOR_QUERY_RECORDS_H

#include "columns/scan_query.h"
#include "query/deadline.h"
#include "query/query.h"
#include "query/tally.h"
#include "search/search.h"

/*
 * Lists of spans, or of log lines, that a query of the search language holds of, the latest first
 * or the oldest, page by page, and how many there are over time.
 *
 * Records of one moment are told apart by a hash of what they are, so that a page begins behind the
 * last row of the page before however much came meanwhile: no row twice, none skipped.  What was
 * sent again is recognised by its number (an agent's), its id (a stream's, a span's) and shown
 * once.  The agent's events are no lines.
 */
struct records_ask {
    const struct search_expr *expr;
    enum scan_signal signal;
    struct query_range range;
    bool oldest; /* First, not the latest. */
    uint32_t limit;
    struct slice cursor; /* Of the page before; empty for the first. */
    struct deadline deadline;
};

struct record_row {
    uint64_t time_ns;
    uint64_t rank; /* By its time: the highest are listed first. */
    uint64_t tie;  /* Which of those of one moment. */
    bool named;    /* Its tie is its name: the same again is the same. */
    const struct span *span;
    const struct log_line *line; /* One of the two. */
    bool has_transaction;
    struct id16 transaction;
};

struct records_answer {
    const struct record_row *rows;
    uint32_t row_count;
    struct slice next_cursor; /* Empty: that was all. */
    enum query_limit partial; /* Why there may be more that is not told. */
    struct store_hold *hold;  /* Keeps what the rows point to: records_release(). */
};

/* BAD: the cursor is none of ours; FULL: the arena is too small.  Whatever the answer is,
 * records_release() ends it. */
enum status records_read(const struct query *query, const struct records_ask *ask,
                         struct arena *arena, struct records_answer *answer) THAW_CHECK;
void records_release(struct records_answer *answer);

/* Count all that the query holds of into a tally (its range is the ask's); the limit and the cursor
 * are not looked at. */
enum status records_count(const struct query *query, const struct records_ask *ask,
                          struct tally *tally) THAW_CHECK;

/* What a line says of itself, else its text. */
struct record_text {
    uint32_t severity;
    struct slice level, message; /* Empty where neither tells. */
};
void record_row_text(const struct log_line *line, struct record_text *text);

/* Who sent it. */
const struct resource *record_row_resource(const struct record_row *row);

#endif
