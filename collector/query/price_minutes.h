/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_PRICE_MINUTES_H
#define THAW_COLLECTOR_QUERY_PRICE_MINUTES_H

#include "query/query.h"

/*
 * What a function cost in whole minutes (of long ago hours, of longer ago days), from the rollups:
 * megabyte-milliseconds and requests of each at the price of that time, the same sums as those of
 * its invocations one by one, parts included (cost_rollup()).
 */
struct price_minute {
    int64_t start_ns;
    struct slice trigger; /* Empty: not known. */
    bool provisioned;     /* Of instances that were kept ready. */
    const struct rollup_facts *facts;
    struct cost cost;
    bool sizeless;    /* Nobody knows the memory of what is unsized in it: it is in no sum. */
    struct cost held; /* What of it was paid for because its agent held the environment. */
};

/* Who prices rows of one function that he has from elsewhere, in any order; those of one day beside
 * each other cost least.  Holding the view. */
struct pricing {
    const struct prices *prices;
    struct function_facts function;
    /* Of these days, as prices change at midnight; the second of instances that were kept ready. */
    struct cost_prices day_prices[2];
    int64_t days[2];
};
void price_minutes_begin(struct pricing *pricing, const struct query *query, uint32_t function);
struct cost price_minutes_cost(struct pricing *pricing, int64_t start_ns, bool provisioned,
                               const struct rollup_facts *facts);

/* Visit them, oldest first.  Holding the view. */
typedef void price_minutes_visit(void *context, const struct price_minute *minute);
void price_minutes_each(const struct query *query, uint32_t function, struct query_range range,
                        price_minutes_visit *visit, void *context);

/* Their sums.  Holding the view. */
struct price_sums {
    struct cost cost, held;
};
struct price_sums price_minutes(const struct query *query, uint32_t function,
                                struct query_range range);

#endif
