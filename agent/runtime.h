/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_RUNTIME_H
#define THAW_AGENT_RUNTIME_H

#include "agent/settings.h"
#include "base/status.h"
#include "core/core.h"
#include "net/address.h"
#include "net/loop.h"
#include "proxy/capture.h"
#include "proxy/proxy.h"
#include "proxy/wrapped.h"
#include "trigger/response_read.h"
#include "trigger/trigger_read.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The agent's place between the runtime and the platform: the proxy, the
 * rendezvous with the wrapper that makes the runtime use it, and what turns
 * the events and answers that pass into inputs of the core.  A function that
 * has no wrapper has none of it.
 */

/* What the core shall hear. */
typedef void runtime_tell(void *context, const struct core_input *input);

/* An event that is on its way to the runtime. */
struct runtime_reader {
    bool used;
    size_t connection;
    size_t left; /* That may still be read. */
    struct trigger_read read;
};

/* One that the runtime has, and has not asked for another one since. */
struct runtime_open {
    uint64_t order; /* 0: free; greater for later ones. */
    size_t connection;
    uint64_t since_ns;
    int64_t cpu_ns;
    size_t id_size;
    char id[AGENT_REQUEST_ID_MAX];
};

struct runtime {
    struct proxy proxy;
    struct wrapped wrapped;
    bool wrapper_asked;
    bool processor_known;
    clockid_t processor; /* The clock of the runtime's processor time. */
    runtime_tell *tell;
    void *context;
    uint64_t unseen; /* Events for which there was no reader. */
    uint64_t order;
    struct runtime_reader readers[AGENT_READERS_MAX];
    struct runtime_open open[AGENT_INVOCATIONS_MAX];
    struct response_read answers[AGENT_RELAYS_MAX];
    struct captures captures;
    size_t address_size;
    char address[64]; /* Where the proxy listens; empty: nowhere. */
};

/* Listen, if the settings want it.  platform is where the Runtime API is.  What cannot be had is
 * logged, and the runtime goes without. */
void runtime_init(struct runtime *runtime, struct loop *loop, const struct agent_settings *settings,
                  const struct address *platform);

/* Who hears what passes; before the first loop_wait(). */
void runtime_hear(struct runtime *runtime, runtime_tell *tell, void *context);

/* Whether a wrapper has asked for us: then the runtime's bytes pass through here. */
bool runtime_wrapped(const struct runtime *runtime);

/* Events and connections that were passed on and not looked at. */
uint64_t runtime_unseen(const struct runtime *runtime);

/* Listen no more: a wrapper that asks from now on lets the runtime go its own way. */
void runtime_stop(struct runtime *runtime);

/* Where the wrapper of a function with these settings finds the proxy, on stdout; nothing if there
 * is none.  process is the wrapper's. */
void runtime_print_address(const struct agent_settings *settings, struct slice process);

#endif
