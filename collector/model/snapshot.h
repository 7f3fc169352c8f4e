/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_SNAPSHOT_H
#define THAW_COLLECTOR_MODEL_SNAPSHOT_H

#include "model/view.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/*
 * The whole of a view as bytes (docs/formats/view.md), so that a start need not be shown every
 * frame again.  A view that was loaded goes on as the one that was saved would have: it recognises
 * what comes again, closes what is open, forgets what goes.  Only in what order the rows of a
 * minute are walked may differ.
 *
 * What follows from the rest (maps, most lists, the index by time, counts of lists) is not among
 * the bytes.  Whoever keeps them adds a checksum.
 */

/* Takes the next bytes; false when it wants no more of them. */
typedef bool view_sink(void *context, struct slice bytes);

/* Bytes are given to the sink in pieces of at most so many: all that saving needs of memory. */
#define VIEW_SAVE_PIECE_SIZE (256U << 10)

/* The writer's thread, which alone changes the view; readers go on meanwhile.  STATUS_IO: the sink
 * wants no more; STATUS_FULL: no memory. */
enum status view_save(const struct view *view, view_sink *sink, void *context) THAW_CHECK;

/*
 * Load into a view that is new, has the same key and knows its limits.  STATUS_BAD: these are no
 * bytes of a view of this version and key; STATUS_FULL: no memory.  Then *reason says why, for
 * people, and the view is good for view_free() alone.
 */
enum status view_load(struct view *view, struct slice bytes, const char **reason) THAW_CHECK;

#endif
