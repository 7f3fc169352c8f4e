/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_COSTS_STANDING_H
#define THAW_COLLECTOR_QUERY_COSTS_STANDING_H

#include "query/costs.h"
#include "query/price_minutes.h"

/*
 * What is declared of functions, put to those that there are.  What is kept for a function is paid
 * for once, though each of its versions is a row of the view; it is priced in the region of the
 * first, and as the first region's where no row has been seen at all.
 */
struct costs_declared {
    const struct query *query;
    struct query_range range;
    bool *counted; /* For each entry: its time is in the sums. */
};

/* NULL for counted without memory. */
struct costs_declared costs_declared(const struct query *query, struct query_range range,
                                     struct arena *arena);

/* The entry of a function; NULL. */
const struct declared_function *costs_declared_of(const struct costs_declared *declared,
                                                  const struct function_facts *function);

/* Add what is kept for it, unless another row of the same had it; entry is its own. */
void costs_declared_time(struct costs_declared *declared, const struct declared_function *entry,
                         const struct function_facts *function, struct standing *sum);

/* Add what a minute of it costs besides. */
void costs_declared_minute(const struct costs_declared *declared,
                           const struct declared_function *entry,
                           const struct function_facts *function, const struct price_minute *minute,
                           struct standing *sum);

/* The next entry whose function no row has been, as if it were one; NULL: there is none. */
const struct declared_function *costs_declared_unseen(struct costs_declared *declared, size_t *at,
                                                      struct standing *sum);

/* What a savings plan takes off a sum. */
struct money costs_savings(const struct query *query, const struct cost *cost,
                           const struct standing *standing);

#endif
