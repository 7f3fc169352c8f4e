/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_PLACE_H
#define THAW_COLLECTOR_MODEL_PLACE_H

#include "model/view_private.h"

/* Where rows stand in the index by time. */

/* A record of this id lasted from start to end: widen what the id covers, and move it in the index.
 */
void place_id(struct view *view, uint32_t id, int64_t start_ns, int64_t end_ns);

/* Put an invocation where it belongs, or take it out. */
void place_invocation(struct view *view, uint32_t invocation, int64_t placed_ns);
void place_remove(struct view *view, uint32_t invocation);

/* Fill the index again from all rows, after they were renumbered. */
void place_all(struct view *view);

#endif
