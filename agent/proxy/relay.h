/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RELAY_H
#define THAW_AGENT_RELAY_H

#include "agent_limits.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "net/address.h"
#include "net/loop.h"
#include "proxy/relay_pipe.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Passes connections on: whoever connects here talks to the upstream address,
 * byte by byte what he would get there, both ways, until each side has ended
 * its direction.  It knows nothing of what is said, so it can break none of
 * it: pipelining, trailers, 100-continue, upgrades and half-closed
 * connections are between the two ends.
 *
 * Nothing is ever kept here.  Bytes stay in the kernel's receive buffer until
 * they were sent on (MSG_PEEK, send, discard), so one buffer serves all
 * connections, a slow receiver slows its own sender and nobody else, and a
 * process that takes over the descriptors goes on at the very byte.
 *
 * Who wants to know what passes is told after it was sent on.  A large body that
 * he does not need to see moves on inside the kernel (relay_pipe.h).
 */
enum relay_way {
    RELAY_UP,   /* From the one who connected, the client, to the upstream address. */
    RELAY_DOWN, /* Back. */
};

struct relay;

struct relay_listener {
    void *context;
    void (*opened)(void *context, size_t index);
    void (*passed)(void *context, size_t index, enum relay_way way, struct slice bytes);
    void (*ended)(void *context, size_t index, enum relay_way way); /* That sender is done. */
    void (*closed)(void *context, size_t index);
    bool (*idle)(void *context, size_t index); /* It could be closed and nobody would miss it. */
    /* How many of the bytes that come next need not be seen; and so many have gone unseen. */
    uint64_t (*unseen)(void *context, size_t index, enum relay_way way);
    void (*skipped)(void *context, size_t index, enum relay_way way, size_t size);
};

struct relay_end {
    struct loop_source source;
    struct relay *relay;
    bool ended; /* It will send no more, or what it sends cannot be passed on. */
    bool full;  /* It cannot take more just now. */
};

struct relay {
    struct relays *relays;
    bool open;
    bool connecting;          /* To the upstream address. */
    struct relay_end ends[2]; /* By the way of what they send: ends[RELAY_UP] is the client. */
};

struct relays {
    struct loop *loop;
    struct loop_source listener;
    struct address upstream;
    const struct relay_listener *told; /* NULL: nobody wants to know. */
    unsigned char *buffer;             /* Of the caller. */
    size_t buffer_size;
    struct relay_pipe pipe;
    struct relay_end *piped; /* Whose bytes are in the pipe. */
    struct relay relays[AGENT_RELAYS_MAX];
};

/* Pass on what connects to the listening descriptor, which is ours from now on; non-blocking. */
enum status relay_init(struct relays *relays, struct loop *loop, int listener,
                       const struct address *upstream) THAW_CHECK;

/* The buffer that bytes go through, and who is told.  Before the first loop_wait(). */
void relay_set_buffer(struct relays *relays, unsigned char *buffer, size_t size);
void relay_tell(struct relays *relays, const struct relay_listener *told);

/* Where further connections are passed on to. */
void relay_set_upstream(struct relays *relays, const struct address *upstream);

/* Go on with a pair of connected descriptors that another process has begun to pass on. */
void relay_adopt(struct relays *relays, int client, int upstream);

/*
 * Hand everything over to the program that this process executes next: as one
 * word in out, and descriptors that stay open, a pipe that is not empty among them.
 * relay_take_over() of that program goes on with it, at the very byte; false if nothing was handed
 * over. The first is async-signal-safe.
 */
void relay_hand_over(const struct relays *relays, struct buf *out);
bool relay_take_over(struct relays *relays, struct loop *loop, struct slice handed_over) THAW_CHECK;

/* Whether anything is passed on now. */
bool relay_busy(const struct relays *relays) THAW_CHECK;

/* Accept nobody any more; what is open goes on. */
void relay_stop(struct relays *relays);

#endif
