/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_PROCESS_H
#define THAW_SANDBOX_PROCESS_H

#include "base/status.h"
#include "sandbox/cgroup.h"
#include "sandbox/loop.h"
#include "sandbox/namespace.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Starts processes inside of an instance's namespaces and hears of their end.
 * They are our children, so we know exactly how they ended.  One thread.
 */

/* How a process ended, as wait(2) tells it, and its peak of memory. */
struct process_end {
    int status;
    uint64_t memory_kb;
};

struct process;
typedef void process_ended(struct process *process, const struct process_end *end);

/* Embedded in its owner. */
struct process {
    pid_t id;   /* As we see it; 0 when there is none. */
    int output; /* Reading end of its stdout and stderr; ours to close. */
    process_ended *ended;
    void *owner;
    struct process *next;
};

/* What to start. */
struct process_plan {
    const struct namespace *space;
    const struct cgroup *group;
    const char *const *arguments;   /* NULL-terminated; the first is a path inside. */
    const char *const *environment; /* NULL-terminated. */
    const char *directory;          /* Working directory inside. */
    bool search;                    /* Look for the first argument in PATH. */
    int64_t user;                   /* -1: ours. */
};

/* All processes; the owner of the child signal. */
struct processes {
    struct loop *loop;
    struct loop_source source;
    struct process *first;
    unsigned unknown; /* Ended children that nobody waits for: holders and old processes. */
};

/* Begin to watch for ended children.  Blocks SIGCHLD: before any other child is made. */
enum status processes_init(struct processes *processes, struct loop *loop) THAW_CHECK;

/* Wait for the last child, which must be on its way out. */
void processes_fini(struct processes *processes);

/*
 * Start a process.  STATUS_OK: it runs; ended() is called once, later.
 * Otherwise *error is the errno of what failed, exec included.
 */
enum status process_start(struct processes *processes, struct process *process,
                          const struct process_plan *plan, int *error) THAW_CHECK;

/* Send a signal, if it still runs. */
void process_signal(const struct process *process, int number);

/* Forget it: ended() will not be called.  It is reaped all the same. */
void process_forget(struct processes *processes, struct process *process);

#endif
