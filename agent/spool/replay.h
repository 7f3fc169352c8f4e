/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_REPLAY_H
#define THAW_SPOOL_REPLAY_H

#include "base/slice.h"
#include "base/status.h"
#include "core/core.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Takes a core that has just begun to where the process was that wrote a half
 * of the spool: its records are queued under its numbers, its open invocations
 * are open, its attempts, deliveries and counts go on.  Pure: bytes in, a core
 * out; damaged bytes cost what they held and are counted.
 */
struct replay {
    uint64_t generation;
    uint64_t groups;  /* That were taken. */
    uint64_t damaged; /* Places where something was passed over. */
    bool clean;       /* The process ended with everything sent. */
};

/* The generation of a half that begins with a whole group; 0: it does not.  half is all of it. */
uint64_t replay_generation(struct slice half, uint64_t salt) THAW_CHECK;

/* Whether these bytes, the front of a half, are all of a half that was left clean: then there is
 * nothing behind them. */
bool replay_clean(struct slice front, uint64_t salt) THAW_CHECK;

/* Asked at the front of each piece, an entry or a frame, with its place in the half.  False: it is
 * passed over, and counts as damage. */
struct replay_guard {
    bool (*enter)(void *context, size_t place);
    void *context;
};

/* Replay a half that begins with a whole group into a core to which nothing has happened.  guard
 * may be NULL: nobody asks. */
struct replay replay_half(struct core *core, struct slice half, uint64_t salt, struct core_now now,
                          const struct replay_guard *guard) THAW_CHECK;

#endif
