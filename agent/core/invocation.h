/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_INVOCATION_H
#define THAW_AGENT_INVOCATION_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"
#include "core/account.h"
#include "core/held.h"
#include "otlp/record.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What is known of the invocations and inits of this instance whose facts are
 * not complete yet, in tables of fixed size.  Pure data; the core owns it.
 */

/* A short text that we keep a copy of.  What is longer than its room is not kept at all: half an
 * ARN is worse than none. */
struct invocation_text {
    uint16_t size;
    char bytes[AGENT_WORD_MAX];
};

struct slice invocation_text_slice(const struct invocation_text *text);
void invocation_text_set(struct invocation_text *text, struct slice slice);

/* Keep a text that is not empty, and let field be the copy. */
void invocation_text_keep(struct invocation_text *place, struct slice *field, struct slice text);

/* One init, restores included. */
struct init {
    bool used;
    bool dirty;   /* It has facts that were not put into a record yet. */
    bool claimed; /* An invocation has followed it. */
    struct invocation_text phase;
    struct invocation_text type;
    struct invocation_text status;
    struct invocation_text error_type;
    uint64_t start_ns;
    uint64_t end_ns;     /* 0: it has not ended, as far as we know. */
    int64_t duration_ns; /* INT64_MIN: not reported. */
};

enum invocation_state {
    INVOCATION_STARTED,
    INVOCATION_DONE,
    INVOCATION_REPORTED,
};

enum invocation_cold {
    INVOCATION_COLD_UNKNOWN,
    INVOCATION_COLD_NO,
    INVOCATION_COLD_YES,
};

/* Numbers are INT64_MIN, times 0, and texts empty where they are not known. */
struct invocation {
    bool used;
    bool announced; /* INVOKE has come. */
    bool started;   /* platform.start has come. */
    bool dirty;     /* It has facts that were not put into a record yet. */
    bool span_made; /* The spans up to runtimeDone are made. */
    bool starved;   /* A line says that it had no memory left. */
    bool former;    /* The process that saw it begin is dead: our end is not its end. */
    enum invocation_state state;
    enum invocation_cold cold;
    uint64_t order; /* Greater for later ones. */
    uint32_t attempt;

    uint16_t id_size;
    char id[AGENT_REQUEST_ID_MAX];
    uint16_t arn_size;
    char arn[AGENT_ARN_MAX];
    uint16_t xray_size;
    char xray[AGENT_XRAY_MAX];
    struct invocation_text segment_id;
    struct invocation_text status;
    struct invocation_text error_type;

    bool traced;  /* trace_id is set. */
    bool adopted; /* ...and is the caller's, who came with the event. */
    bool sampled;
    bool has_parent;
    unsigned char trace_id[16];
    unsigned char parent_id[8];

    struct arrival *arrival; /* What invoked it, or NULL where that is not known. */
    bool triggered;          /* It was told, though it may be forgotten again. */
    bool answered;           /* The runtime's answer was seen. */
    bool answered_error;
    unsigned status_code; /* 0: not known. */
    int64_t response_bytes;
    struct held_account lines;
    struct init *init; /* The one that it waited for, or NULL. */
    uint64_t start_ns;
    uint64_t deadline_ns;
    uint64_t done_ns;
    int64_t handler_ns;
    int64_t produced_bytes;
    int64_t response_latency_ns;
    int64_t response_duration_ns;
    int64_t runtime_overhead_ns;
    int64_t post_handler_ns;
    int64_t reported_ns;
    int64_t billed_ms;
    int64_t memory_size_mb;
    int64_t max_memory_used_mb;
    int64_t init_ns;
    int64_t restore_ns;
    int64_t billed_restore_ms;
    int64_t held_ns;
    int64_t runtime_cpu_ns;
    struct account_share account;
};

/* How often a request id was started in this instance. */
struct invocation_attempts {
    uint64_t id_hash;  /* 0: free. */
    uint64_t start_ns; /* The platform's time of the latest start; 0: not told. */
    uint64_t order;    /* Greater for ids that were new later. */
    uint32_t count;
    bool dirty; /* It has changed since it was spooled. */
};

struct invocation_table {
    size_t reach; /* Rows from here on were never used: their pages are not touched. */
    struct invocation rows[AGENT_INVOCATIONS_MAX];
    struct invocation_attempts attempts[AGENT_ATTEMPTS_MAX];
    size_t attempts_next;    /* The place that is taken next, the oldest one. */
    uint64_t attempts_order; /* Of the latest id. */
    bool attempts_dirty;     /* One of them is. */
    uint64_t order;          /* Of the latest row. */
};

struct slice invocation_id(const struct invocation *invocation);

/* The oldest row of this request id that has not reached this state yet, or NULL. */
struct invocation *invocation_find_before(struct invocation_table *table, struct slice id,
                                          enum invocation_state state);

/* The latest row of this request id, or NULL. */
struct invocation *invocation_find(struct invocation_table *table, struct slice id);

/* The row of this request id that the platform started at this time, or NULL; 0 is no time. */
struct invocation *invocation_find_start(struct invocation_table *table, struct slice id,
                                         uint64_t start_ns);

/* Whether the latest start of this request id that was noted was at this time: then the platform
 * tells it again.  Notes outlive the rows and, by the spool, the process. */
bool invocation_start_noted(const struct invocation_table *table, struct slice id,
                            uint64_t start_ns);

/* Note it, if the id is still remembered. */
void invocation_note_start(struct invocation_table *table, struct slice id, uint64_t start_ns);

/* The row that should make way for a new one, never keep: the oldest of which everything is told
 * once AGENT_INVOCATIONS_KEPT are used, and when the table is full any, complete ones first, oldest
 * first.  NULL: there is a free row, or another one that was never used. */
struct invocation *invocation_victim(struct invocation_table *table, const struct invocation *keep);

/* A row of which nothing is known. */
struct invocation invocation_empty(void);

/* Add a row: the next start of this request id, unless again is set (its row is gone or was never
 * here, so the number of the latest start is taken; if that is known of, its INVOKE and
 * platform.start are not to be expected any more).  There must be a free row; the id must not be
 * longer than AGENT_REQUEST_ID_MAX. */
struct invocation *invocation_add(struct invocation_table *table, struct slice id, bool again);

/* Take the trace context from an X-Ray header, or from the request id if there is none; only the
 * first call has an effect. */
void invocation_trace(struct invocation *invocation, struct slice header);

/* The ids of a span of this invocation, by the name of the part (docs/reference/wire.md). */
struct record_context invocation_context(const struct invocation *invocation, struct slice instance,
                                         struct slice part);

#endif
