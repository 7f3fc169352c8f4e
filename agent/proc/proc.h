/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PROC_H
#define THAW_AGENT_PROC_H

#include "core/account.h"

#include <stdbool.h>

/*
 * Reads what the agent and its environment have used, out of /proc, from
 * files that stay open, because opening costs more than reading.  What is missing or not as it has
 * to be stays unknown, and is not tried again.  One thread.
 *
 * On the platform an environment is a machine of its own, so that the figures
 * of the machine are those of the environment.  Where it is not, they are those
 * of the machine.
 */
enum proc_file {
    PROC_SELF,
    PROC_STAT,
    PROC_MEMORY,
    PROC_NET,
    PROC_LOAD,
    PROC_FILES,
    PROC_COUNT,
};

struct proc {
    bool environment; /* Of the environment, too, not of the agent alone. */
    bool opened;
    int fds[PROC_COUNT];
};

/* Nothing is opened before the first reading. */
void proc_init(struct proc *proc, bool environment);

/* Read so far; the rest is unknown. */
struct account_reading proc_read(struct proc *proc, enum account_reach reach);

#endif
