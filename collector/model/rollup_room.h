/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_ROLLUP_ROOM_H
#define THAW_COLLECTOR_MODEL_ROLLUP_ROOM_H

#include "model/view_private.h"

/*
 * What becomes of counts when there are nearly too many: the older half of those by minute goes on
 * by hour, but for the latest hours; then the older half of those by hour goes on by day.  Sums
 * stay.  If that is not enough, the oldest quarter goes, and the span of time is noted.
 */
void rollup_room_make(struct view *view);

#endif
