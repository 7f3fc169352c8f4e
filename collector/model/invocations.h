/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_INVOCATIONS_H
#define THAW_COLLECTOR_MODEL_INVOCATIONS_H

#include "model/record.h"
#include "model/rollups.h"
#include "model/text.h"
#include "model/view.h"

#include "base/hash.h"
#include "base/map.h"

#include <stdint.h>

/*
 * Invocations, merged by (instance, request id, attempt) from events that come in any order and any
 * number of times.  The merge is a join: each fact takes the known over the unknown, and of two
 * known ones the greater, except for the two that are told differently as more becomes known (start
 * and status), which follow the event that knew most.  So it is commutative and idempotent.
 */
enum invocation_state { STATE_NONE, STATE_STARTED, STATE_DONE, STATE_REPORTED };

enum invocation_status { ENDED_UNTOLD, ENDED_SUCCESS, ENDED_ERROR, ENDED_FAILURE, ENDED_TIMEOUT };

/* How much an event knew: later states first, then later numbers. */
struct stamp {
    uint64_t epoch, seq;
    uint8_t state;
};

/* What one event, or one SERVER span, tells. */
struct told {
    struct stamp stamp;
    enum invocation_status status;
    struct slice error_type, trigger, invoked_arn, xray_header;
    int8_t cold; /* 1, 0, -1 unknown. */
    bool has_trace, has_parent;
    struct id16 trace_id;
    struct id8 span_id, parent_span_id, segment_id;
    int64_t start_ns, deadline_ns, done_ns, handler_ns;
    int64_t response_latency_ns, response_duration_ns, post_handler_ns;
    int64_t reported_ns, billed_ms, memory_mb, max_memory_mb;
    int64_t init_ns, restore_ns, billed_restore_ms, agent_held_ns;
    int64_t span_start_ns, span_end_ns; /* Of the SERVER span: stand in for start and done. */
    int64_t time_ns;                    /* Of the event: stands in for start. */
};

struct invocation {
    uint32_t function, instance;
    struct id16 request_id;
    uint32_t attempt;
    uint32_t request;      /* Id row of the request id. */
    uint32_t request_next; /* The next invocation of the same request id. */
    uint32_t minute_previous, minute_next;
    uint32_t open_previous, open_next; /* Among those that still run. */
    uint32_t segment_last;
    struct stamp start_stamp, status_stamp;
    bool has_trace, has_parent, open, touched, placed;
    uint8_t state, status;
    int8_t cold_told;
    struct id16 trace_id;
    struct id8 span_id, parent_span_id, segment_id;
    uint32_t error_type, trigger, invoked_arn; /* Texts. */
    struct slice xray_header;
    unsigned char *xray_memory; /* Of the header; ours. */
    int64_t start_told_ns, deadline_ns, done_ns, handler_ns;
    int64_t response_latency_ns, response_duration_ns, post_handler_ns;
    int64_t reported_ns, billed_ms, memory_mb, max_memory_mb;
    int64_t init_ns, restore_ns, billed_restore_ms, agent_held_ns;
    int64_t span_start_ns, span_end_ns, time_ns;
    int64_t arrival_ns; /* When it was first heard of: stands in for everything. */
    /* Derived from all that is known (derive.c). */
    int64_t start_ns, placed_ns, listed_ns; /* listed: where it stands in its instance's list. */
    uint8_t outcome;
    bool cold, proactive;
    struct contribution put;
};

struct invocations {
    struct hash_key key;
    struct map map;
    struct invocation *rows;
    uint32_t count, capacity;
    uint32_t open; /* First of those that still run. */
};

void invocations_init(struct invocations *invocations, const struct hash_key *key);
void invocations_fini(struct invocations *invocations);

/* All facts unknown. */
void invocations_untold(struct told *told);

/* The row, or ROW_NONE. */
uint32_t invocations_find(const struct invocations *invocations, uint32_t instance,
                          struct id16 request_id, uint32_t attempt);

/* A new row with nothing known; the caller has looked before.  ROW_NONE when there is no room. */
uint32_t invocations_add(struct invocations *invocations, uint32_t instance, struct id16 request_id,
                         uint32_t attempt);

/* Take in what an event tells. */
void invocations_merge(struct invocation *invocation, struct texts *texts, const struct told *told);

/* Enter or leave the list of those that still run. */
void invocations_open(struct invocations *invocations, uint32_t row, bool open);

/* Remove the rows whose keep[] is false; moved[old] becomes the new number or ROW_NONE.  Lists are
 * emptied, except for that of the open ones. */
void invocations_compact(struct invocations *invocations, const bool *keep, uint32_t *moved,
                         const uint32_t *instances_moved, const uint32_t *ids_moved);

#endif
