/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_DERIVE_H
#define THAW_COLLECTOR_MODEL_DERIVE_H

#include "model/view_private.h"

/*
 * What follows from the merged facts of an instance: which init was for which invocation, who
 * waited, how each invocation ended, what it counts.  All of it is recomputed when anything it
 * follows from has changed, so it never depends on the order in which facts came.
 */

/* Something of this instance, or of this invocation, changed: derive_settle() will look at it. */
void derive_touch_instance(struct view *view, uint32_t instance);
void derive_touch_invocation(struct view *view, uint32_t invocation);

/* Derive anew what was touched. */
void derive_settle(struct view *view);

/* Time has passed: close what is overdue. */
void derive_overdue(struct view *view);

/* Take a row out of lists and counts, before it is forgotten. */
void derive_retract(struct view *view, uint32_t invocation);
void derive_retract_inits(struct view *view, uint32_t instance);

/* Facts that are computed when they are asked for. */
int64_t derive_start_ns(const struct invocation *invocation);
/* The end that was told; what is only concluded from the end of the instance may be taken back when
 * more is known, so it ties nothing. */
int64_t derive_told_end_ns(const struct invocation *invocation);
int64_t derive_end_ns(const struct view *view, const struct invocation *invocation);
int64_t derive_wait_ns(const struct view *view, const struct invocation *invocation);
/* The duration of the init that was for it: the report's word, else the init's own. */
int64_t derive_init_ns(const struct view *view, const struct invocation *invocation);
/* Whether it failed for want of memory: as the platform says, or because it was killed with all of
 * its memory in use. */
bool derive_out_of_memory(const struct view *view, const struct invocation *invocation);

/* Whether it took more than NEAR_TIMEOUT_PERCENT of its timeout and ended by itself; false where
 * its deadline is not known. */
bool derive_near_timeout(const struct invocation *invocation);

/* Whether it failed because what it called refused to take more, by the type of its error. */
bool derive_throttled(const struct view *view, const struct invocation *invocation);

/* The init that was for it; when there were two (one that failed, then one inside), the first. NULL
 * when none is known. */
const struct init *derive_init(const struct view *view, const struct invocation *invocation);

/* Whether an instance is kept ready, and paid for as such (provisioned concurrency). */
bool derive_provisioned(const struct view *view, uint32_t instance);

#endif
