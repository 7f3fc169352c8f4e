/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CONTAIN_H
#define THAW_AGENT_CONTAIN_H

#include "agent/settings.h"
#include "agent/shell.h"
#include "base/status.h"

/*
 * "thaw-agent run -- COMMAND": the agent as the parent of a container's
 * program.  Requests reach it through relays, what it writes is passed on and
 * told as log lines, signals are passed on, and its end is ours.
 *
 *     start ── the program accepts connections ──► serving ── it ends, or SIGTERM ──► end
 *       init                                        requests are invocations            flush
 *
 * Whatever fails on our side, the program runs: it is executed in our place
 * where there is nothing to do for us, serves its port itself where it does not
 * take another one, and a failed assertion leaves everything that it needs to
 * the parked agent.
 */

/* Set the resource as the environment says. */
void contain_place(struct agent_settings *settings, const char *const *environment);

/* Run arguments (NULL-terminated) until it ends; the answer is its exit status. */
int contain_run(struct shell *shell, const struct agent_settings *settings, char *const *arguments);

/* Go on as the parent where a failed agent was, as its environment says. */
int contain_resume(struct slice handed_over);

/* The environment variable that hands over. */
#define CONTAIN_VARIABLE "THAW_CONTAINED"

#endif
