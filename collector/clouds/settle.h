/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_SETTLE_H
#define THAW_CLOUDS_SETTLE_H

#include "clouds/pool.h"

#include <stdint.h>

/*
 * Put together what waits in a pool, and tell what was last spoken of at or before this moment (of
 * pool->clock; UINT64_MAX is all): starts, then lines, then invocations.
 *
 * A line is of the invocation whose id it names; else of the only one with its trace; else of the
 * only one that its instance was busy with at that time; else of none.  While its instance is
 * starting a line that names nothing is of the start (phase init).
 *
 * An invocation waited for a start of its instance (it is cold) when it had come before the
 * instance was ready: then the start, from where both were there to where it was ready, lies inside
 * of its duration (phase invoke).  Of an instance whose start is not in the logs this is unknown.
 */
void settle(struct pool *pool, uint64_t touched_max);

#endif
