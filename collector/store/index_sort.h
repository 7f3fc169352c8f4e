/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_INDEX_SORT_H
#define THAW_STORE_INDEX_SORT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An id's keyed hash and where a frame that has it begins. */
struct index_pair {
    uint64_t hash;
    uint32_t offset;
};

/*
 * Copy pairs sorted by hash, then by offset.  Hashes are anywhere, so that pairs are put into
 * buckets of two or so by their upper bits first, and few are compared.  False without memory.
 * Pure; any thread.
 */
bool index_sort(struct index_pair *sorted, const struct index_pair *pairs,
                uint32_t count) THAW_CHECK;

#endif
