/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_COUNT_H
#define THAW_COLLECTOR_MODEL_COUNT_H

#include "model/view_private.h"

/* What one invocation, or one proactive init, counts in the rollups of its function: taken out and
 * put in anew when what it follows from (derive.c) has changed. */

/* One that is closed counts; one that was counted before it was forgotten does not again. */
void count_invocation(struct view *view, struct invocation *invocation);
void count_retract(struct view *view, struct invocation *invocation);

/* What an invocation that is closed counts by all that is known; it is not put in. */
struct contribution count_contribution(const struct view *view,
                                       const struct invocation *invocation);

/* A proactive init counts by itself, any other one does not. */
void count_init(struct view *view, struct instance *instance, struct init *init);

#endif
