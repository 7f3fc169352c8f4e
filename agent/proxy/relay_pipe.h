/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RELAY_PIPE_H
#define THAW_AGENT_RELAY_PIPE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Takes bytes from one connection to another without a copy: splice(2) moves
 * the kernel's own pages into a pipe, and from there to the other socket.
 *
 * What the receiver does not take at once stays in the pipe, which belongs to
 * the kernel as receive buffers do: it outlives an exec, and the next program
 * goes on with it.  As long as it is not empty nobody else can use it.
 *
 * Owner: struct relays, one for all connections.  All zero is a pipe that
 * nobody has needed yet.
 */
struct relay_pipe {
    bool open;
    bool useless; /* The kernel refuses it, and is not asked again. */
    int source;   /* Its end that is read from... */
    int target;   /* ...and the one that is written to. */
    size_t size;  /* Bytes in it. */
};

/* Whether it can be filled now. */
bool relay_pipe_free(struct relay_pipe *pipe) THAW_CHECK;

/* Take up to size bytes out of the socket; like read(2), without blocking.  EINVAL: it can not be
 * done, neither now nor later. */
ssize_t relay_pipe_fill(struct relay_pipe *pipe, int socket, size_t size) THAW_CHECK;

/* Give the socket what is in the pipe, until it is empty.  False, and errno says why: EAGAIN when
 * the socket takes no more just now. */
bool relay_pipe_drain(struct relay_pipe *pipe, int socket) THAW_CHECK;

/* Forget what is in it. */
void relay_pipe_drop(struct relay_pipe *pipe);

/* Go on with the two ends of another process's pipe, and what is in it. */
void relay_pipe_adopt(struct relay_pipe *pipe, int source, int target);

#endif
