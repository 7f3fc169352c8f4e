/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_IDENTITY_H
#define THAW_COLLECTOR_MODEL_IDENTITY_H

#include "model/view_private.h"

/*
 * Whose a block of records is.  An account, a region or a version that is not told is not another
 * one: an instance is known by the names of its function and its own, and what the others say is
 * put together.  When that names its function better than before, it moves to that function's row
 * with all that it counts, so it comes out the same whoever was first.
 */
struct identity_rows {
    uint32_t function; /* ROW_NONE where the resource names none, or there is no room. */
    uint32_t instance;
    bool full; /* There was no room. */
};

struct identity_rows identity_touch(struct view *view, const struct resource *resource);

#endif
