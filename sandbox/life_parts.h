/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LIFE_PARTS_H
#define THAW_SANDBOX_LIFE_PARTS_H

#include "sandbox/life.h"

/*
 * What the files of a life share, for each other alone: life.c is the life of
 * an environment that serves one invocation at a time and freezes between
 * them; life_shutdown.c is its end, life_managed.c what differs where many are
 * served at once.  Pure.
 */

/* Shut down, and be ended or cold afterwards. */
void life_shutdown_begin(struct life *life, enum life_reason reason, uint64_t now_ns,
                         struct life_actions *actions);

/* The runtime is gone: tell the extensions. */
void life_shutdown_extensions(struct life *life, uint64_t now_ns, struct life_actions *actions);

/* Whether an external extension still runs. */
bool life_shutdown_running(const struct life *life);

/* Whoever still runs is killed. */
void life_shutdown_finish(struct life *life, uint64_t now_ns, struct life_actions *actions);

/* Run again, if it is frozen. */
void life_thaw(struct life *life, struct life_actions *actions);

/* Forget the invocation before: another one is there. */
void life_begin_invocation(struct life *life, uint64_t now_ns);

/* Begin an init, of phase init if there was none. */
void life_start_init(struct life *life, uint64_t now_ns, struct life_actions *actions);

/* The init is over and went well: serve what waits. */
void life_managed_ready(struct life *life, uint64_t now_ns, struct life_actions *actions);

/* Whether a slot is free. */
bool life_managed_free(const struct life *life);

/* The earliest of the deadlines, or 0. */
uint64_t life_managed_deadline_ns(const struct life *life);

/* The inputs, in a managed life.  invoke: the slot is free. */
void life_managed_invoke(struct life *life, unsigned slot, uint64_t now_ns,
                         struct life_actions *actions);
void life_managed_next(struct life *life, uint64_t now_ns, struct life_actions *actions);
void life_managed_response(struct life *life, const struct life_input *input, uint64_t now_ns,
                           struct life_actions *actions);
void life_managed_end(struct life *life, uint64_t now_ns, struct life_actions *actions);

/* Invocations whose time is over fail, and nothing else changes. */
void life_managed_time(struct life *life, uint64_t now_ns, struct life_actions *actions);

/* Something broke that takes all invocations with it. */
void life_managed_fail(struct life *life, enum life_outcome outcome, const char *error_type,
                       uint64_t now_ns, struct life_actions *actions);

#endif
