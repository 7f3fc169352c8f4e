/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PARK_H
#define THAW_AGENT_PARK_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "platform/extension.h"
#include "proxy/relay.h"
#include "spool/spool.h"

#include <stdbool.h>

/*
 * Parking: the agent stays in the life of the instance and collects nothing.
 * An extension that crashes, or that does not answer, ends the function's
 * environment; a parked one costs it nothing.
 *
 * It is where an agent without an endpoint begins, and where one with a bug
 * ends: a failed ENSURE() or a fault signal writes one line and executes the
 * program anew with --parked.  The sockets survive that: the outstanding
 * "next" goes on on its connection, because the platform would refuse a second
 * one, telemetry is answered 200, and what passes between the runtime and the
 * platform goes on at the very byte.
 */

/* From now on a failure parks this process.  extension, telemetry (the listening descriptor, -1 for
 * none) and relays are looked at when it happens; spool is told of it. */
void park_arm(const struct extension *extension, const int *telemetry, const struct relays *relays,
              struct spool *spool);

/* The same for a process that is no extension: hands_over, which must be async-signal-safe, writes
 * the variable that the program finds when it is executed anew with this option. */
typedef void park_hand_over(struct buf *out);
void park_arm_other(park_hand_over *hands_over, const char *option);

/* Park from the start: register for SHUTDOWN and wait for it.  The answer is the exit status. */
int park_run(struct slice runtime_api, struct slice name);

/* Go on where a failed agent was, as its environment says. */
int park_resume(struct slice runtime_api, struct slice name, struct slice handed_over);

/* The environment variable that hands over. */
#define PARK_VARIABLE "THAW_PARKED"

#endif
