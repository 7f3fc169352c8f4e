/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_COSTS_ROUTES_H
#define THAW_COLLECTOR_QUERY_COSTS_ROUTES_H

#include "query/costs.h"
#include "query/deadline.h"

/*
 * Costs by the route that the trigger tells ("GET /orders/{id}"), or, where it tells none, the
 * function's own span (routes_told.h).  Counts know no routes, so the invocations are looked at one
 * by one, those that the view has forgotten, too; what is not told is "none", and the cheapest
 * beyond COSTS_ROUTE_COUNT_MAX are one row, "other".
 */
enum status costs_routes(const struct query *query, struct query_range range,
                         struct deadline deadline, struct arena *arena,
                         struct costs *costs) THAW_CHECK;

#endif
