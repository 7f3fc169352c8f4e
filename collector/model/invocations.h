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
 * number of times, of the agent and of log streams.  The merge is a join: each fact takes the known
 * over the unknown, the agent's over a stream's, and of two known ones of one source the greater,
 * except for the two that are told differently as more becomes known (start and status), which
 * follow the event that knew most.  So it is commutative and idempotent.
 *
 * Streams tell no attempt: which rows are the same attempt is found in attempts.c.
 */
enum invocation_state { STATE_NONE, STATE_STARTED, STATE_DONE, STATE_REPORTED };

enum invocation_status { ENDED_UNTOLD, ENDED_SUCCESS, ENDED_ERROR, ENDED_FAILURE, ENDED_TIMEOUT };

/* How much an event knew: later states first, then later numbers.  All 0 for streams. */
struct stamp {
    uint64_t epoch, seq;
    uint8_t state;
};

/* The facts that are numbers.  span_start and span_end are those of the SERVER span and stand in
 * for start and done; end is that of an END line; time is the event's and stands in for start. */
#define INVOCATION_NUMBERS(X)                                                                      \
    X(deadline_ns)                                                                                 \
    X(done_ns)                                                                                     \
    X(handler_ns)                                                                                  \
    X(response_latency_ns)                                                                         \
    X(response_duration_ns)                                                                        \
    X(post_handler_ns)                                                                             \
    X(reported_ns)                                                                                 \
    X(billed_ms)                                                                                   \
    X(memory_mb)                                                                                   \
    X(max_memory_mb)                                                                               \
    X(init_ns)                                                                                     \
    X(restore_ns)                                                                                  \
    X(billed_restore_ms)                                                                           \
    X(produced_bytes)                                                                              \
    X(agent_held_ns)                                                                               \
    X(trigger_time_ns)                                                                             \
    X(trigger_messages)                                                                            \
    X(caller_waits)                                                                                \
    X(status_code)                                                                                 \
    X(agent_cpu_ns)                                                                                \
    X(agent_wire_bytes)                                                                            \
    X(lines_held_back)                                                                             \
    X(lines_over_budget)                                                                           \
    X(lines_redacted)                                                                              \
    X(span_start_ns)                                                                               \
    X(span_end_ns)                                                                                 \
    X(end_ns)                                                                                      \
    X(time_ns)

#define INVOCATION_FIELD(name) int64_t name;

/* What one event, or one SERVER span, tells. */
struct told {
    struct stamp stamp;
    bool logs; /* Told by a log stream, else by an agent. */
    uint8_t state;
    enum invocation_status status;
    struct slice error_type, trigger, invoked_arn, init_phase, xray_header;
    struct slice trigger_source, trigger_origin, method, route;
    int8_t cold; /* 1, 0, -1 unknown. */
    bool has_trace;
    struct id16 trace_id;
    struct id16 roots[2]; /* Of the platform's X-Ray header and the event's; zero: none. */
    struct id8 span_id, parent_span_id, segment_id;
    int64_t start_ns;
    INVOCATION_NUMBERS(INVOCATION_FIELD)
};

struct invocation {
    uint32_t instance;
    struct id16 request_id;
    uint32_t attempt;      /* As shown: the agent's number, else by the order of start. */
    uint32_t attempt_told; /* By the agent; 0: known by a stream only. */
    uint32_t request;      /* Id row of the request id. */
    uint32_t request_next; /* The next invocation of the same request id; of dead rows the next. */
    uint32_t minute_previous, minute_next;
    uint32_t open_previous, open_next; /* Among those that still run. */
    uint32_t segment_last;
    struct stamp start_stamp, status_stamp;
    bool dead; /* It turned out to be another row's: waits to be used again. */
    bool open, touched, placed;
    uint8_t sources;    /* SOURCE_... */
    uint8_t trace_rank; /* How good the word for trace_id is; 0: there is none. */
    uint8_t state, status;
    int8_t cold_told;
    uint64_t of_logs; /* Which facts are a stream's word: bits as in invocations.c. */
    struct id16 trace_id;
    struct id8 span_id, parent_span_id, segment_id;
    uint32_t error_type, trigger, invoked_arn, init_phase; /* Texts. */
    uint32_t trigger_source, trigger_origin, method, route;
    struct slice xray_header;
    unsigned char *xray_memory; /* Of the header; ours. */
    int64_t start_told_ns;
    INVOCATION_NUMBERS(INVOCATION_FIELD)
    int64_t arrival_ns; /* When it was first heard of: stands in for everything. */
    /* Derived from all that is known (derive.c). */
    int64_t start_ns, placed_ns, listed_ns; /* listed: where it stands in its instance's list. */
    uint8_t outcome;
    bool cold, proactive;
    uint8_t left; /* enum room_print: it was counted before it was forgotten, and is not again. */
    struct contribution put;
};

struct invocations {
    struct hash_key key;
    struct map map;
    struct invocation *rows;
    uint32_t count, capacity;
    uint32_t open;       /* First of those that still run. */
    uint32_t dead;       /* First of the dead rows. */
    uint32_t dead_count; /* They are among the count. */
};

void invocations_init(struct invocations *invocations, const struct hash_key *key);
void invocations_fini(struct invocations *invocations);

/* All facts unknown. */
void invocations_untold(struct told *told);

/* The row of an attempt that the agent numbered, or ROW_NONE. */
uint32_t invocations_find(const struct invocations *invocations, uint32_t instance,
                          struct id16 request_id, uint32_t attempt);

/* A new row with nothing known; the caller has looked before.  attempt 0: the agent has not told
 * it.  ROW_NONE when there is no room. */
uint32_t invocations_add(struct invocations *invocations, uint32_t instance, struct id16 request_id,
                         uint32_t attempt);

/* A row that was loaded is to be found by its key, if the agent told its attempt.  False without
 * memory. */
bool invocations_list(struct invocations *invocations, uint32_t row) THAW_CHECK;

/* Give up a row that the agent has not told and that is in no list any more. */
void invocations_bury(struct invocations *invocations, uint32_t row);

/* Take in what an event tells. */
void invocations_merge(struct invocation *invocation, struct texts *texts, const struct told *told);

/* Take in all that another row knows of the same attempt. */
void invocations_join(struct invocation *invocation, struct texts *texts,
                      const struct invocation *other);

/* Enter or leave the list of those that still run. */
void invocations_open(struct invocations *invocations, uint32_t row, bool open);

/* Remove the rows whose keep[] is false; moved[old] becomes the new number or ROW_NONE.  Lists are
 * emptied, except for that of the open ones. */
void invocations_compact(struct invocations *invocations, const bool *keep, uint32_t *moved,
                         const uint32_t *instances_moved, const uint32_t *ids_moved);

#endif
