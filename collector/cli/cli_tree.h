/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_TREE_H
#define THAW_COLLECTOR_CLI_CLI_TREE_H

#include "base/arena.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Who called whom, from span ids.  Nodes are invocations; an invocation hangs
 * under the one whose span, or one of whose spans, is its parent.  Pure.
 */
struct cli_tree_node {
    struct slice span_id;
    struct slice parent_span_id; /* Empty for none. */
    size_t parent;               /* Made: SIZE_MAX for a root. */
    size_t depth;                /* Made. */
};

/* A span that belongs to a node. */
struct cli_tree_span {
    struct slice span_id;
    size_t node;
};

/* Find parents and depths, and the order in which to draw: parents before their children, roots and
 * siblings in the order in which they are given.  Cycles are cut.  NULL without memory. */
const size_t *cli_tree_order(struct cli_tree_node *nodes, size_t node_count,
                             const struct cli_tree_span *spans, size_t span_count,
                             struct arena *arena);

#endif
