/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_IDENTITY_H
#define THAW_COLLECTOR_MODEL_IDENTITY_H

#include "model/view_private.h"

/*
 * Whose a block of records is.  An account, a region or a version that is not told is not another
 * one: an instance is known by the names of its function and its own, and what the others say is
 * put together.  When that names its function better than before, it moves to that function's row
 * with all that it counts, so it comes out the same whoever was first.
 *
 * To be told the same again changes nothing, and senders say the same with every body: whose it was
 * the last time is remembered by the key of what it said (view.known), until rows are renumbered.
 * An instance stays the same row until then, whatever else is told of it, and what it told its
 * function goes with it to another.
 */
struct identity_rows {
    uint32_t function; /* ROW_NONE where the resource names none, or there is no room. */
    uint32_t instance;
    uint64_t name; /* A hash of the instance's name. */
    bool full;     /* There was no room. */
};

/* Fetch into the cache what is looked at first for a resource that comes soon. */
void identity_expect(const struct view *view, const struct resource *resource);

struct identity_rows identity_touch(struct view *view, const struct resource *resource);

#endif
