/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_MATCH_H
#define THAW_COLLECTOR_SEARCH_MATCH_H

#include "model/view.h"
#include "search/search.h"

/*
 * Whether one record is what a query asks for: all of the query is put to this record alone.  What
 * a record does not have it is not: a comparison with it does not hold, and -name:* does.
 *
 * Pure; nothing is allocated; any number of threads may ask of one query.
 */

/* An invocation as the view knows it. */
struct search_invocation {
    const struct invocation_facts *facts;
    const struct function_facts *function;
    struct slice instance;
    double cost; /* In dollars; NAN where it is not known. */
};

/* One of the three. */
struct search_record {
    const struct log_line *line;
    const struct span *span;
    const struct search_invocation *invocation;
};

bool search_line_matches(const struct search_expr *expr, const struct log_line *line);
bool search_span_matches(const struct search_expr *expr, const struct span *span);
bool search_invocation_matches(const struct search_expr *expr,
                               const struct search_invocation *invocation);

/* The same of what is below one node of the query. */
bool search_node_matches(const struct search_expr *expr, uint32_t node,
                         const struct search_record *record);

/* How bad a line is as OTLP numbers it: as it says itself, else as its text does; 0: neither. */
uint32_t search_line_level(const struct log_line *line);

#endif
