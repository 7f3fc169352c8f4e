/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_FORGET_H
#define THAW_COLLECTOR_MODEL_FORGET_H

#include "model/view_private.h"

/* Rows of the view that go: mark what stays, then apply. */
struct forget {
    bool *invocations, *instances, *ids; /* By row: whether it stays. */
    uint32_t *invocations_moved, *instances_moved, *ids_moved;
};

/* Nothing stays yet. */
struct forget forget_begin(const struct view *view);
void forget_end(struct forget *forget);

/* Remove the rows that do not stay, with what they count; links up to that segment go as well.
 * What an invocation that stays needs (its instance, its request id) stays. */
void forget_apply(struct view *view, struct forget *forget, uint32_t segment_last);

#endif
