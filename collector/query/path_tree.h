/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_PATH_TREE_H
#define THAW_COLLECTOR_QUERY_PATH_TREE_H

#include "query/transaction.h"

/*
 * Spans of a transaction as trees, for path.c.  What the platform and what a function's SDK say of
 * one invocation stand beside each other on the wire; here what ran in a handler is its child.
 */
struct path_tree {
    const struct transaction *transaction;
    uint32_t *parents;     /* Of each span; TRANSACTION_NONE. */
    uint32_t *children;    /* All spans with a parent, by parent; the one that ends last first. */
    uint32_t *child_first; /* Where those of each span begin; one more than there are spans. */
    uint32_t *by_id;       /* All spans by span id. */
    uint32_t *servers;     /* Of each invocation its SERVER span, its handler and its init; */
    uint32_t *handlers;    /* TRANSACTION_NONE where there is none. */
    uint32_t *inits;       /* */
};

/* False when the arena is too small. */
bool path_tree_make(struct path_tree *tree, const struct transaction *transaction,
                    struct arena *arena) THAW_CHECK;

/* The span of a trace and an id; TRANSACTION_NONE. */
uint32_t path_tree_find(const struct path_tree *tree, struct id16 trace_id, struct id8 span_id);

#endif
