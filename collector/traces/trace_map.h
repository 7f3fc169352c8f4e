/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_MAP_H
#define THAW_TRACES_TRACE_MAP_H

#include "query/deadline.h"
#include "query/query.h"

/*
 * Who calls whom: of the latest transactions of a span of time, the spans whose caller, or the
 * sender of their message, is a span of another service.
 */
struct trace_map_node {
    struct slice name;
    uint64_t spans, errors;
};

struct trace_map_edge {
    uint32_t from, to; /* Nodes. */
    bool message;      /* By a link: a message, not a call. */
    uint64_t count, errors;
    int64_t p95_ns; /* Of the spans that were called. */
};

struct trace_map {
    struct trace_map_node *nodes;
    uint32_t node_count;
    struct trace_map_edge *edges;
    uint32_t edge_count;
    uint32_t transactions; /* That were looked at. */
    bool partial;          /* There are older ones, or more services than are told. */
};

/* Of at most so many transactions, the latest, as far as there is time.  It lives in the arena.
 * FULL: that is too small. */
enum status trace_map_make(const struct query *query, struct query_range range, uint32_t limit,
                           struct deadline deadline, struct arena *arena,
                           struct trace_map *map) THAW_CHECK;

#endif
