/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/promql.h"

#include "promql/node.h"

/* The first comparison below and, or, unless and aggregations; NULL: there is none. */
static const struct node *find_comparison(const struct node *node)
{
    for (;;) {
        if (node->kind == NODE_AGGREGATE) {
            node = node->aggregate.inner;
        } else if (node->kind != NODE_BINARY) {
            return NULL;
        } else if (operator_compares(node->binary.operation)) {
            return node->binary.returns_bool ? NULL : node;
        } else if (operator_is_set(node->binary.operation)) {
            node = node->binary.left;
        } else {
            return NULL;
        }
    }
}

/* A part of a query as one. */
static const struct promql_query *part_of(const struct promql_query *query, const struct node *node,
                                          struct arena *arena)
{
    struct promql_query *part = arena_alloc_array(arena, 1, sizeof(*part));
    if (part != NULL) {
        *part = (struct promql_query){node, query->text};
    }
    return part;
}

enum status promql_compared(const struct promql_query *query, struct arena *arena,
                            struct promql_comparison *comparison)
{
    const struct node *node = find_comparison(query->root);
    if (node == NULL) {
        return STATUS_NOT_FOUND;
    }
    const struct node_binary *binary = &node->binary;
    bool turned = binary->left->type == PROMQL_SCALAR && binary->right->type != PROMQL_SCALAR;
    bool below = binary->operation == OPERATOR_LESS || binary->operation == OPERATOR_LESS_EQUAL;
    *comparison = (struct promql_comparison){
        .left = part_of(query, turned ? binary->right : binary->left, arena),
        .right = part_of(query, turned ? binary->left : binary->right, arena),
        .above = below == turned,
    };
    return comparison->left == NULL || comparison->right == NULL ? STATUS_FULL : STATUS_OK;
}
