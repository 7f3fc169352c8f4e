/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CORE_H
#define THAW_AGENT_CORE_H

#include "agent_limits.h"

#include "base/buf.h"
#include "base/prng.h"
#include "base/slice.h"
#include "core/account.h"
#include "core/arrival.h"
#include "core/deliveries.h"
#include "core/held.h"
#include "core/invocation.h"
#include "core/lives.h"
#include "core/metrics.h"
#include "core/queue.h"
#include "event/event.h"
#include "otlp/block.h"
#include "otlp/resource.h"
#include "redact/redact.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The core decides everything that the agent does.  It is told what happened
 * (core_step) and answers what to do (struct core_actions); it makes no system
 * call, knows no clock and allocates nothing, so that a simulator can drive it
 * through any life.  One thread.
 *
 * What is received becomes an encoded record in the queue at once; records
 * become a batch when the core decides to send; a batch is forgotten when it
 * was acknowledged.  At any time
 *
 *     received = sent + dropped (by reason) + held back + in the queue.
 *
 * Facts of invocations and inits wait in tables, and become records when a
 * batch is cut: facts that came together travel together.
 *
 *     INVOKE --> hold? --no--> ask for the next event at once; data rides
 *                  |
 *                 yes: runtime done --> send --> acknowledged, or budget or deadline
 *                                                    --> ask for the next event
 */

/* Timers run on mono_ns, which never goes back; deadlines and records are of wall_ns. */
struct core_now {
    uint64_t wall_ns;
    uint64_t mono_ns;
};

enum core_flush {
    CORE_FLUSH_ADAPTIVE,
    CORE_FLUSH_END,
    CORE_FLUSH_PERIODIC,
};

enum core_lines {
    CORE_LINES_OFF,
    CORE_LINES_ALL,
    CORE_LINES_ON_ERROR, /* Held until their invocation has failed. */
};

/* Events and answers of invocations, as they pass by. */
enum core_payloads {
    CORE_PAYLOADS_OFF,
    CORE_PAYLOADS_ON_ERROR, /* Held until their invocation has failed. */
    CORE_PAYLOADS_ALL,
};

struct core_config {
    struct resource resource; /* Without what only the platform tells later. */
    enum core_flush flush;
    uint64_t flush_every_ns; /* end,<ms> and periodic,<ms>. */
    uint64_t age_max_ns;     /* Nothing waits longer, as long as invocations come. */
    uint64_t timeout_ns;     /* Of the function, where it is told: on managed instances. */
    uint64_t budget_ns;      /* The environment is held no longer after the runtime is done. */
    enum core_lines lines;
    unsigned severity_min;    /* Lines below are not sent; those without a level are of info. */
    unsigned severity_always; /* On error: lines of this and above are not held; 0: all are. */
    enum core_payloads payloads;
    size_t payload_max;    /* Bytes of each that are told. */
    uint64_t line_budget;  /* Bytes of lines for each invocation; 0: no limit. */
    uint64_t slow_ns;      /* On error: one that takes as long is as good as failed; 0: none. */
    uint64_t sample_below; /* On error: so is one whose trace id says less. */
    bool withhold;         /* What is to be redacted is not known: no line is sent. */
    struct redact *redact; /* It outlives the core; NULL: lines are sent as they are. */
    uint64_t seed[2];      /* From the kernel: for a made-up instance id and for jitter. */
};

/* Memory of the core, from the limits; it must outlive the core. */
struct core_memory {
    void *queue; /* AGENT_QUEUE_SIZE, aligned to 8 bytes. */
    size_t queue_size;
    void *body; /* AGENT_BODY_SIZE */
    size_t body_size;
    void *record; /* AGENT_RECORD_MAX */
    size_t record_size;
};

