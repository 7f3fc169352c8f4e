/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_SHELL_H
#define THAW_AGENT_SHELL_H

#include "agent/runtime.h"
#include "agent/sdk.h"
#include "agent/settings.h"
#include "agent/uplink.h"
#include "core/core.h"
#include "gzip/gzip.h"
#include "net/loop.h"
#include "net/server.h"
#include "platform/extension.h"
#include "proc/proc.h"
#include "spool/spool.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The shell does what the core decides: it owns the sockets and all memory,
 * turns what arrives into inputs of the core and its actions into system
 * calls.  There is one, static; one thread.
 */
struct shell {
    const struct agent_settings *settings;
    struct loop loop;
    struct extension extension;
    struct server telemetry;
    struct server otlp;
    struct uplink uplink;
    struct core core;
    struct runtime runtime;
    struct sdk sdk;
    struct gzip gzip;
    struct spool spool;
    struct proc proc;
    uint64_t wake_ns;   /* When the core wants to be stepped. */
    uint64_t looked_ns; /* When it was seen last that the spool's file is there. */
    bool running;
    bool alone;    /* There is no platform. */
    bool yielding; /* The function goes first. */
    bool refused;  /* The platform does not let us register for INVOKE. */
    int exit_status;
};

/* Take memory, bind the listeners, begin to register.  False: there is no way to live here; why is
 * logged. */
bool shell_start(struct shell *shell, const struct agent_settings *settings,
                 struct slice name) THAW_CHECK;

/* The same without a platform: nothing is registered, and the caller tells the core what there is
 * by shell_step(). */
bool shell_start_alone(struct shell *shell, const struct agent_settings *settings) THAW_CHECK;
void shell_step(struct shell *shell, const struct core_input *input);

/* Wait once for what comes, until due_ns at the latest, and do it.  False: it was the end. */
bool shell_turn(struct shell *shell, uint64_t due_ns);

/* Run until the platform ends the instance; the answer is the exit status.  From here on nothing
 * is allocated. */
int shell_run(struct shell *shell);

/* Whether the run ended because the platform refused us: then nothing listens any more, and the
 * caller registers for SHUTDOWN alone, because the instance waits for every extension. */
bool shell_refused(struct shell *shell) THAW_CHECK;

#endif
