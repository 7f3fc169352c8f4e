/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEAL_H
#define THAW_STORE_SEAL_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/status.h"
#include "store/catalog.h"
#include "store/disk.h"
#include "store/draft.h"
#include "store/index.h"
#include "store/segment.h"
#include "store/store.h"

#include <stdint.h>

/*
 * Sealing rewrites the log of a segment that is not written to any more as blocks, in which the
 * records of one transaction lie together: segments/<name>/sealed.  The log stays.
 *
 * What is no span and no line, and what does not decode or is set aside, is copied as it is:
 * nothing is lost.  One thread at a time; everything it does to the world goes through its disk.
 */
struct seal {
    const struct disk *disk;
    const struct catalog *catalog; /* Says which frames are set aside. */
    store_decode *decode;
    struct index *index; /* What is known in the segment beside the ids of its records. */
    struct arena *arena; /* To decode a body in; what was in it is gone. */
    uint32_t seed;
    unsigned char store[16];
    const struct hash_key *key;
    const struct hash_bulk *bulk; /* Of it. */
};

/*
 * Seal a segment, durably: when it answers STATUS_OK the file is whole.  Anything else leaves no
 * file that could pass for one: STATUS_FULL (disk, memory, or more in it than a table takes),
 * STATUS_IO (the disk), STATUS_BAD (the log is damaged).  The draft is the callee's from here on;
 * it may be NULL, and where it is not whole, one is made out of the log.
 */
enum status seal_segment(const struct seal *seal, const struct segment *segment,
                         struct draft *draft) THAW_CHECK;

#endif