enum core_input_kind {
    CORE_TIME,         /* Only time has passed. */
    CORE_INVOKE,       /* The platform answered "next" with an invocation. */
    CORE_SHUTDOWN,     /* Or with the end. */
    CORE_EVENT,        /* The platform's telemetry. */
    CORE_BLOCK,        /* A block of the function's SDK, well-formed. */
    CORE_SENT,         /* What was to be sent is on its way, and core_actions.body is free: there
                          may be another batch for the same exchange. */
    CORE_ANSWER,       /* The collector has answered, or will not. */
    CORE_NO_TELEMETRY, /* The platform gives no telemetry. */
    CORE_TRIGGER,      /* The runtime got the event of an invocation.  It may come before or after
                          CORE_INVOKE and platform.start. */
    CORE_PAYLOAD,      /* It can be told what the event was or the answer; before the latter. */
    CORE_RESPONSE,     /* The runtime answered it... */
    CORE_ASKED,        /* ...and asks for the next event: with that one it is done. */
    CORE_MANAGED,      /* Nor INVOKE: the instance serves many at once, and is not frozen. */
    CORE_RESTORED,     /* We are a copy of a snapshot: see core_restore_wanted(). */
};

struct core_input {
    enum core_input_kind kind;
    bool more; /* More inputs of the same burst follow: decide nothing yet. */
    union {
        struct {
            struct slice request_id;
            struct slice arn;
            struct slice tracing;
            uint64_t deadline_ns;
        } invoke;
        struct {
            struct slice reason;
            uint64_t deadline_ns; /* 0: not told. */
        } shutdown;
        const struct event *event;
        struct {
            enum block_signal signal;
            struct slice bytes;
        } block;
        struct {
            struct slice request_id;
            const struct trigger *trigger; /* Valid for the step. */
        } trigger;
        struct {
            struct slice request_id;
            bool answer;        /* Or the event. */
            uint64_t size;      /* Of all of it... */
            struct slice bytes; /* ...and its beginning, or all. */
        } payload;
        struct {
            struct slice request_id;
            unsigned status_code;    /* That the answer names; 0: none. */
            bool error;              /* The runtime told an error. */
            uint64_t bytes;          /* Of the answer. */
            struct slice error_type; /* As the runtime told it, or empty. */
        } response;
        struct {
            struct slice request_id;
            int64_t handler_ns; /* Since the runtime got the event. */
            int64_t cpu_ns;     /* Of the runtime's process meanwhile; ACCOUNT_UNKNOWN. */
        } asked;
        struct {
            unsigned signals;        /* Bit by bit, whose batches; 0: all that are in flight. */
            unsigned status;         /* Of HTTP; 0: there was no answer. */
            uint64_t retry_after_ns; /* 0: not told. */
            uint64_t rejected;       /* Records of the batch that a 2xx said were refused. */
            uint64_t wire_bytes;     /* Of the request, head and all. */
        } answer;
        struct {
            uint64_t seed[2]; /* From the kernel, after the restore. */
        } restored;
    };
};

struct core_actions {
    bool ask_next; /* Ask the platform for the next event. */
    bool exit;     /* We are done: end the process. */
    bool send;     /* Send a batch to the collector, behind those that are in flight. */
    bool again;    /* It is the last one of its signal: the same bytes. */
    bool cancel;   /* Give up the exchange that is under way: close the connection.  It comes before
                      send. */
    enum block_signal signal;
    struct slice body;     /* Plain, of what is not sent again; valid until the next step. */
    uint64_t wake_mono_ns; /* Step with CORE_TIME then at the latest; UINT64_MAX: no need. */
};

enum core_drop {
    CORE_DROP_FULL,      /* The queue was full. */
    CORE_DROP_REJECTED,  /* The collector refused it for good. */
    CORE_DROP_TOO_LARGE, /* It exceeds a limit, ours or the collector's. */
    CORE_DROP_RETRIES,   /* The collector failed on it again and again. */
    CORE_DROP_BUDGET,    /* Its invocation had written its share of lines. */
    CORE_DROP_HELD,      /* Too much was held. */
    CORE_DROP_SPOOL,     /* A process was killed, and its spool lacked it. */
    CORE_DROPS,
};

/* "buffer_full" and so on, as in thaw.agent.dropped.<reason>. */
struct slice core_drop_name(enum core_drop drop);

