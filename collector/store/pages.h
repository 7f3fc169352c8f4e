/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_PAGES_H
#define THAW_STORE_PAGES_H

#include "base/slice.h"
#include "base/status.h"
#include "store/disk.h"
#include "store/lookup.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Reads pages of ids out of a file, for hashes that ascend: pages that lie close together are read
 * together, in bounded memory.  Begin with what comes first, all else zero.  One thread.
 */
struct pages {
    const struct disk *disk;
    int file;
    uint64_t base, size; /* Of all pages: where they begin in the file, and bytes. */
    /* Where behind the base the page of a hash is. */
    struct lookup_page (*page_of)(const void *map, uint64_t hash);
    const void *map;

    unsigned char *bytes; /* Some of them. */
    size_t capacity;
    uint64_t offset; /* Of bytes, behind the base; */
    size_t count;    /* how many these are. */
};

/* The page of the first of the hashes; those behind it say which are needed next.  It is good until
 * the next call.  STATUS_BAD: there are no such bytes; STATUS_IO, STATUS_FULL (memory). */
enum status pages_get(struct pages *pages, const uint64_t *hashes, size_t count,
                      struct slice *page) THAW_CHECK;
void pages_fini(struct pages *pages);

#endif
