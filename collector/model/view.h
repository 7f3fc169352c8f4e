/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The view is what the frames mean: functions, instances, inits, invocations, which ids are the same
 * transaction, and the counts per minute.  It is a pure function of the frames applied, in any order
 * of arrival: the store shows it every frame again after a start, and it comes out the same.
 *
 * One thread (the store's writer) applies; any thread reads between view_read_begin() and
 * view_read_end(), which must be short and must not touch the disk or the network in between: copy
 * what you need into your arena.
 *
 * Exactness: facts of an invocation merge by (instance, request id, attempt); an agent's records are
 * recognised by (instance, epoch, seq), so retries, replays and re-cut batches change nothing.
 */
#ifndef THAW_COLLECTOR_MODEL_VIEW_H
#define THAW_COLLECTOR_MODEL_VIEW_H

#include "model/record.h"

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

/* A fact that nobody told. */
#define UNKNOWN_NS  INT64_MIN
#define UNKNOWN_INT INT64_MIN

enum outcome { OUTCOME_RUNNING, OUTCOME_OK, OUTCOME_ERROR, OUTCOME_TIMEOUT, OUTCOME_END_UNKNOWN };

/* One version of one function as deployed. Row numbers are stable for the life of the process. */
struct function_facts {
    struct slice account, region, name, version;
    struct slice runtime, arch, agent_version;
    int64_t memory_mb;  /* UNKNOWN_INT */
    int64_t timeout_ms; /* deadline - start of an invocation, rounded; UNKNOWN_INT */
    int64_t first_seen_ns, last_seen_ns;
};

struct init_facts {
    int64_t start_ns, end_ns, duration_ns; /* UNKNOWN_NS */
    struct slice phase;                    /* init, invoke, snap-start */
    struct slice type;                     /* on-demand, ... */
    struct slice status, error_type;
    bool proactive; /* Provisioned, or ended more than 10 s before its first invocation. */
};

struct instance_facts {
    uint32_t function; /* Row of its function. */
    struct slice name; /* faas.instance */
    struct slice type; /* initialization type */
    int64_t first_seen_ns, last_seen_ns;
    int64_t stop_ns;          /* UNKNOWN_NS while alive */
    struct slice stop_reason; /* spindown, timeout, failure */
    const struct init_facts *inits;
    uint32_t init_count;
};

struct invocation_facts {
    uint32_t function, instance; /* Rows. */
    struct id16 request_id;
    uint32_t attempt;
    struct id16 trace_id; /* Its Root, or its request id. */
    struct id8 span_id, parent_span_id;
    enum outcome outcome;
    struct slice status, error_type, trigger, invoked_arn, xray_header;
    int64_t start_ns, deadline_ns, done_ns;
    int64_t handler_ns, response_latency_ns, response_duration_ns, post_handler_ns;
    int64_t reported_ns, billed_ms, memory_mb, max_memory_mb;
    int64_t init_ns;       /* What the report says, else its init's. */
    int64_t init_start_ns; /* Of the init that it waited for. */
    struct slice init_phase;
    int64_t restore_ns, billed_restore_ms, agent_held_ns;
    bool cold, proactive;
    bool reported; /* The report has come: its facts are final. */
};
/* The rest (struct view, reading, applying) is declared below by its author. */

#endif
