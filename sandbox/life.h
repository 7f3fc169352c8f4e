/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LIFE_H
#define THAW_SANDBOX_LIFE_H

#include "base/status.h"
#include "sandbox/sandbox_limits.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The life of one execution environment, as a pure state machine: what comes
 * in is an input with its time, what goes out are actions.  It knows no
 * process, socket or clock; instance.c does what it says.
 *
 *     COLD --start--> INIT_EXTENSIONS --all registered--> INIT_RUNTIME
 *       ^                                                     |
 *       |                                  runtime and all extensions called next
 *       |                                                     v
 *       |          +------------- all called next --------- READY (frozen)
 *       |          v                                          |
 *       |       INVOKE <----------------- invoke -------------+
 *       |          |
 *       |   timeout, crash, failed init                 idle, end
 *       |          v                                          v
 *       +--- SHUTDOWN_RUNTIME --> SHUTDOWN_EXTENSIONS ------> ENDED
 *
 * With limits.snapshot the first rest is a SNAPSHOT, which the next invocation
 * RESTOREs: another instance that begins with what this one had.  With
 * limits.slots an environment is managed: it never freezes, serves so many
 * invocations at once in READY, and a timeout fails the one invocation alone
 * (life_managed.c).
 *
 * A timeout or a crash leads back to COLD: the environment stays, its /tmp
 * stays, and the next invocation initialises it again (phase invoke).  A
 * failed init of phase init is repeated the same way.
 *
 * Invariants:
 *  1. extension_count <= EXTENSION_COUNT_MAX.
 *  2. has_invocation in INVOKE; never in READY or ENDED.
 *  3. At most one of the actions of a step is LIFE_DO_END, and it is the last.
 */
enum life_state {
    LIFE_COLD,
    LIFE_INIT_EXTENSIONS,
    LIFE_INIT_RUNTIME,
    LIFE_SNAPSHOT,
    LIFE_RESTORE,
    LIFE_READY,
    LIFE_INVOKE,
    LIFE_SHUTDOWN_RUNTIME,
    LIFE_SHUTDOWN_EXTENSIONS,
    LIFE_ENDED,
};

/* Lower-case names for the control API. */
const char *life_state_name(enum life_state state);

enum life_phase {
    LIFE_PHASE_INIT,
    LIFE_PHASE_INVOKE,
};

/* How something ended; the words of the telemetry schema. */
enum life_outcome {
    LIFE_SUCCESS,
    LIFE_FAILURE,
    LIFE_ERROR,
    LIFE_TIMEOUT,
};

const char *life_outcome_name(enum life_outcome outcome);

enum life_reason {
    LIFE_SPINDOWN,
    LIFE_BY_TIMEOUT,
    LIFE_BY_FAILURE,
};

const char *life_reason_name(enum life_reason reason);

#define LIFE_EVENT_INVOKE   1u
#define LIFE_EVENT_SHUTDOWN 2u

enum life_extension_state {
    LIFE_EXTENSION_STARTED,    /* The process runs; it has not registered. */
    LIFE_EXTENSION_REGISTERED, /* It has not called next. */
    LIFE_EXTENSION_WAITING,    /* It waits in next. */
    LIFE_EXTENSION_BUSY,       /* It has an event. */
    LIFE_EXTENSION_FAILED,     /* It told init/error or exit/error. */
    LIFE_EXTENSION_GONE,       /* Its process ended or never began. */
};

const char *life_extension_state_name(enum life_extension_state state);

struct life_extension {
    enum life_extension_state state;
    bool external;
    unsigned events; /* LIFE_EVENT_*. */
};

