/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_SUMMARY_H
#define THAW_TRACES_TRACE_SUMMARY_H

#include "traces/trace.h"

/* What lists tell of a trace: how many spans each service has, and how many of them failed. */
struct trace_service_count {
    struct slice name;
    uint32_t spans, errors;
};

struct trace_summary {
    struct trace_service_count services[64]; /* What is beyond is not told. */
    uint32_t service_count;
    uint32_t errors;
    uint32_t orphans;                     /* Their callers are named and not there. */
    struct slice root_service, root_name; /* Empty: the root is not there. */
};

void trace_summary_make(const struct trace *trace, struct trace_summary *summary);

#endif
