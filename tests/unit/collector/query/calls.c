/* SPDX-License-Identifier: Apache-2.0 */
#include "calls.h"

#include "lib/cm.h"

#include <stdio.h>

void calls_invoke(struct world *world, const struct call *call)
{
    struct build *b = build_create(SIGNAL_LOGS);
    build_agent(b, call->function, call->instance, CALLS_EPOCH);
    build_event(b, "faas.invocation", call->seq);
    build_time(b, call->start_ns);
    build_request(b, call->request, call->attempt > 0 ? call->attempt : 1);
    build_trace(b, call->trace, call->span);
    build_text(b, "thaw.invocation.state", "reported");
    build_text(b, "thaw.invocation.status", "success");
    build_int(b, "thaw.start_ns", call->start_ns);
    build_int(b, "thaw.done_ns", call->start_ns + call->duration_ns);
    build_int(b, "thaw.handler_ns", call->duration_ns);
    if (call->response_ns != 0) {
        build_int(b, "thaw.response_latency_ns", call->response_ns);
    }
    build_int(b, "thaw.billed_ms", call->duration_ns / BUILD_MS);
    build_int(b, "thaw.memory_size_mb", 1024);
    if (call->segment != 0) {
        char segment[17];
        (void)snprintf(segment, sizeof(segment), "%016llx", (unsigned long long)call->segment);
        build_text(b, "thaw.xray.segment_id", segment);
    }
    build_line(b, call->function, call->seq + 1, call->start_ns + BUILD_MS);
    build_request(b, call->request, call->attempt > 0 ? call->attempt : 1);
    build_trace(b, call->trace, call->span);
    build_text(b, "thaw.source", "function");
    world_add(world, b);
    b = build_create(SIGNAL_TRACES);
    build_agent(b, call->function, call->instance, CALLS_EPOCH);
    build_span(b, call->function, SPAN_SERVER, call->trace, call->span, call->parent);
    build_span_time(b, call->start_ns, call->start_ns + call->duration_ns);
    build_seq(b, call->seq + 2);
    build_request(b, call->request, call->attempt > 0 ? call->attempt : 1);
    world_add(world, b);
}

struct build *calls_sdk(const struct call *call, uint64_t block)
{
    struct build *b = build_create(SIGNAL_TRACES);
    build_sdk(b, call->function, call->instance, CALLS_EPOCH, block);
    return b;
}

void calls_read(struct world *world, uint64_t id, struct transaction *transaction)
{
    arena_reset(&world->arena);
    assert_int_equal(transaction_read(&world->query, build_id(id), &world->arena, transaction),
                     STATUS_OK);
}

const struct transaction_span *calls_span(const struct transaction *transaction, const char *name)
{
    const struct transaction_span *found = NULL;
    for (uint32_t i = 0; i < transaction->span_count; i++) {
        if (slice_equal(transaction->spans[i].span->name, slice_from(name))) {
            assert_null(found);
            found = &transaction->spans[i];
        }
    }
    assert_non_null(found);
    return found;
}

const struct transaction_log *calls_line(const struct transaction *transaction, const char *text)
{
    const struct transaction_log *found = NULL;
    for (uint32_t i = 0; i < transaction->log_count; i++) {
        if (slice_equal(transaction->logs[i].line->body.text, slice_from(text))) {
            assert_null(found);
            found = &transaction->logs[i];
        }
    }
    assert_non_null(found);
    return found;
}
