/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_QUERY_H
#define THAW_COLLECTOR_QUERY_QUERY_H

#include "base/arena.h"
#include "base/hash.h"
#include "cost/cost.h"
#include "declared/declared.h"
#include "model/view.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Questions and answers.  A query reads the view for short moments and the store without holding
 * anything; its answer lives in the arena of whoever asks.  Any thread; several at once.
 */

struct deploys_source;

/* What questions are asked of.  Everything outlives the queries. */
struct query {
    struct view *view;
    struct store *store;
    const struct prices *prices;
    const struct declared *declared;      /* What people say of functions; NULL: nothing. */
    struct hash_key key;                  /* For tables of what senders chose. */
    const struct deploys_source *deploys; /* Who knows what was deployed; NULL: nobody. */
    /* Nanoseconds since some moment, to end what takes too long; NULL: nothing does. */
    uint64_t (*clock)(void);
};

/* A span of time: from_ns up to and without to_ns. */
struct query_range {
    int64_t from_ns, to_ns;
};

/*
 * The id that a text names: 32 hexadecimal digits, X-Ray's 1-8-24, or a UUID.  False when it is
 * none of them or all zero.
 */
bool query_id_parse(struct slice text, struct id16 *id) THAW_CHECK;

/* The time of the view. */
uint64_t query_now_ns(const struct query *query);

/* Whether the view has forgotten anything for want of room. */
bool query_forgotten(const struct query *query);

/* A copy of the facts with all texts in the arena, good without holding the view. */
void query_copy_invocation(struct invocation_facts *facts, struct arena *arena);

/* The same when the view itself goes. */
void query_keep_invocation(struct invocation_facts *facts, struct arena *arena);

/* The cost of an invocation. */
struct cost query_cost(const struct prices *prices, const struct invocation_facts *facts,
                       const struct function_facts *function);

#endif
