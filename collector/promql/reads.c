/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/promql.h"

#include "promql/node.h"
#include "promql/promql_limits.h"

/* A walk over a query, as deep as the parser lets one be. */
struct walk {
    struct promql_reads reads;
    promql_reads_visit *visit;
    void *context;
};

/* Take @ and offset into account; the answer is how far back what stands there looks by then. */
static int64_t when_back(struct walk *walk, const struct node_when *when, int64_t back_ms)
{
    walk->reads.slides = walk->reads.slides && when->at == AT_EVALUATION && when->offset_ms >= 0;
    return back_ms + when->offset_ms;
}

static void read_selector(struct walk *walk, const struct node_selector *selector, int64_t back_ms)
{
    back_ms = when_back(walk, &selector->when, back_ms);
    if (back_ms + PROMQL_LOOKBACK_MS > walk->reads.back_ms) {
        walk->reads.back_ms = back_ms + PROMQL_LOOKBACK_MS;
    }
    if (walk->visit != NULL) {
        walk->visit(walk->context, selector->matchers, selector->matcher_count, back_ms);
    }
}

static void read_node(struct walk *walk, const struct node *node, int64_t back_ms)
{
    switch (node->kind) {
    case NODE_NUMBER:
    case NODE_STRING:
        return;
    case NODE_SELECTOR:
        read_selector(walk, &node->selector, back_ms);
        return;
    case NODE_RANGE:
        read_selector(walk, &node->range.selector->selector, back_ms + node->range.range_ms);
        return;
    case NODE_SUBQUERY:
        back_ms = when_back(walk, &node->subquery.when, back_ms);
        read_node(walk, node->subquery.inner, back_ms + node->subquery.range_ms);
        return;
    case NODE_CALL:
        for (size_t i = 0; i < node->call.count; i++) {
            read_node(walk, node->call.arguments[i], back_ms);
        }
        return;
    case NODE_AGGREGATE:
        read_node(walk, node->aggregate.inner, back_ms);
        if (node->aggregate.parameter != NULL) {
            read_node(walk, node->aggregate.parameter, back_ms);
        }
        return;
    case NODE_BINARY:
        read_node(walk, node->binary.left, back_ms);
        read_node(walk, node->binary.right, back_ms);
        return;
    case NODE_NEGATE:
        read_node(walk, node->negated, back_ms);
        return;
    }
}

struct promql_reads promql_reads(const struct promql_query *query, promql_reads_visit *visit,
                                 void *context)
{
    struct walk walk = {.reads = {.slides = true}, .visit = visit, .context = context};
    read_node(&walk, query->root, 0);
    return walk.reads;
}
