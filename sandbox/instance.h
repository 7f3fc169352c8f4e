/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_INSTANCE_H
#define THAW_SANDBOX_INSTANCE_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "sandbox/cgroup.h"
#include "sandbox/invocation.h"
#include "sandbox/life.h"
#include "sandbox/log_stream.h"
#include "sandbox/loop.h"
#include "sandbox/namespace.h"
#include "sandbox/poster.h"
#include "sandbox/process.h"
#include "sandbox/relay.h"
#include "sandbox/telemetry.h"
#include "sandbox/web.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * One execution environment: it holds the namespaces, processes, connections
 * and telemetry, feeds what happens to them into its life, and does what the
 * life says.  Owned by its function; one thread.
 *
 * Files: instance.c (birth, inputs, actions, end), instance_slots.c (which
 * invocation is whose, where there are several), instance_walls.c (what is
 * around it), instance_start.c (the processes and their environment), instance_output.c (lines,
 * events, log), instance_telemetry.c (subscribers).
 */
struct function;
struct instance;
struct platform;

/* The output of one process. */
struct output {
    struct loop_source source;
    struct instance *instance;
    struct buf line;
    bool extension;
    bool open;
};

/* What waits to be told to an extension that is not in next. */
enum extension_event {
    EXTENSION_EVENT_NONE,
    EXTENSION_EVENT_INVOKE,
    EXTENSION_EVENT_SHUTDOWN,
};

struct extension {
    char name[NAME_SIZE_MAX];
    struct process process; /* External ones only. */
    struct output output;
    char identifier[37]; /* Empty until it registered. */
    unsigned events;
    struct web_request *next; /* It waits in event/next. */
    enum extension_event event;
    enum life_reason reason;
    uint64_t deadline_ns;
    struct poster_target *target; /* Its telemetry listener. */
    int stream;                   /* Or this: a TCP destination; -1. */
    unsigned index;
    struct instance *instance;
};

#define INSTANCE_INPUT_MAX 32

/* An input that waits while another one is worked on. */
struct instance_input {
    struct life_input input;
    char error_type[ERROR_TYPE_SIZE_MAX];
};

struct instance {
    struct platform *platform;
    struct function *function;
    char id[33];
    char stream_name[128]; /* The instance id of telemetry. */
    const char *init_type;
    struct life life;
    struct loop_timer life_timer;
    struct loop_timer telemetry_timer;
    struct loop_timer end_timer;
    struct instance_input inputs[INSTANCE_INPUT_MAX];
    unsigned input_count;
    bool stepping;
    struct cgroup group;
    struct namespace space;
    struct loop_source api; /* The listening socket of the Runtime API. */
    struct relay *relay;
    struct process runtime;
    struct output runtime_output;
    struct web_request *runtime_next;
    struct web_request *workers[MANAGED_SLOT_MAX]; /* Of a managed runtime, that wait in next. */
    unsigned worker_count;
    struct extension extensions[EXTENSION_COUNT_MAX];
    struct invocation *invocation; /* In a managed one: of the action that is done, else NULL. */
    struct invocation *slots[MANAGED_SLOT_MAX]; /* Of a managed one. */
    struct telemetry telemetry;
    struct log_stream log;
    char exit_text[288];   /* How the last process ended, for the caller. */
    struct buf init_error; /* What the runtime told with init/error. */
    uint64_t memory_peak_kb;
    uint64_t memory_kills; /* Of the kernel, that are accounted for. */
    uint64_t frozen_ns;    /* Since when; 0: it is not. */
    uint64_t created_ns;
    uint64_t used_ns; /* When its last invocation ended. */
    uint64_t invocation_count;
    bool flushing; /* Telemetry goes out at once: the end is near. */
    bool ended;
    struct instance *next;
};

/* A new cold environment.  init_type must be a literal. */
enum status instance_create(struct instance **out, struct function *function,
                            const char *init_type) THAW_CHECK;

/* Initialise it with no invocation waiting. */
void instance_start(struct instance *instance);

/* Whether it can take an invocation. */
bool instance_free(const struct instance *instance);

/* Give it one.  The instance calls done() when there is a result, once, and
 * function_invocation_over() when it is over. */
void instance_invoke(struct instance *instance, struct invocation *invocation);

/* Shut it down, after its invocation if it has one. */
void instance_end(struct instance *instance);

/* Kill a process of it: its runtime, or an extension by name.  False if there is none. */
bool instance_kill(struct instance *instance, struct slice what, int number);

/* Kill everything inside at once, as a failing machine would, and forget it. */
void instance_destroy(struct instance *instance);

/* How many invocations it has. */
unsigned instance_load(const struct instance *instance);

/* What the platform's wall clock adds to monotonic time, as this instance is told it: its own clock
 * is the machine's, and runs off by what its function says. */
uint64_t instance_wall_offset_ns(const struct instance *instance);

/* ---- For the APIs that serve it. ---- */

/* Feed the life and do what it says. */
void instance_input(struct instance *instance, const struct life_input *input);

/* Whether it serves several invocations at once. */
bool instance_managed(const struct instance *instance);

/* The invocation with this id that the runtime has, or NULL; its slot, in a managed instance. */
struct invocation *instance_invocation_find(struct instance *instance, struct slice request_id,
                                            unsigned *slot);

/* Take the first of the workers that wait, or NULL. */
struct web_request *instance_worker_take(struct instance *instance);

/* The answer of the runtime to the current invocation. */
void instance_answer(struct instance *instance, struct slice payload, struct slice content_type,
                     bool function_error);

struct extension *instance_extension_find(struct instance *instance, struct slice identifier);

/* It called event/next: keep the request until there is an event. */
void instance_extension_wait(struct extension *extension, struct web_request *request);

/* Subscribe an extension to telemetry.  url as for poster.h; NULL for TCP to port. */
enum status instance_subscribe(struct extension *extension, const struct telemetry_wish *wish,
                               const char *url, const char *host, uint16_t port) THAW_CHECK;

/* ---- Between the files of the instance. ---- */

/* Whether the kernel killed for want of memory since this was last asked. */
bool instance_out_of_memory(struct instance *instance);

/* instance_walls.c: namespaces, the Runtime API's socket, the relay.  What a build that failed has
 * left is for instance_walls_fall(). */
/* elsewhere: on another machine, where its connections lead nowhere. */
void instance_freeze(struct instance *instance);
void instance_thaw(struct instance *instance, bool elsewhere);
enum status instance_limit_memory(struct instance *instance) THAW_CHECK;
enum status instance_walls_build(struct instance *instance) THAW_CHECK;
void instance_walls_fall(struct instance *instance);

/* instance_start.c */
void instance_start_runtime(struct instance *instance);
void instance_start_extensions(struct instance *instance);

/* instance_output.c */
enum status output_open(struct output *output, struct instance *instance, int descriptor,
                        bool extension) THAW_CHECK;
void output_drain(struct output *output);
void output_close(struct output *output);
void instance_write_event(struct instance *instance, const struct life_event *event);
/* Read what the processes have printed. */
void instance_drain(struct instance *instance);
/* The lines of a runtime that ended in an invocation. */
void instance_write_exit(struct instance *instance, const char *message);
void instance_write_subscription(struct instance *instance, struct slice name, unsigned types);

/* instance_telemetry.c */
void instance_telemetry_schedule(struct instance *instance);
void instance_telemetry_stop(struct instance *instance);

#endif
