/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_PRIVATE_H
#define THAW_TAIL_TAIL_PRIVATE_H

#include "http/web_stream.h"
#include "tail/tail.h"
#include "tail/tail_client.h"
#include "tail/tail_filter.h"
#include "tail/tail_lines.h"

#include <pthread.h>
#include <stdatomic.h>

/* What the files of the hub share. */

/* A body that waits to be decoded; without one its lines are lost. */
struct tail_pending {
    unsigned char *body;
    size_t size;
    uint32_t lines;
    uint32_t lost_after; /* Lines of bodies behind it, for which there was no room. */
};

/* One who follows; its own but where it says. */
struct tail_follower {
    struct tail *tail;
    struct web_stream *stream;
    struct tail_follower *before, *after; /* The hub's. */
    struct tail_client client;
    struct tail_filter *filter;
    struct buf waiting; /* To be sent; */
    size_t sent;        /* so much of it was. */
    bool over;
    _Atomic uint64_t due_ns; /* When it must be woken at last. */
};

/*
 * Invariants, under the mutex (lock order: before web.mutex):
 *  1. active: batches are taken.  It is while anybody follows, and for TAIL_LINGER_NS after.
 *  2. pending_bytes is the sum of what waits.
 *  3. Numbers of lines are of this epoch, which changes whenever active becomes true.
 */
struct tail {
    pthread_mutex_t mutex;
    pthread_cond_t arrived;
    pthread_t thread;
    atomic_bool active, stopping;
    bool quit;
    struct tail_pending pending[TAIL_PENDING_MAX];
    uint32_t pending_begin, pending_count;
    size_t pending_bytes;
    struct tail_ring ring;
    uint64_t epoch;
    struct tail_follower *followers;
    uint32_t follower_count;
    uint64_t alone_ns;       /* Since when nobody follows. */
    struct tail_maker maker; /* The thread's. */
};

/* tail.c: begin to follow, having seen *last (NULL: from now on). False: there are too many, or the
 * end has come.  The stream is set right behind it, on the same thread. */
bool tail_join(struct tail *tail, struct tail_follower *follower, const char *last,
               uint32_t per_second) THAW_CHECK;
void tail_leave(struct tail *tail, struct tail_follower *follower);

#endif
