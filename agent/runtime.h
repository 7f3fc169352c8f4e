/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RUNTIME_H
#define THAW_AGENT_RUNTIME_H

#include "agent/settings.h"
#include "base/status.h"
#include "net/address.h"
#include "net/loop.h"
#include "proxy/proxy.h"
#include "proxy/wrapped.h"

#include <stdbool.h>
#include <sys/types.h>

/*
 * The agent's place between the runtime and the platform: the proxy, and the
 * rendezvous with the wrapper that makes the runtime use it.  A function that
 * has no wrapper has neither.
 */
struct runtime {
    struct proxy proxy;
    struct wrapped wrapped;
    struct address platform; /* Where the Runtime API is. */
    pid_t process;           /* The runtime's; 0: not known. */
    size_t address_size;
    char address[64]; /* Where the proxy listens; empty: nowhere. */
};

/* Listen, if the settings want it.  platform is where the Runtime API is.  What cannot be had is
 * logged, and the runtime goes without. */
void runtime_init(struct runtime *runtime, struct loop *loop, const struct agent_settings *settings,
                  const struct address *platform);

/* Listen no more: a wrapper that asks from now on lets the runtime go its own way. */
void runtime_stop(struct runtime *runtime);

/* Where the wrapper of a function with these settings finds the proxy, on stdout; nothing if there
 * is none.  process is the wrapper's. */
void runtime_print_address(const struct agent_settings *settings, struct slice process);

#endif
