/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_DICTIONARY_H
#define THAW_COLUMNS_DICTIONARY_H

#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the blocks of a segment share: texts that many of them use, resources, scopes, and shapes
 * (docs/formats/blocks.md).  Read-only once open, and any thread may read it; records that are made
 * of blocks point into it, so it outlives them.
 */
struct dictionary;

/* The bytes may go once this returns.  STATUS_BAD: they are wrong; STATUS_FULL: no memory. */
enum status dictionary_open(struct dictionary **dictionary, struct slice bytes) THAW_CHECK;
void dictionary_free(struct dictionary *dictionary); /* NULL is fine. */

/* Bytes that it occupies by now. */
size_t dictionary_memory(const struct dictionary *dictionary);

/* Who sent records, each different one once; two of one number are the same pointer.  They are made
 * when they are first asked for (senders.h), so STATUS_BAD may be said late, and STATUS_FULL. */
uint32_t dictionary_resource_count(const struct dictionary *dictionary);
enum status dictionary_resource(const struct dictionary *dictionary, uint32_t number,
                                const struct resource **resource) THAW_CHECK;

/* All of them side by side, by number: other pointers to the same attributes. */
enum status dictionary_resources(const struct dictionary *dictionary,
                                 const struct resource **resources) THAW_CHECK;

/* Blocks that an agent numbered and that hold no record: who sent them, and when they came. */
uint32_t dictionary_bare_count(const struct dictionary *dictionary);
enum status dictionary_bare(const struct dictionary *dictionary, uint32_t index,
                            const struct resource **resource, uint64_t *arrival_ns) THAW_CHECK;

#endif
