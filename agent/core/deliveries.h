/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_DELIVERIES_H
#define THAW_AGENT_DELIVERIES_H

#include "agent_limits.h"

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The latest telemetry deliveries, by the hashes of their bytes.  The platform
 * delivers one again, unchanged, when the answer did not get through, as when
 * the environment was frozen too early; what it tells must not count twice.
 * Pure data; the core owns it.
 */
struct deliveries {
    uint64_t hashes[AGENT_DELIVERIES_MAX]; /* 0: free. */
    size_t next;                           /* The place that is taken next, the oldest one. */
    uint64_t added;                        /* So many were. */
};

/* Whether it is none of the latest; it is one of them from now on. */
bool deliveries_add(struct deliveries *deliveries, struct slice body);

/* One that an earlier process took in, by its hash. */
void deliveries_add_hash(struct deliveries *deliveries, uint64_t hash);

#endif
