/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LOOP_H
#define THAW_SANDBOX_LOOP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The one event loop of the sandbox: descriptors, timers and the end.  The
 * only file that knows epoll.  One thread.
 *
 * A callback may forget any source and clear any timer, its own included: the
 * loop asks the kernel for one event at a time, so nothing stale is left over.
 */
#define LOOP_READ   1u
#define LOOP_WRITE  2u
#define LOOP_BROKEN 4u /* Told only: error or hang-up. */

typedef void loop_ready(void *owner, unsigned events);
typedef void loop_fire(void *owner);

/* A watched descriptor.  Embedded in its owner; the descriptor stays the owner's. */
struct loop_source {
    int descriptor;
    unsigned events;
    loop_ready *ready;
    void *owner;
};

/* A deadline.  Embedded in its owner; all zero is a timer that is not set. */
struct loop_timer {
    uint64_t due_ns;
    loop_fire *fire;
    void *owner;
    struct loop_timer *previous;
    struct loop_timer *next;
    bool set;
};

struct loop {
    int epoll;
    bool stopped;
    struct loop_timer *first; /* Sorted by due_ns. */
};

enum status loop_init(struct loop *loop) THAW_CHECK;
void loop_fini(struct loop *loop);

/* Watch source->descriptor for events (LOOP_READ, LOOP_WRITE); with none it is only told broken. */
enum status loop_watch(struct loop *loop, struct loop_source *source, unsigned events) THAW_CHECK;

/* Change what is watched for. */
void loop_change(struct loop *loop, struct loop_source *source, unsigned events);

/* Stop watching.  Must come before the descriptor is closed. */
void loop_forget(struct loop *loop, struct loop_source *source);

/* Fire once at due_ns (monotonic); a set timer is moved. */
void loop_set(struct loop *loop, struct loop_timer *timer, uint64_t due_ns);
void loop_clear(struct loop *loop, struct loop_timer *timer);

/* Run until loop_stop(). */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

#endif