/* Why something is in memory alone, or was not taken out of the spool. */
enum core_spool {
    CORE_SPOOL_FULL,    /* There was no room in /tmp. */
    CORE_SPOOL_FAILED,  /* The file could not be made, written or read. */
    CORE_SPOOL_GONE,    /* The file was removed or truncated under us. */
    CORE_SPOOL_BUSY,    /* Another process has it. */
    CORE_SPOOL_DAMAGED, /* Bytes that do not check were passed over. */
    CORE_SPOOL_FOREIGN, /* It was of another instance or another version. */
    CORE_SPOOLS,
};

/* "full" and so on, as in thaw.agent.spool.<reason>. */
struct slice core_spool_name(enum core_spool spool);

/* Of this process and of those before it whose end was not told. */
struct core_counters {
    uint64_t received; /* Records made. */
    uint64_t sent;     /* Records acknowledged. */
    uint64_t dropped[CORE_DROPS];
    uint64_t held_back; /* Lines that nobody asked for: on-error. */
    uint64_t below_level;
    uint64_t withheld; /* Lines that could not be redacted as asked. */
    uint64_t redacted[REDACT_DETECTORS];
    uint64_t events_unknown; /* Telemetry of types that we do not know. */
    uint64_t split;          /* Invocations that had to make way before they were complete. */
    uint64_t events_useless; /* Telemetry that lacks what it needs, such as its request id. */
    uint64_t telemetry_bad;  /* Deliveries that were malformed somewhere. */
    uint64_t redelivered;    /* Deliveries that had come before, and were ignored. */
    uint64_t runtime_unseen; /* Events that the runtime got and connections of it that could not be
                                looked at. */
    uint64_t blocks_refused; /* Blocks of an SDK that were dropped at once: all that waits matters
                                more. */
    uint64_t spool[CORE_SPOOLS];
};

/* A batch that is not acknowledged; there is one of each signal at most. */
struct core_batch {
    bool built;
    bool begun;     /* It was sent before. */
    bool in_flight; /* Its answer is awaited. */
    size_t frames;  /* Records in it. */
    size_t body_size;
    bool metrics;     /* It carries our own metrics. */
    unsigned refused; /* Answers of 429 and 5xx to it. */
};

/*
 * The exchange with the collector: batches of different signals that are sent
 * one behind the other without waiting, so that a flush takes one round trip.
 * The answers come in the same order.
 */
struct core_exchange {
    unsigned in_flight; /* Batches whose answers are awaited. */
    bool taken;         /* The collector has taken one of this exchange... */
    bool failed;        /* ...or failed on one. */
    uint64_t retry_after_ns;
    uint64_t deadline_ns;
    uint64_t sent_wall_ns; /* When the latest batch was sent. */
    unsigned thaws;        /* That gave it more time. */
};

/* Where a snapshot of this process stands, see restore.c. */
enum core_snapshot {
    CORE_SNAPSHOT_NONE,
    CORE_SNAPSHOT_TAKEN,     /* There is one, or will be: we may wake up as a copy. */
    CORE_SNAPSHOT_RESTORING, /* We have; who we are is to be told. */
};

struct core {
    struct core_config config;
    struct resource resource;
    char instance[AGENT_INSTANCE_MAX];
    struct invocation_text runtime;
    struct invocation_text initialization_type;
    struct invocation_text account_id;

    struct queue queue;
    struct buf body;
    struct buf record;
    struct core_counters counters;
    struct core_counters counters_told; /* By metrics; with what the queue dropped. */
    struct account account;
    struct metrics metrics;
    uint64_t seq;
    struct prng prng;

    struct deliveries deliveries;
    struct held held;
    bool spool_stale; /* What is in the spool is not ours: it must be written anew. */
    struct invocation_table invocations;
    struct arrivals arrivals;
    struct init inits[AGENT_INITS_MAX];
    size_t init_latest;            /* Index of the latest one, AGENT_INITS_MAX for none. */
    struct invocation *current;    /* The latest INVOKE's. */
    struct invocation *attributed; /* The latest platform.start's: lines belong to it. */

