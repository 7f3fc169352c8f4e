/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_COLD_H
#define THAW_COLLECTOR_QUERY_COLD_H

#include "query/query.h"

/*
 * What the view has forgotten is answered by the same queries, of a view of their own: the records
 * that were noted for an id are loaded and applied to it, then those of the ids that they lead to
 * (near.h) and of the minutes in which their instances served, until nothing new is led to.
 *
 * Such a view is a partial one (model/partial.h).
 */
struct cold;

/*
 * A view of the transaction of an id.  NOT_FOUND: the store has nothing of it; FULL: there is no
 * memory for it.  The arena is given back as it was.  Who will read the same records again gives
 * the hold that they are read with, so that it keeps them; else it is NULL.
 */
enum status cold_create(struct cold **cold, const struct query *query, struct id16 id,
                        struct store_hold *hold, struct arena *arena) THAW_CHECK;

/* A view of the invocations of these requests, and of no transactions: of what else belongs to
 * those it may have nothing. */
enum status cold_create_requests(struct cold **cold, const struct query *query,
                                 const struct id16 *requests, size_t count,
                                 struct arena *arena) THAW_CHECK;

/* Complete the invocations of these requests in a partial view that has some of them; *cut becomes
 * true as cold_cut() would. */
enum status cold_add_requests(const struct query *partial, const struct id16 *requests,
                              size_t count, struct arena *arena, bool *cut) THAW_CHECK;

void cold_free(struct cold *cold); /* NULL is fine. */

/* What is asked as before; good until cold_free(). */
const struct query *cold_query(const struct cold *cold);

/* Whether a limit left records out, or some could not be read. */
bool cold_cut(const struct cold *cold);

#endif
