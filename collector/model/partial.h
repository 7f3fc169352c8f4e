/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_PARTIAL_H
#define THAW_COLLECTOR_MODEL_PARTIAL_H

#include "model/view_private.h"

/*
 * What a view may conclude from neighbours.  One that is shown every record knows all invocations
 * of an instance, so an init is for the first one after it, and an end of the agent cuts short the
 * last one before it.  A partial view (view_partial()) knows some of them; each of these answers
 * true in a view that is shown everything, and in a partial one only where the invocation at hand
 * says enough itself.  The same holds of an init that began when invocations did that the view has
 * forgotten: the one that it was for may be among them.
 *
 * - Its init: it says how long an init took (the platform's report does), or that it waited for
 *   one, which then ended shortly before; or the init lies inside of it.  Without any word (a
 *   START alone): if it began right after the init.  So a proactive init of an invocation without
 *   a report is not told: whether nobody came in between is not known.
 * - Its end: told ends need no neighbour.  Without one, an end of the agent counts if it came while
 *   the invocation could still be running.
 * - Its window: that something happened between its start and its end needs no neighbour where an
 *   instance has one invocation at a time; where it has several nothing is concluded.
 * - Its attempt: attempts have the same request id, so all of them are shown.
 * - Aliases: the ids of an edge are shown with all that names them (near.h).
 */

bool partial_init_tells(const struct view *view, const struct init *init,
                        const struct invocation *invocation);
bool partial_stop_tells(const struct view *view, const struct stop *stop,
                        const struct invocation *invocation);
bool partial_time_tells(const struct view *view, const struct instance *instance);

/* The latest that an invocation may have run, as far as it tells itself. */
int64_t partial_last_ns(const struct invocation *invocation);

#endif