/* What happens to the environment.  extension is an index where it is about one. */
enum life_input_kind {
    LIFE_IN_START,              /* Initialise, with no invocation waiting. */
    LIFE_IN_INVOKE,             /* An invocation is there; life_free(). */
    LIFE_IN_EXTENSION_REGISTER, /* events; internal ones get the next free index. */
    LIFE_IN_EXTENSION_NEXT,
    LIFE_IN_EXTENSION_ERROR,  /* init/error or exit/error; error_type. */
    LIFE_IN_EXTENSION_LAUNCH, /* It could not be started; error_type. */
    LIFE_IN_EXTENSION_EXITED,
    LIFE_IN_RUNTIME_NEXT,
    LIFE_IN_RUNTIME_RESTORE_NEXT,  /* It is to be told of the restore. */
    LIFE_IN_RUNTIME_RESTORE_ERROR, /* error_type. */
    LIFE_IN_RUNTIME_INIT_ERROR,    /* error_type. */
    LIFE_IN_RUNTIME_RESPONSE,      /* first_ns, bytes; error_type NULL if it is no error. */
    LIFE_IN_RUNTIME_EXITED,        /* error_type. */
    LIFE_IN_TIME,                  /* Time has passed; see life_deadline_ns(). */
    LIFE_IN_END,                   /* Shut down, after the invocation if there is one. */
};

struct life_input {
    enum life_input_kind kind;
    unsigned extension;
    unsigned events;
    bool external;
    const char *error_type; /* Copied. */
    unsigned slot;          /* Of a managed life: INVOKE, RUNTIME_RESPONSE. */
    uint64_t first_ns;      /* When the first byte of the answer came. */
    uint64_t bytes;         /* Size of the answer. */
};

enum life_event_kind {
    LIFE_EVENT_INIT_START,
    LIFE_EVENT_INIT_RUNTIME_DONE,
    LIFE_EVENT_INIT_REPORT,
    LIFE_EVENT_START,
    LIFE_EVENT_RUNTIME_DONE,
    LIFE_EVENT_REPORT,
    LIFE_EVENT_EXTENSION,
    LIFE_EVENT_RESTORE_START,
    LIFE_EVENT_RESTORE_RUNTIME_DONE,
    LIFE_EVENT_RESTORE_REPORT,
};

/* A platform event.  Times are monotonic; 0 where there is none. */
struct life_event {
    enum life_event_kind kind;
    uint64_t time_ns; /* Of the input that caused it: durations end or begin here. */
    enum life_phase phase;
    enum life_outcome outcome;
    char error_type[ERROR_TYPE_SIZE_MAX]; /* Empty: none. */
    unsigned extension;
    unsigned slot;        /* Of a managed life: start, report. */
    uint64_t duration_ns; /* initReport, restoreReport, runtimeDone, report. */
    uint64_t init_ns;     /* report: the init that belongs to it, or 0. */
    uint64_t restore_ns;  /* report: the restore that belongs to it, or 0. */
    bool has_metrics;     /* runtimeDone: the runtime had got the invocation. */
    uint64_t bytes;       /* runtimeDone: of the answer. */
    uint64_t sent_ns;     /* runtimeDone: when the runtime got the invocation. */
    uint64_t first_ns;    /* runtimeDone: first byte of the answer. */
    uint64_t last_ns;     /* runtimeDone: last byte of the answer. */
    uint64_t done_ns;     /* runtimeDone, report: when the runtime called next. */
    uint64_t end_ns;      /* report: when the last extension called next. */
};

enum life_action_kind {
    LIFE_DO_START_EXTENSIONS,
    LIFE_DO_START_RUNTIME,
    LIFE_DO_THAW,
    LIFE_DO_FREEZE,
    LIFE_DO_RESTORE,       /* Become another instance, then thaw. */
    LIFE_DO_SEND_RESTORE,  /* To the runtime, which waits for it. */
    LIFE_DO_SEND_INVOKE,   /* To the runtime; deadline_ns. */
    LIFE_DO_TELL_INVOKE,   /* To the extension; deadline_ns. */
    LIFE_DO_TELL_SHUTDOWN, /* To the extension; reason, deadline_ns. */
    LIFE_DO_TERM_RUNTIME,
    LIFE_DO_KILL_RUNTIME,
    LIFE_DO_KILL_EXTENSION,
    LIFE_DO_KILL_ALL, /* Whatever runs in the environment. */
    LIFE_DO_EVENT,    /* Write event. */
    LIFE_DO_FAIL,     /* The platform saw the invocation fail: event.error_type. */
    LIFE_DO_FINISHED, /* The invocation is over. */
    LIFE_DO_FREE,     /* The environment can take an invocation. */
    LIFE_DO_END,      /* Destroy the environment. */
};

