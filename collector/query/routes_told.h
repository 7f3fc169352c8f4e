/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_ROUTES_TOLD_H
#define THAW_COLLECTOR_QUERY_ROUTES_TOLD_H

#include "query/deadline.h"
#include "query/query.h"

/*
 * The routes that functions themselves tell: http.route of the SERVER span, or of the root, that
 * their SDK made in an invocation.  For those whose trigger tells none, as where one route of a
 * gateway, or a function URL, takes everything and the function's own framework tells it apart.
 *
 * A span and an invocation belong together by the function and the request id or the trace id that
 * both have.  Of several spans the one that began first counts.
 */
struct routes_told;

/* Look at the spans of a range of time, as far as there is time; *partial becomes true where not
 * all were looked at.  NULL without memory. */
struct routes_told *routes_told_create(const struct query *query, struct query_range range,
                                       struct deadline deadline, bool *partial) THAW_CHECK;
void routes_told_free(struct routes_told *told); /* NULL is fine. */

/* Of an invocation; false where its function told none.  As long as the routes. */
struct route_told {
    struct slice method, route; /* The method may be empty. */
};
bool routes_told_find(const struct routes_told *told, const struct invocation_facts *facts,
                      const struct function_facts *function, struct route_told *route) THAW_CHECK;

#endif
