/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SIM_MERGE_WORLD_H
#define THAW_SIM_MERGE_WORLD_H

#include "base/prng.h"
#include "base/uuid.h"
#include "streams/stream_sink.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Instances and what happened to them, made from a seed, and the log events that the platform would
 * have written of it.  All times are whole milliseconds, as CloudWatch's; what falls into one of
 * them stands in any order.
 */
#define WORLD_EPOCH_NS INT64_C(1795392000000000000)
#define WORLD_MS       INT64_C(1000000)

enum {
    WORLD_STREAMS_MAX = 4,
    WORLD_INVOCATIONS_MAX = 128,
    WORLD_LINES_MAX = 1024,
    WORLD_EVENTS_MAX = 2048,
    WORLD_TEXT_MAX = 320,
};

struct world_invocation {
    unsigned stream, attempt;
    struct uuid id;
    bool ended; /* It has END and REPORT; else the environment was lost. */
    int64_t start_ns, end_ns, reported_ns, billed_ms, init_ns, init_start_ns;
    const char *init_phase; /* NULL: it had none. */
    bool cold, proactive, out_of_memory, has_trace;
    enum stream_end end;
    const char *error_type;
    /* What was told of it. */
    unsigned told;
};

struct world_line {
    int64_t time_ns;
    int invocation;    /* Whose it is, or -1: */
    const char *phase; /* init, idle. */
    unsigned told;
};

struct world_event {
    unsigned stream;
    int64_t time_ns;
    char text[WORLD_TEXT_MAX];
};

struct world {
    struct prng prng;
    unsigned stream_count;
    char streams[WORLD_STREAMS_MAX][80];
    struct world_invocation invocations[WORLD_INVOCATIONS_MAX];
    unsigned invocation_count;
    struct world_line lines[WORLD_LINES_MAX];
    unsigned line_count;
    struct world_event events[WORLD_EVENTS_MAX];
    unsigned event_count;
    unsigned init_count; /* Inits that were told by lines. */
};

/* Make one. Its events are in order of time, those of one millisecond in an order by chance. */
void merge_world_make(struct world *world, uint64_t seed);

#endif
