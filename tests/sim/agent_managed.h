/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SIM_AGENT_MANAGED_H
#define THAW_SIM_AGENT_MANAGED_H

#include "agent_world.h"

/*
 * The life of a managed instance: no INVOKE and no freeze, many invocations
 * side by side, more than there are rows for in some lives, whose lines say
 * themselves whose they are, and whose ends nobody tells but their reports.
 */

/* Tell the agent that has just begun, or begun anew, what it is in. */
void managed_begin(struct world *world, const char *phase);

/* Live, up to the end that the platform announces. */
void managed_live(struct world *world);

#endif
