/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CAPTURE_H
#define THAW_AGENT_CAPTURE_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Keeps the beginnings of events and answers while they pass by, where that is
 * asked for (THAW_PAYLOADS).  Of a body more than can be told is kept, so that
 * a secret that the cut would halve is known.  On one connection one of either
 * is under way at most.  Pure; all of it is memory that nobody touches while
 * nothing is asked for.
 */
struct capture {
    bool used;
    bool answer; /* Or an event. */
    size_t connection;
    size_t size;
    unsigned char bytes[AGENT_CAPTURE_SIZE];
};

struct captures {
    size_t size_max; /* 0: nothing is kept. */
    struct capture all[AGENT_CAPTURES_MAX];
};

/* So many bytes are to be told of each; 0: none is to be kept.  In memory that is zero. */
void captures_init(struct captures *captures, size_t told_max);

/* One begins.  False: it is to be kept, and there is no room for it. */
bool captures_begin(struct captures *captures, size_t connection, bool answer) THAW_CHECK;

/* Its next bytes. */
void captures_take(struct captures *captures, size_t connection, bool answer, struct slice bytes);

/* Whether more of it is kept. */
bool captures_want(const struct captures *captures, size_t connection, bool answer) THAW_CHECK;

/* It is complete: what was kept of it, until the next one begins.  False: nothing was to be. */
bool captures_end(struct captures *captures, size_t connection, bool answer,
                  struct slice *kept) THAW_CHECK;

/* It will not be complete: the connection has ended. */
void captures_gone(struct captures *captures, size_t connection);

#endif