    bool telemetry; /* The platform gives it. */
    bool managed;   /* Invocations run side by side, and no INVOKE tells of them. */
    bool serving;   /* The first of them has come. */
    enum core_snapshot snapshot;
    bool silent;               /* A hold ended without a runtimeDone, and none has come since. */
    bool instance_fixed;       /* Who we are is decided. */
    uint64_t instance_wait_ns; /* Until then initStart may still tell it. */

    /* The flush. */
    bool asked;                  /* "next" is outstanding. */
    bool hold;                   /* Do not ask before the current invocation's data is sent. */
    bool interposed;             /* The runtime's events and answers are seen. */
    bool undecided;              /* Whether to hold depends on how the current one ends. */
    bool draining;               /* A flush has begun: go on until all of it is sent. */
    uint64_t flush_seq;          /* The last record of it. */
    uint64_t done_seen_ns;       /* When the current one's end was seen; 0: not yet. */
    uint64_t invoke_deadline_ns; /* Of the current one, on mono_ns; 0: none ahead. */
    uint64_t ride_ns;            /* When to send beside a running handler; UINT64_MAX: not. */
    uint64_t ride_apart_ns;      /* How far flushes that ride are apart. */
    uint64_t flushed_ns;         /* When the last flush ended, on both clocks. */
    uint64_t flushed_wall_ns;
    uint64_t invokes[AGENT_ADAPTIVE_RING]; /* Wall times of the latest INVOKEs. */
    uint64_t invoke_count;
    uint64_t invoked_ns; /* The latest on mono_ns. */

    /* The collector. */
    struct core_batch batches[BLOCK_SIGNALS];
    struct core_exchange exchange;
    size_t batch_size_max; /* Halved by 413. */
    unsigned failures;     /* In a row. */
    uint64_t retry_ns;     /* No exchange before this; 0: any time. */

    /* The end. */
    bool stopping;
    bool final; /* The last facts are made. */
    bool gone;
    struct invocation_text stop_reason;
    uint64_t stop_wall_ns;
    uint64_t stop_deadline_ns;
    uint64_t report_wait_ns;

    struct lives lives;
};

/* Begin in memory that is zero, as static memory is: to write that again would touch thirty pages
 * at the start.  "next" counts as asked for: the shell does that once it has subscribed. */
void core_init(struct core *core, const struct core_config *config,
               const struct core_memory *memory);

/* Take in what happened and say what to do. */
void core_step(struct core *core, struct core_now now, const struct core_input *input,
               struct core_actions *actions);

/* Whether the first INVOKE or platform.restoreStart means that we have woken up as a copy of a
 * snapshot: then CORE_RESTORED, with new randomness, goes before it. */
bool core_restore_wanted(const struct core *core) THAW_CHECK;

/* How long the oldest of what is not acknowledged has waited; 0: there is none. */
uint64_t core_unsent_age_ns(const struct core *core, struct core_now now) THAW_CHECK;

/* A telemetry delivery has come.  False: it came before, and nothing of it shall be told. */
bool core_delivery_new(struct core *core, struct slice body) THAW_CHECK;

/* Whether everything that was received is sent or given up. */
bool core_all_told(const struct core *core) THAW_CHECK;

/* Whether blocks of an SDK with this many bytes in all could be kept if nothing else were.  If so
 * they are accepted, and for want of room the queue drops by its order and counts. */
bool core_block_fits(const struct core *core, size_t size) THAW_CHECK;

/* The register answer told the account. */
void core_account(struct core *core, struct slice account_id);

/* Which reading of what was used is wanted now: at the first invocation, and then once for each:
 * when it is done, if that is heard of, else when the next one has come. */
enum account_reach account_due(const struct core *core, struct core_now now) THAW_CHECK;

/* It was read, so far. */
void account_take(struct core *core, struct core_now now, enum account_reach reach,
                  const struct account_reading *reading);

/* Check that nothing was lost or counted twice. */
void core_assert(const struct core *core);

#endif
