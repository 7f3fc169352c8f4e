/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_HTTP_SWEEP_H
#define THAW_HTTP_SWEEP_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Cuts connections that take too long.  The HTTP library only notices silence; a sender that gives
 * a byte a second would hold its connection for ever.  A connection is put in with a deadline,
 * which moves as the request gets on; a thread shuts down the socket of what is past it, and the
 * library then closes the connection.  Where there is no room for another, the one that has been
 * idle for longest is cut before its time.  Any thread.
 */
struct sweep;
struct sweep_entry;

/* What a connection is doing.  All that are new have as long, and all that are idle. */
enum sweep_kind {
    SWEEP_NEW,  /* There was no request yet: a handshake, a first header. */
    SWEEP_BUSY, /* A request, or an answer. */
    SWEEP_IDLE, /* Between two. */
};

enum status sweep_start(struct sweep **sweep) THAW_CHECK;
/* Every entry must have been removed.  NULL is fine. */
void sweep_stop(struct sweep *sweep);

/* A new connection.  NULL without memory; such a connection is not swept. */
struct sweep_entry *sweep_add(struct sweep *sweep, int socket, uint64_t deadline_ns);
/* Monotonic time; 0: never.  A NULL entry is fine, here and below. */
void sweep_set(struct sweep *sweep, struct sweep_entry *entry, enum sweep_kind kind,
               uint64_t deadline_ns);
/* Before the socket is closed: its number may be another's afterwards. */
void sweep_remove(struct sweep *sweep, struct sweep_entry *entry);

/* Cut the one that has been idle for longest; where none is, a new one that has had more time than
 * any that is about to send something needs.  False: there is none. */
bool sweep_evict(struct sweep *sweep);

#endif
