/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_LOOKUP_H
#define THAW_STORE_LOOKUP_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * The ids of a sealed segment and the blocks that hold them: sorted prints in pages, so that asking
 * for an id reads one small page, also when it is not there.  docs/formats/sealed.md has the bytes.
 *
 *     starts: 2^bits + 1 numbers     pages: prints of 6 bytes, ascending, and a checksum
 *     +----+----+----+- -+----+      +-------------+-------------+- -+-----+-------------+- -
 *     | 0  | n1 | n2 |   | n  |      | print block | print block |   | crc | print block |
 *     +----+----+----+- -+----+      +-------------+-------------+- -+-----+-------------+- -
 *
 * The upper bits of an id's keyed hash say the page, the 32 bits below them are its print.  Of two
 * ids with the same both are answered: readers look at the records anyway.  Pure; any thread.
 */
struct lookup_entry {
    uint64_t hash;
    uint16_t block;
};

/* A block that is none: the id is known in the segment, but no record is found by it. */
#define LOOKUP_NO_BLOCK UINT16_MAX

/* Ids in a page: 64 of 6 bytes are read as quickly as one. */
#define LOOKUP_PAGE_COUNT 64

/* Upper bits that may say the page: 2^20 pages of 64 ids. */
#define LOOKUP_BITS_MAX 20

struct lookup {
    unsigned bits;
    uint32_t count;
    uint32_t *starts; /* 2^bits + 1, owned. */
};

/* Sort entries by hash, then block. */
void lookup_sort(struct lookup_entry *entries, size_t count);

/* Sort the entries, drop those that stand twice, and write starts and prints.  The answer is how
 * many were left. */
size_t lookup_write(struct lookup_entry *entries, size_t count, struct buf *buf);

/* Bytes of the starts for so many entries; the pages take the rest. */
size_t lookup_starts_size(uint32_t count);

/* Read the starts.  STATUS_BAD when they are not ascending, or not of so many entries. */
enum status lookup_init(struct lookup *lookup, uint32_t count, struct slice starts) THAW_CHECK;
void lookup_fini(struct lookup *lookup);

/* Where behind the starts the page of a hash is. */
struct lookup_page {
    uint64_t offset;
    size_t size; /* Bytes, its checksum included; */
};
struct lookup_page lookup_page_of(const struct lookup *lookup, uint64_t hash);

/* The pages from that of hash first << 32 to that of last << 32, one behind the other: call back
 * with the upper 32 bits of the hash of each entry between the two, ascending.  STATUS_BAD: a page
 * is damaged. */
enum status lookup_tops(const struct lookup *lookup, struct slice pages, uint32_t first,
                        uint32_t last, void (*visit)(void *context, uint32_t top),
                        void *context) THAW_CHECK;

/* The blocks of a hash in its page: *found is how many there are, at most blocks_max are written.
 * STATUS_BAD: the page is damaged. */
enum status lookup_find(const struct lookup *lookup, struct slice page, uint64_t hash,
                        uint16_t *blocks, size_t blocks_max, size_t *found) THAW_CHECK;

#endif