struct life_action {
    enum life_action_kind kind;
    unsigned extension;
    unsigned slot; /* Of a managed life: whatever is about an invocation. */
    enum life_reason reason;
    uint64_t deadline_ns;
    struct life_event event;
};

/* Enough for the longest step: the events of a failed invocation, one action per extension, and a
 * restart behind it; in a managed life four about each invocation. */
#define LIFE_ACTION_COUNT_MAX (4 * EXTENSION_COUNT_MAX + 4 * MANAGED_SLOT_MAX + 24)

struct life_actions {
    unsigned count;
    struct life_action list[LIFE_ACTION_COUNT_MAX];
};

/* What a life is configured with. */
struct life_limits {
    uint64_t init_ns;    /* Of phase init. */
    uint64_t timeout_ns; /* Of an invocation. */
    uint64_t idle_ns;    /* READY for so long is the end; 0: never. */
    uint64_t restore_ns; /* Of a restore. */
    bool snapshot;       /* Rest in a snapshot after the first init. */
    bool runtime_first;  /* The runtime has an invocation before the extensions hear of it. */
    unsigned slots;      /* Managed, with so many invocations at once; 0: not managed. */
};

enum life_slot_state {
    LIFE_SLOT_FREE,
    LIFE_SLOT_WAITING, /* For a worker of the runtime. */
    LIFE_SLOT_SENT,
};

/* One invocation of a managed life. */
struct life_slot {
    enum life_slot_state state;
    uint64_t order; /* Greater for later ones. */
    uint64_t sent_ns;
    uint64_t first_ns;
    uint64_t last_ns;
    uint64_t bytes;
    uint64_t deadline_ns;
};

struct life {
    struct life_limits limits;
    enum life_state state;
    enum life_phase phase;
    struct life_extension extensions[EXTENSION_COUNT_MAX];
    unsigned extension_count;
    unsigned external_count; /* The first so many are external. */
    bool runtime_alive;
    bool runtime_waiting; /* It waits in next. */
    bool registration_open;
    bool frozen;
    bool tried_init;      /* Later inits are of phase invoke. */
    bool in_restore_next; /* The runtime waits to be told of a restore. */
    bool snapshot_taken;
    bool init_done;
    bool init_runtime_done;
    bool has_invocation;
    bool invocation_started; /* platform.start was written. */
    bool answered;
    bool runtime_done;
    bool end_wanted;
    enum life_reason reason;
    enum life_outcome outcome; /* Of the invocation. */
    char error_type[ERROR_TYPE_SIZE_MAX];
    uint64_t now_ns; /* Of the input that is worked on. */
    uint64_t init_start_ns;
    uint64_t init_report_ns; /* The init that the next report shows; 0: none. */
    uint64_t restore_start_ns;
    uint64_t restore_report_ns; /* The restore that the next report shows; 0: none. */
    uint64_t invoke_ns;         /* When the invocation began to cost. */
    uint64_t sent_ns;
    uint64_t first_ns;
    uint64_t last_ns;
    uint64_t done_ns;
    uint64_t bytes;
    uint64_t deadline_ns; /* Of the current state; 0: none. */
    uint64_t shutdown_ns; /* The end of the shutdown phase. */
    struct life_slot slots[MANAGED_SLOT_MAX];
    uint64_t slot_order; /* Of the latest one. */
    unsigned workers;    /* Of a managed runtime, that wait in next. */
};

/* A cold environment with so many external extensions. */
void life_init(struct life *life, const struct life_limits *limits, unsigned external_count);

/*
 * Take one input and fill actions, which are to be done in their order before
 * the next input.  Inputs that make no sense in a state (a late exit, a second
 * next) are ignored.  now_ns never goes back.
 */
void life_step(struct life *life, const struct life_input *input, uint64_t now_ns,
               struct life_actions *actions);

/* When LIFE_IN_TIME is due, or 0 for never. */
uint64_t life_deadline_ns(const struct life *life);

/* Whether LIFE_IN_INVOKE would be taken now. */
bool life_free(const struct life *life);

#endif
