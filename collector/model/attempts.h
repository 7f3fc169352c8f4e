/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_ATTEMPTS_H
#define THAW_COLLECTOR_MODEL_ATTEMPTS_H

#include "model/view_private.h"

/*
 * Which attempt of a request a record is of.  An agent numbers them.  A stream does not: its
 * records are of the same attempt when they are of the same time, and of the same one as the
 * agent's that is of that time.  Records may come in any order, so rows that turn out to be one are
 * joined, and rows that no agent numbered are numbered by the order of start.
 *
 * What came without the name of its instance is of the same attempt as what has one, when request,
 * function and time are the same.  An agent that made up the name of its instance tells of the same
 * attempts as that instance's stream: then all that the stream tells is that instance's.
 */

/* The instance whose invocations a stream's are: itself, or the one whose agent made up a name. */
uint32_t attempts_place(const struct view *view, uint32_t instance);

/* The row that a stream's record is of, or ROW_NONE. */
uint32_t attempts_find(const struct view *view, uint32_t instance, uint32_t request,
                       const struct told *told);

/* Join what was touched with others that are the same attempt. */
void attempts_join(struct view *view);

/* Number the attempts of what was touched; their starts are known. */
void attempts_number(struct view *view);

/* Whether another attempt of its request began before this one, in whatever instance: it was tried
 * again.  Touch those of which that may have changed with what was touched. */
bool attempts_behind(const struct view *view, const struct invocation *invocation) THAW_CHECK;
void attempts_touch_others(struct view *view);

/* Whether a stream may tell of one more attempt: one that would not be found again has no place. */
bool attempts_room(const struct view *view, uint32_t request);

#endif
