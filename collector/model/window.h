/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_WINDOW_H
#define THAW_COLLECTOR_MODEL_WINDOW_H

#include "model/view_private.h"

/* Which invocation of an instance was running at a time. */

/* Put an invocation at its place in its instance's list, by start; it may stand in it elsewhere. */
bool window_list(struct view *view, uint32_t invocation, int64_t start_ns) THAW_CHECK;
void window_unlist(struct view *view, uint32_t invocation);

/* Put the list of an instance whose rows were loaded into its order; false without memory. */
bool window_sort(const struct view *view, struct instance *instance) THAW_CHECK;

/* The index of the first listed invocation that did not start before time_ns. */
uint32_t window_after(const struct view *view, const struct instance *instance, int64_t time_ns);

/*
 * The one invocation in whose window, from its start to the end of its handler, all from start_ns
 * to end_ns lies; ROW_NONE when there is none, when its end is not known yet, or when there are
 * several.
 */
uint32_t window_find(const struct view *view, const struct instance *instance, int64_t start_ns,
                     int64_t end_ns);

#endif
