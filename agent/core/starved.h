/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_STARVED_H
#define THAW_AGENT_STARVED_H

#include "base/slice.h"
#include "core/invocation.h"

#include <stdbool.h>

/*
 * Whether an invocation failed for want of memory.  The platform says so only
 * where it killed the runtime itself, and often not even there; the runtimes
 * say it in a line of the log, each in its own words.  Pure.
 */

/* Whether a line of the function is what a runtime writes when it has no memory left. */
bool starved_line(struct slice text);

/* An invocation that failed and was starved has that as its type of error. */
void starved_judge(struct invocation *invocation);

#endif
