/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEALED_H
#define THAW_STORE_SEALED_H

#include "base/arena.h"
#include "base/hash.h"
#include "base/status.h"
#include "columns/block_read.h"
#include "store/disk.h"
#include "store/frame.h"
#include "store/lookup.h"
#include "store/sealed_format.h"
#include "store/segment.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A sealed segment, open for reading: its file, and in memory what says where things are (some
 * hundred bytes a block).  Any thread reads; who made it frees it when nobody does any more.
 *
 * What is damaged is found when it is read: STATUS_BAD, and the rest goes on being served.
 */
struct sealed {
    const struct disk *disk;
    struct segment segment;
    int file;
    uint64_t size; /* Of the file. */
    struct sealed_head head;
    struct sealed_foot foot;
    struct sealed_entry *entries; /* One for each block. */
    struct lookup lookup;
};

/* Open the sealed file of a segment of this store.  STATUS_BAD: it is not whole, or not of it;
 * STATUS_NOT_FOUND, STATUS_IO, STATUS_FULL (memory). */
enum status sealed_open(struct sealed **sealed, const struct disk *disk,
                        const struct segment *segment, const unsigned char store[16]) THAW_CHECK;
void sealed_free(struct sealed *sealed); /* NULL is fine. */

/* The head of the log that it was made of. */
struct frame_log_head sealed_log_head(const struct sealed *sealed);

/* Call back with the block of each record that may have the id: LOOKUP_NO_BLOCK if it is known
 * without records. */
enum status sealed_find(const struct sealed *sealed, struct id16 id,
                        void (*visit)(void *context, uint16_t block), void *context) THAW_CHECK;

/* The same for the hashes of many ids under the segment's key (head.key), ascending: pages that lie
 * close together are read together, in bounded memory. */
enum status sealed_find_sorted(const struct sealed *sealed, const uint64_t *hashes, size_t count,
                               void (*visit)(void *context, uint16_t block),
                               void *context) THAW_CHECK;

/* Call back with the upper 32 bits of the hash of each id in it, ascending, from first to last; an
 * id that is in several blocks comes several times.  STATUS_BAD: a page of them is damaged. */
enum status sealed_tops(const struct sealed *sealed, uint32_t first, uint32_t last,
                        void (*visit)(void *context, uint32_t top), void *context) THAW_CHECK;

/* Read what its blocks share.  The caller frees it. */
enum status sealed_dictionary(const struct sealed *sealed,
                              struct dictionary **dictionary) THAW_CHECK;

/* Read the bytes of a block into the arena and open it. */
enum status sealed_block(const struct sealed *sealed, uint32_t number,
                         const struct dictionary *dictionary, struct bytes_reader *reader,
                         struct arena *arena, struct block **block) THAW_CHECK;

/* Read the filter of a block into the arena.  STATUS_BAD: it is damaged. */
enum status sealed_filter(const struct sealed *sealed, uint32_t number, struct arena *arena,
                          struct slice *filter) THAW_CHECK;

/* Call back with each frame that was copied from the log as it was; stored as for scan_visit(). */
enum status sealed_frames(const struct sealed *sealed, uint32_t seed,
                          void (*visit)(void *context, const struct frame_head *head,
                                        struct slice stored),
                          void *context) THAW_CHECK;

/* Call back with the hash and the arrival of each body that the segment was made of. */
enum status sealed_bodies(const struct sealed *sealed,
                          void (*visit)(void *context, const struct hash_128 *hash,
                                        uint64_t arrival_ns),
                          void *context) THAW_CHECK;

#endif
