/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_CHILD_H
#define THAW_AGENT_CHILD_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The program that a container is for, as our child: what it writes comes
 * through pipes, signals are passed on to it, and its end is ours.  As the first
 * process of a container we also reap what others left behind.
 */
struct child {
    pid_t id;       /* 0: there is none any more. */
    int outputs[2]; /* Reading ends of its stdout and stderr, non-blocking. */
    int status;     /* As wait(2) tells it, once it has ended. */
};

/* Start arguments (NULL-terminated, found in PATH) with variable=port in place of what the
 * environment says.  STATUS_IO: it cannot be executed, and errno says why. */
enum status child_start(struct child *child, char *const *arguments, const char *variable,
                        unsigned port) THAW_CHECK;

/* Reap whoever has ended.  True if our child is among them. */
bool child_reap(struct child *child);

void child_signal(const struct child *child, int number);

/* The exit status for us: its own, or 128 and the number of the signal. */
int child_exit_status(const struct child *child);

#endif
