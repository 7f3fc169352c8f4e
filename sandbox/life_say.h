/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_LIFE_SAY_H
#define THAW_SANDBOX_LIFE_SAY_H

#include "sandbox/life.h"

/*
 * How a life says what it wants done: it appends actions, and events filled
 * from what it knows.  Pure; for life.c alone, which decides when.  Times are
 * those of the input that is worked on.
 */

/* Copy a type, cut to what fits; NULL is the empty one. */
void life_say_error_type(char target[ERROR_TYPE_SIZE_MAX], const char *source);

/* Append an action, zeroed but for its kind. */
struct life_action *life_say(struct life_actions *actions, enum life_action_kind kind);

/* Append an event of this moment. */
struct life_event *life_say_event(const struct life *life, struct life_actions *actions,
                                  enum life_event_kind kind);

/* platform.start, unless this invocation had its one. */
void life_say_start(struct life *life, struct life_actions *actions);

/* platform.runtimeDone, with the outcome that the invocation has so far. */
void life_say_runtime_done(struct life *life, struct life_actions *actions);

/* platform.report; the init that it shows is shown in no other. */
void life_say_report(struct life *life, struct life_actions *actions);

/* platform.restoreRuntimeDone and platform.restoreReport. */
void life_say_restore_report(struct life *life, enum life_outcome outcome, const char *error_type,
                             struct life_actions *actions);

/* platform.initReport, after platform.initRuntimeDone if the runtime did not get so far. */
void life_say_init_report(struct life *life, enum life_outcome outcome, const char *error_type,
                          struct life_actions *actions);

#endif
