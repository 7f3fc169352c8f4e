/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_MARK_H
#define THAW_STORE_MARK_H

#include "base/status.h"
#include "store/catalog.h"
#include "store/disk.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Remembers which frame is being shown to the observer during recovery, in the file "replay".  If
 * the process dies of it, the next one knows which it was; a frame that has ended
 * STORE_REPLAY_ATTEMPTS_MAX recoveries in a row is set aside: it stays on the disk and is not
 * shown. The file is not synced: it is for deaths of the process, which the page cache survives.
 *
 * Owner and only thread: whoever recovers.
 */
struct mark {
    const struct disk *disk;
    const struct catalog *catalog;
    uint32_t seed;          /* Of the store's checksums. */
    int file;               /* Or -1: then nothing is remembered. */
    struct frame_ref ref;   /* The frame that ended the last recovery; offset 0: none. */
    uint32_t count;         /* How many in a row it ended. */
    struct frame_ref *skip; /* Frames that are set aside. */
    size_t skip_count;
    bool no_memory;
};

/* Read what the last recovery left, and set its frame aside if that was once too often. */
enum status mark_open(struct mark *mark, const struct disk *disk, const struct catalog *catalog,
                      uint32_t seed) THAW_CHECK;
/* Also after a failed mark_open(). */
void mark_close(struct mark *mark);

/* Whether a frame is set aside. */
bool mark_skips(const struct mark *mark, struct frame_ref ref) THAW_CHECK;

/* The frame is shown now; or, with an offset of 0, none is. */
void mark_set(const struct mark *mark, struct frame_ref ref);

#endif
