/* SPDX-License-Identifier: Apache-2.0 */
#include "traces/trace_summary.h"

#include <string.h>

#define SERVICES_MAX                                                                               \
    (sizeof(((struct trace_summary *)0)->services) / sizeof(struct trace_service_count))

static void count_span(struct trace_summary *summary, const struct span *span)
{
    struct slice name = trace_service(span->resource);
    uint32_t at = 0;
    while (at < summary->service_count && !slice_equal(summary->services[at].name, name)) {
        at++;
    }
    summary->errors += span->status == SPAN_STATUS_ERROR ? 1 : 0;
    if (at == SERVICES_MAX) {
        return;
    }
    if (at == summary->service_count) {
        summary->services[summary->service_count++] = (struct trace_service_count){.name = name};
    }
    summary->services[at].spans++;
    summary->services[at].errors += span->status == SPAN_STATUS_ERROR ? 1 : 0;
}

static bool is_there(const struct trace *trace, struct id8 id)
{
    for (uint32_t i = 0; i < trace->span_count; i++) {
        if (memcmp(&trace->spans[i]->span->span_id, &id, sizeof(id)) == 0) {
            return true;
        }
    }
    return false;
}

void trace_summary_make(const struct trace *trace, struct trace_summary *summary)
{
    static const struct id8 none;
    struct id8 missing = none; /* The last one that was not there: siblings stand together. */
    struct id8 found = none;
    summary->service_count = 0;
    summary->errors = 0;
    summary->orphans = 0;
    summary->root_service =
        trace->root != NULL ? trace_service(trace->root->span->resource) : SLICE_EMPTY;
    summary->root_name = trace->root != NULL ? trace->root->span->name : SLICE_EMPTY;
    for (uint32_t i = 0; i < trace->span_count; i++) {
        struct id8 parent = trace->spans[i]->parent;
        count_span(summary, trace->spans[i]->span);
        if (memcmp(&parent, &none, sizeof(parent)) == 0 ||
            memcmp(&parent, &found, sizeof(parent)) == 0) {
            continue;
        }
        bool there = memcmp(&parent, &missing, sizeof(parent)) != 0 && is_there(trace, parent);
        found = there ? parent : found;
        missing = there ? missing : parent;
        summary->orphans += there ? 0 : 1;
    }
}
