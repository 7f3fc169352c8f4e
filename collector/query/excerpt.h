/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_EXCERPT_H
#define THAW_COLLECTOR_QUERY_EXCERPT_H

#include "query/query.h"

/*
 * What the store has of a span of time, as a partial view (model/partial.h).  An invocation of
 * which a span has the start, the end and all around both is there what it would be in a view that
 * is shown everything.  Any other that it has something of is completed by its request id (cold.h).
 */

/* Apply the newest part of a span of time that has about so many records.  The answers are those of
 * store_scan(); CLOSED, too: the part has far more records.  *reached_ns: where it begins;
 * *records: how many there were. */
enum status excerpt_scan(const struct query *query, struct query_range range, uint64_t records_max,
                         struct view *view, int64_t *reached_ns, uint64_t *records) THAW_CHECK;

/* Whether a span of time has all that is told of an invocation. */
bool excerpt_has_all(struct query_range range, const struct invocation_facts *facts) THAW_CHECK;

/*
 * A view of the newest part of a span of time that has about so many records, in which invocations
 * are complete.  FULL: there is no memory for it.  The arena is given back as it was.
 */
struct excerpt;
enum status excerpt_create(struct excerpt **excerpt, const struct query *query,
                           struct query_range range, uint64_t records_max,
                           struct arena *arena) THAW_CHECK;
void excerpt_free(struct excerpt *excerpt); /* NULL is fine. */

/* What is asked as before; good until excerpt_free(). */
const struct query *excerpt_query(const struct excerpt *excerpt);

/* When what is in it begins. */
int64_t excerpt_from_ns(const struct excerpt *excerpt);

/* Whether some of the span is not in it. */
bool excerpt_cut(const struct excerpt *excerpt);

#endif
