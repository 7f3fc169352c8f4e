/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace.h"

#include "base/hex.h"

#include <string.h>

struct slice trace_service(const struct resource *resource)
{
    if (resource->service.size > 0) {
        return resource->service;
    }
    return resource->function.size > 0 ? resource->function : SLICE("unknown_service");
}

struct span trace_span(const struct transaction_span *row)
{
    struct span span = *row->span;
    span.parent_span_id = row->parent;
    span.start_ns = row->start_ns > 0 ? (uint64_t)row->start_ns : 0;
    span.end_ns = row->end_ns > 0 ? (uint64_t)row->end_ns : 0;
    return span;
}

bool trace_id_parse(struct slice text, struct id16 *id)
{
    static const struct id16 zero;
    char digits[2 * sizeof(id->bytes)];
    if (query_id_parse(text, id)) {
        return true;
    }
    if (text.size == 0 || text.size > sizeof(digits)) {
        return false;
    }
    memset(digits, '0', sizeof(digits));
    memcpy(digits + sizeof(digits) - text.size, text.base, text.size);
    return hex_decode(slice_of(digits, sizeof(digits)), id->bytes, sizeof(id->bytes)) &&
           memcmp(id, &zero, sizeof(zero)) != 0;
}

/* The trace of the first invocation of a request id; false where it has none. */
static bool trace_of_request(const struct transaction *transaction, struct id16 id,
                             struct id16 *trace_id)
{
    for (uint32_t i = 0; i < transaction->invocation_count; i++) {
        const struct invocation_facts *facts = &transaction->invocations[i].facts;
        if (memcmp(&facts->request_id, &id, sizeof(id)) == 0) {
            *trace_id = facts->trace_id;
            return true;
        }
    }
    return false;
}

static void trace_take(struct trace *trace, const struct transaction_span *row)
{
    static const struct id8 zero;
    if (trace->span_count == 0 || row->start_ns < trace->start_ns) {
        trace->start_ns = row->start_ns;
    }
    if (trace->span_count == 0 || row->end_ns > trace->end_ns) {
        trace->end_ns = row->end_ns;
    }
    if (trace->root == NULL && memcmp(&row->parent, &zero, sizeof(zero)) == 0) {
        trace->root = row;
    }
    trace->spans[trace->span_count++] = row;
}

static void trace_select(struct trace *trace, struct id16 id)
{
    trace->id = id;
    for (uint32_t i = 0; i < trace->transaction.span_count; i++) {
        const struct transaction_span *row = &trace->transaction.spans[i];
        if (memcmp(&row->span->trace_id, &id, sizeof(id)) == 0) {
            trace_take(trace, row);
        }
    }
}

enum status trace_read(const struct query *query, struct id16 id, struct arena *arena,
                       struct trace *trace)
{
    *trace = (struct trace){.id = id};
    enum status status = transaction_read(query, id, arena, &trace->transaction);
    if (status != STATUS_OK) {
        return status;
    }
    trace->spans = arena_alloc_array(arena, (size_t)trace->transaction.span_count + 1,
                                     sizeof(trace->spans[0]));
    if (trace->spans == NULL) {
        return STATUS_FULL;
    }
    trace_select(trace, id);
    if (trace->span_count == 0 && trace_of_request(&trace->transaction, id, &id)) {
        trace_select(trace, id);
    }
    return trace->span_count > 0 ? STATUS_OK : STATUS_NOT_FOUND;
}

void trace_release(struct trace *trace)
{
    transaction_release(&trace->transaction);
}
