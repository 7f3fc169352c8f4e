/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_PRIVATE_H
#define THAW_STREAMS_MERGE_PRIVATE_H

#include "streams/merge.h"
#include "streams/merge_limits.h"
#include "streams/merge_open.h"
#include "streams/merge_seen.h"
#include "streams/merge_streams.h"
#include "streams/merge_window.h"

#include "base/hash.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* What the files of the merger share. */

struct merge_metrics;

/* A line of the millisecond that is being gone through. */
struct merge_line {
    struct line line;
    struct slice message;
    uint32_t item;
    uint32_t row; /* START, END, REPORT: the invocation; else MERGE_NONE. */
    bool orphan;  /* ...which had no START. */
    bool repeated;
};

/* The lines of one stream that fell into one millisecond, or one line without a time. */
struct merge_group {
    struct merge_line *lines; /* MERGE_GROUP_MAX + MERGE_PIECES_MAX. */
    uint32_t count;
    int64_t time_ns;
    bool mixed;      /* From several runs: some may be there twice. */
    bool has_facts;  /* Something of the platform is among them. */
    uint32_t starts; /* Invocations that begin in it, */
    uint32_t start;  /* and the first of them. */
    uint32_t orphan; /* One that ends in it and began nowhere. */
    bool init_start;
    bool invoked;                  /* The instance was invoked before it. */
    uint32_t current;              /* What was current before it, */
    uint32_t current_end;          /* and the index of its END or REPORT, or MERGE_NONE. */
    uint32_t live_count, live_xor; /* Of the stream, before it. */
};

struct merge {
    struct merge_options options;
    struct stream_sink sink;
    struct merge_counts counts;
    struct merge_window window;
    bool disordered; /* The window holds a stream that is not in order. */
    struct merge_streams streams;
    uint32_t *active; /* Rows of streams with events in the window, in order of appearance. */
    uint32_t active_count;
    struct merge_open open;
    struct merge_seen told; /* Keys of merge_tell. */
    struct merge_seen ids;  /* Of events, */
    struct hash_bulk bulk;  /* by the hashes that this makes. */
    struct merge_group group;
    struct merge_metrics *metrics; /* Of merge_metric.c; NULL before the first. */
};

#endif
