/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_PLAN_H
#define THAW_COLLECTOR_SEARCH_PLAN_H

#include "columns/scan_query.h"
#include "search/search.h"

/*
 * What of a query the store can look for by itself: every record that the query, or what is below
 * one of its nodes, holds of meets all of these conditions.  Where they are exact, the others do
 * not.
 *
 * Only what all of the query depends on is among them: the parts that are joined by AND.
 */
struct search_plan {
    struct scan_condition conditions[SCAN_CONDITIONS_MAX];
    size_t count;
    bool exact;
    bool has_id; /* Such a record has this id: it can be looked up. */
    struct id16 id;
};

/* For records of these signals (enum scan_signal); a query without nodes is everything. */
void search_plan_make(const struct search_expr *expr, uint32_t node, unsigned signals,
                      struct search_plan *plan);

#endif
