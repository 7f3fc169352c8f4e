/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_LANES_H
#define THAW_COLLECTOR_QUERY_LANES_H

#include "query/query.h"

/* Instances as lanes: what each of them did in a span of time. */
struct lane_invocation {
    struct invocation_facts facts;
    struct id16 transaction;
};

struct lane {
    struct function_facts function;
    struct slice name, type;
    uint8_t sources;         /* SOURCE_...: who tells of it. */
    uint32_t number;         /* Among those of its function in this answer, by first appearance. */
    int64_t start_ns;        /* Its first init, else its first sign. */
    int64_t end_ns;          /* UNKNOWN_NS while alive. */
    struct slice end_reason; /* spindown, timeout, failure or unknown; empty while alive. */
    const struct init_facts *inits;
    uint32_t init_count;
    const struct lane_invocation *invocations; /* In order of start; those that touch the span. */
    uint32_t invocation_count;
    int64_t idle_ns;            /* Between its invocations. */
    int64_t agent_memory_bytes; /* UNKNOWN_INT */
    uint32_t waiting_records;   /* That may wait in it while it is frozen. */
    int64_t waiting_since_ns;   /* UNKNOWN_NS */
    struct unsent unsent;       /* By its agents. */
};

struct excerpt;

struct lanes {
    struct lane *rows; /* Newest first. */
    uint32_t row_count;
    bool truncated;
    struct excerpt *excerpt; /* What was forgotten is told of this; NULL: nothing was. */
};

/* What is asked. */
struct lanes_ask {
    struct query_range range;
    struct slice name; /* Of functions; empty: all. */
    uint32_t limit;    /* Of lanes. */
    int64_t now_ns;    /* To tell who has been silent for long. */
};

/* Also of what the view has forgotten: then of instances that did something in the span.  FULL when
 * the arena is too small.  Whatever the answer is, it is given back with lanes_release(). */
enum status lanes_read(const struct query *query, const struct lanes_ask *ask, struct arena *arena,
                       struct lanes *lanes) THAW_CHECK;
void lanes_release(struct lanes *lanes);

/* ---- For the files of lanes. ---- */

/* Of the view alone; of an excerpt instead. */
enum status lanes_read_remembered(const struct query *query, const struct lanes_ask *ask,
                                  struct arena *arena, struct lanes *lanes) THAW_CHECK;
enum status lanes_read_store(const struct query *query, const struct lanes_ask *ask,
                             struct arena *arena, struct lanes *lanes) THAW_CHECK;

/* When an instance began; how a lane ended. */
int64_t lanes_start_ns(const struct view *view, uint32_t row, const struct instance_facts *facts);
void lanes_end(struct lane *lane, const struct instance_facts *facts, int64_t now_ns);

#endif
