/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_COSTS_H
#define THAW_COLLECTOR_QUERY_COSTS_H

#include "query/deadline.h"
#include "query/query.h"

#include "declared/standing.h"

/* What a span of time cost: gross, by parts and groups, and the month's bill as far as it can be
 * told; from the rollups, so in whole minutes, and also of what the view has forgotten.  Rows by
 * route alone are of invocations. */
enum costs_by {
    COSTS_BY_NONE,
    COSTS_BY_FUNCTION,
    COSTS_BY_VERSION,
    COSTS_BY_TRIGGER,
    COSTS_BY_ENV,         /* That the function's telemetry names. */
    COSTS_BY_ROUTE,       /* That the trigger or a span tells: of invocations (costs_routes.h). */
    COSTS_BY_DEPLOY,      /* From one deploy of the function to the next (deploys.h). */
    COSTS_BY_APPLICATION, /* That it is part of (application.h). */
    COSTS_BY_LABEL,       /* That is declared of functions (declared/declared.h). */
};

struct costs_group {
    struct slice key;
    struct cost cost;
    uint64_t invocations;
    struct standing standing; /* What is paid besides; of functions and labels. */
};

struct costs {
    struct cost total;
    struct standing standing; /* By what is declared; what is paid whether or not anything runs. */
    struct money savings;     /* What a savings plan takes off both; not negative. */
    struct cost_net net;
    struct costs_group *groups; /* The dearest first. */
    uint32_t group_count;
    struct unsized_sums sizeless; /* Billed, and in no sum: nobody knows their memory. */
    struct cost held; /* What of the total was paid for because agents held environments. */
    struct agent_sums agents;
    uint64_t invocations;
    struct streamed_sums streamed;
    bool partial; /* Counts of that time were refused for want of room, or there are more groups. */
};

/* Rows by what; the label's name with COSTS_BY_LABEL, the time that there is with COSTS_BY_ROUTE.
 */
struct costs_grouping {
    enum costs_by by;
    struct slice label;
    struct deadline deadline;
};

/* FULL when the arena is too small. */
enum status costs_read(const struct query *query, struct query_range range,
                       struct costs_grouping grouping, struct arena *arena,
                       struct costs *costs) THAW_CHECK;

/* The sum of all that is paid for. */
struct money costs_bill(const struct costs *costs);

#endif
