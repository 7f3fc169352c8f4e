/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_PRICE_MINUTES_H
#define THAW_COLLECTOR_QUERY_PRICE_MINUTES_H

#include "query/query.h"

/*
 * What a function cost in whole minutes, from the rollups: megabyte-milliseconds and requests of
 * each minute at the price of that minute, the same sum as that of its invocations one by one.  The
 * parts are not told by rollups: all but the requests stands under useful.  Holding the view.
 */
struct cost price_minutes(const struct query *query, uint32_t function, struct query_range range);

/* What of it was paid for because its agent held the environment.  Holding the view. */
struct cost price_minutes_held(const struct query *query, uint32_t function,
                               struct query_range range);

#endif
