/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_GUIDE_MAKE_H
#define THAW_STORE_GUIDE_MAKE_H

#include "store/guide.h"

/*
 * What a guide is made of; see guide.h.  It says nothing that its members do not, so it may be made
 * at any time, and again.
 */
struct guide_make {
    const struct disk *disk;
    const struct sealed *members[GUIDE_MEMBERS_MAX]; /* Ascending by segment, of one key. */
    uint32_t count;                                  /* At least 1. */
    const atomic_bool *stop;                         /* Give up. */
    uint32_t bad; /* After STATUS_BAD: the place of the member whose ids are damaged. */
};

/*
 * Make the guide, durably: when it answers STATUS_OK the file is whole.  Anything else leaves no
 * file that could pass for one: STATUS_FULL (disk, memory, or more ids than a guide takes),
 * STATUS_IO (the disk), STATUS_BAD (a member is damaged), STATUS_CLOSED (it was told to stop).  The
 * ids are taken in slices of their hashes, so memory does not depend on how many there are.
 */
enum status guide_make(struct guide_make *make) THAW_CHECK;

#endif
