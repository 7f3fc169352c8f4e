/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_WRAPPED_H
#define THAW_AGENT_WRAPPED_H

#include "base/slice.h"
#include "base/status.h"
#include "net/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * How thaw-wrapper, in which the runtime is about to start, learns whether
 * there is a proxy: "thaw-agent --wrapped PID" asks the agent beside it, by a
 * datagram, and prints where the proxy is.  Whatever goes wrong, nothing is
 * printed, and the runtime talks to the platform itself.
 *
 * It also tells the agent what only it knows: the process that becomes the
 * runtime, and the address that the runtime would talk to, which is that of
 * another proxy if that one's wrapper came first.
 *
 *     "thaw-wrapped 1 <pid> <address>"   -->
 *                                        <--   "<address of the proxy>"
 */

/* A wrapper has asked.  The answer is where the proxy is, or empty: the runtime had better go its
 * own way. */
typedef struct slice wrapped_answer(void *context, pid_t runtime, struct slice upstream);

struct wrapped {
    struct loop *loop;
    struct loop_source source;
    wrapped_answer *answer;
    void *context;
};

/* Wait for the wrapper.  port tells agents in one network apart: the one that proxies were asked to
 * listen on.  STATUS_IO: another agent has it, and errno says so. */
enum status wrapped_init(struct wrapped *wrapped, struct loop *loop, unsigned port,
                         wrapped_answer *answer, void *context) THAW_CHECK;

/* Answer nobody any more. */
void wrapped_stop(struct wrapped *wrapped);

/* The wrapper's side: ask, and wait for a second at most.  The size of the answer in address, or
 * 0. */
size_t wrapped_ask(unsigned port, struct slice runtime, struct slice upstream, char *address,
                   size_t size) THAW_CHECK;

#endif
