/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_GUIDE_H
#define THAW_STORE_GUIDE_H

#include "base/status.h"
#include "store/disk.h"
#include "store/guide_format.h"
#include "store/sealed.h"
#include "store/store_limits.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A guide merges the ids of some sealed segments, its members: it says which of them may have an
 * id, so that one small page is read in place of one for each of them.  Who asks it asks those
 * segments then; it says one too many about once in a thousand times.
 *
 * It is data/guide-<segment>-<count>, of its newest member and how many it had; made of the
 * segments alone.  Nothing depends on it: without it the members are asked themselves, and it is
 * made again.  Any thread reads; who made it frees it when nobody does any more.
 */
struct guide {
    const struct disk *disk;
    int file;
    uint64_t size;
    struct guide_head head;
    struct guide_member members[GUIDE_MEMBERS_MAX]; /* Ascending by segment. */
    struct guide_map map;
    atomic_bool damaged; /* A page of it was. */
};

/* The name of its file; false: it is no such name. */
void guide_name(uint32_t segment, uint32_t count, char name[STORE_PATH_SIZE]);
bool guide_name_parse(const char *name, uint32_t *segment, uint32_t *count) THAW_CHECK;

/* What a guide says of a sealed segment that it is made of. */
struct guide_member guide_member_of(const struct sealed *sealed);

/* Open a guide of this store.  STATUS_BAD: it is not whole, or not of it; STATUS_NOT_FOUND,
 * STATUS_IO, STATUS_FULL (memory). */
enum status guide_open(struct guide **guide, const struct disk *disk, const char *name,
                       const unsigned char store[16]) THAW_CHECK;
void guide_free(struct guide *guide); /* NULL is fine. */

/* The newest of the segments. */
uint32_t guide_last(const struct guide *guide);

/* For each hash under the guide's key (head.key), ascending: call back with it and the place of
 * each member whose segment may have it.  STATUS_BAD: it is damaged, and says nothing. */
enum status guide_find_sorted(struct guide *guide, const uint64_t *hashes, size_t count,
                              void (*visit)(void *context, uint64_t hash, uint8_t member),
                              void *context) THAW_CHECK;

#endif
