/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/call.h"

#include "promql/promql_limits.h"

/*
 * Native histograms with bounds of their own are not there: histograms with bounds are kept as
 * classic ones, one series for each bound, under another name.  Whoever asks for one as a native
 * histogram finds nothing, and is told what is there instead.
 */

/* The selector that a histogram comes from, as far as there is one way to it. */
static const struct node_selector *selector_of(const struct node *node)
{
    for (;;) {
        switch (node->kind) {
        case NODE_SELECTOR:
            return &node->selector;
        case NODE_RANGE:
            node = node->range.selector;
            break;
        case NODE_SUBQUERY:
            node = node->subquery.inner;
            break;
        case NODE_CALL:
            if (node->call.count == 0) {
                return NULL;
            }
            node = node->call.arguments[0];
            break;
        case NODE_AGGREGATE:
            node = node->aggregate.inner;
            break;
        case NODE_BINARY:
            node = node->binary.left;
            break;
        case NODE_NEGATE:
            node = node->negated;
            break;
        case NODE_NUMBER:
        case NODE_STRING:
            return NULL;
        }
    }
}

static enum status note_found(void *context, const struct label_set *labels)
{
    bool *found = context;
    (void)labels;
    *found = true;
    return STATUS_OK;
}

/* Whether there is a metric of this name in the time that is asked for. */
static bool is_there(struct eval *eval, struct slice name)
{
    const struct promql_run *run = eval->shared->run;
    const struct matcher matcher = {.kind = MATCHER_EQUAL, .name = LABEL_NAME, .value = name};
    const struct selection selection = {.matchers = &matcher,
                                        .matcher_count = 1,
                                        .from_ms = eval->start_ms - PROMQL_LOOKBACK_MS,
                                        .to_ms = eval_time(eval, eval->steps - 1),
                                        .patience = run->patience};
    bool found = false;
    return run->source->list(run->source->context, &selection, eval->arena, note_found, &found) ==
               STATUS_OK &&
           found;
}

void call_tell_classic(struct eval *eval, const struct node *histogram)
{
    const struct node_selector *selector = selector_of(histogram);
    if (selector == NULL || selector->name.size == 0) {
        return;
    }
    struct slice buckets =
        arena_printf(eval->arena, SLICE_FMT "_bucket", SLICE_ARG(selector->name));
    if (buckets.size == 0 || !is_there(eval, buckets)) {
        return;
    }
    struct slice text = arena_printf(
        eval->arena,
        "PromQL warning: " SLICE_FMT " is a classic histogram, its buckets are " SLICE_FMT
        ": native histograms with custom buckets (schema -53) are not there",
        SLICE_ARG(selector->name), SLICE_ARG(buckets));
    if (text.size > 0) {
        eval_warn(eval, (const char *)text.base);
    }
}
