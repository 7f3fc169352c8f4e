/* SPDX-License-Identifier: Apache-2.0 */
#include "query/query.h"

#include "search/search_id.h"

bool query_id_parse(struct slice text, struct id16 *id)
{
    return search_id_parse(text, id);
}

uint64_t query_now_ns(const struct query *query)
{
    view_read_begin(query->view);
    uint64_t now_ns = view_now_ns(query->view);
    view_read_end(query->view);
    return now_ns;
}

bool query_forgotten(const struct query *query)
{
    view_read_begin(query->view);
    bool any = view_forgotten_ns(query->view) != INT64_MIN;
    view_read_end(query->view);
    return any;
}

void query_copy_invocation(struct invocation_facts *facts, struct arena *arena)
{
    /* The other texts are the view's for its whole life. */
    facts->xray_header = arena_dup(arena, facts->xray_header);
}

void query_keep_invocation(struct invocation_facts *facts, struct arena *arena)
{
    struct slice *const texts[] = {
        &facts->error_type,  &facts->trigger,        &facts->invoked_arn,
        &facts->xray_header, &facts->trigger_source, &facts->trigger_origin,
        &facts->method,      &facts->route,          &facts->init_phase,
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_dup(arena, *texts[i]);
    }
}

struct cost query_cost(const struct prices *prices, const struct invocation_facts *facts,
                       const struct function_facts *function)
{
    enum billing billing = billing_of(function->provider, function->platform);
    const struct cost_facts cost = {
        .billing = facts->provisioned ? billing_provisioned(billing) : billing,
        .region = function->region,
        .arch = function->arch,
        .start_ns = facts->start_ns,
        .billed_ms = facts->billed_ms,
        .memory_mb = facts->memory_mb != UNKNOWN_INT ? facts->memory_mb : function->memory_mb,
        .reported_ns = facts->reported_ns,
        .handler_ns = facts->handler_ns,
        .post_handler_ns = facts->post_handler_ns,
        .init_ns = facts->cold ? facts->init_ns : COST_UNKNOWN,
        .billed_restore_ms = facts->billed_restore_ms,
        .init_inside = slice_equal(facts->init_phase, SLICE("invoke")),
        .stream_bytes = billing_is_told(billing) ? cost_streamed_bytes(facts->produced_bytes) : 0,
        .failed = facts->outcome == OUTCOME_ERROR || facts->outcome == OUTCOME_TIMEOUT,
        .timed_out = facts->outcome == OUTCOME_TIMEOUT,
        .retry = facts->retry,
    };
    return cost_of_invocation(prices, &cost);
}
