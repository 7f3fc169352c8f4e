/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_GROUP_H
#define THAW_STORE_GROUP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How many frames one sync shall cover.  Frames that come while the writer is at work wait for it
 * and are one group, which needs no waiting; but senders that wait for their answer come back just
 * too late for the next sync, so two groups take turns and each has half of them.  So a group may
 * be waited for, shortly: until it has as many frames as there were senders lately.
 *
 * Who is alone is never waited for: its frames find the writer idle, and one is all there is.  What
 * is expected falls to what came whenever the waiting was in vain.
 *
 * Pure.  Owner: the store's thread.
 */
struct group {
    uint32_t expected; /* Frames that are worth waiting for; 0 and 1: none is. */
    uint32_t latest;   /* Of the latest group. */
};

/*
 * Some frames are there; behind says that they waited for the writer.  The answer is how many there
 * should be: nothing is to be waited for when it is no more than that.
 */
uint32_t group_wanted(struct group *group, uint32_t there, bool behind);

/* So many are committed. */
void group_taken(struct group *group, uint32_t count);

/* How long a group is waited for at most, when the latest sync took so long. */
uint64_t group_patience_ns(uint64_t sync_ns);

#endif
