/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_LOOP_H
#define THAW_AGENT_LOOP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The event loop: descriptors that become ready, and who wants to know.  The
 * only file that knows epoll.  One thread; nothing is allocated.
 */
enum {
    LOOP_READABLE = 1,
    LOOP_WRITABLE = 2, /* Errors and hangups show as both. */
};

typedef void loop_ready(void *context, unsigned events);

/* Embedded in whatever owns the descriptor; it must stay where it is while it is added. */
struct loop_source {
    int fd;
    loop_ready *ready;
    void *context;
    bool added;
    unsigned events; /* While it is added: what it is watched for. */
};

struct loop {
    int fd;
};

enum status loop_init(struct loop *loop) THAW_CHECK;
void loop_fini(struct loop *loop);

/* Watch source->fd for these events, whatever it was watched for before; with none, it is only
 * remembered (errors still show). */
enum status loop_watch(struct loop *loop, struct loop_source *source, unsigned events) THAW_CHECK;

/* Stop watching; before the descriptor is closed. */
void loop_forget(struct loop *loop, struct loop_source *source);

/* Wait until something is ready or timeout_ns has passed (UINT64_MAX: for ever), and call who
 * wants to know.  A source whose owner closed it meanwhile may be called once more: descriptors
 * are non-blocking, so that does no harm. */
void loop_wait(struct loop *loop, uint64_t timeout_ns);

#endif
