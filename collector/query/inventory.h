/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_INVENTORY_H
#define THAW_COLLECTOR_QUERY_INVENTORY_H

#include "query/query.h"

/* Functions and how they did in a span of time, from the rollups alone. */

/* How often something invoked a function. */
struct inventory_trigger {
    struct slice name; /* Empty: not known. */
    uint64_t invocations, cold;
};

/* Records that may wait in frozen instances. */
struct inventory_waiting {
    uint32_t instances;
    uint64_t records;
    int64_t since_ns; /* UNKNOWN_NS where there are none. */
};

/* One version of one function. */
struct inventory_row {
    struct function_facts function;
    struct slice application; /* application.h */
    struct rollup_sum *sum;   /* In the arena. */
    struct cost cost;
    uint32_t instances; /* That were seen in the span. */
    struct inventory_trigger *triggers;
    uint32_t trigger_count;
    /* Of its agents. */
    struct cost held;                 /* What of the cost is theirs. */
    int64_t agent_memory_bytes;       /* The most, of those instances; UNKNOWN_INT. */
    struct unsent unsent;             /* Of those instances. */
    struct inventory_waiting waiting; /* Now, whatever the span. */
};

struct inventory {
    struct inventory_row *rows; /* Those seen in the span, by name and version. */
    uint32_t row_count;
    bool partial; /* Counts of that time were refused for want of room. */
};

/* Add what waits in one instance. */
void inventory_wait(struct inventory_waiting *waiting, const struct instance_facts *instance);

/* Of all functions, or of those of this name.  FULL when the arena is too small. */
enum status inventory_read(const struct query *query, struct query_range range, struct slice name,
                           struct arena *arena, struct inventory *inventory) THAW_CHECK;

/* The same counts in steps of time. */
struct series_point {
    int64_t start_ns;
    struct rollup_facts facts;
    /* UNKNOWN_NS where nothing happened, or nobody told. */
    int64_t wait_p50_ns, wait_p95_ns, wait_p99_ns, init_p95_ns;
    int64_t duration_p50_ns, duration_p95_ns, duration_p99_ns; /* The platform's Duration. */
    struct cost cost;
};

struct series {
    int64_t step_ns;
    struct series_point *points;
    uint32_t point_count;
    bool partial;
};

/* Over all functions, or those of this name.  FULL when the arena is too small. */
enum status series_read(const struct query *query, struct query_range range, struct slice name,
                        struct arena *arena, struct series *series) THAW_CHECK;

#endif
