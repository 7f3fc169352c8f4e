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

/* Replay a half that begins with a whole group into a core to which nothing has happened. */
struct replay replay_half(struct core *core, struct slice half, uint64_t salt,
                          struct core_now now) THAW_CHECK;

#endif
