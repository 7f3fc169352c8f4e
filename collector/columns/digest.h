/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_DIGEST_H
#define THAW_COLUMNS_DIGEST_H

#include "base/hash.h"
#include "columns/block_info.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What block_info.h tells of a block, made of records that are in none: batch by batch, those of
 * one signal.  So select_may_have() answers for them, too.  Pure; one owner, one thread.
 */
struct digest {
    struct hash_key key;
    struct block_info info; /* But for its filter. */
    uint64_t *hashes;       /* A set; 0 is a free slot. */
    size_t mask, count;
    bool failed; /* There was no memory for some. */
};

/* Filters of records of more different words and values than this are not made. */
#define DIGEST_HASHES_MAX ((size_t)1 << 17)

/* Begin.  The key is that of the filters. */
void digest_init(struct digest *digest, enum signal signal, const struct hash_key *key);
void digest_fini(struct digest *digest);

/* Add those records of a batch that are of its signal. */
void digest_add(struct digest *digest, const struct batch *batch);

/* Bytes of the filter; 0: there is none, because of memory, or too much is in it. */
size_t digest_filter_size(const struct digest *digest);

/* Write the filter into as many zeroed bytes. */
void digest_filter(const struct digest *digest, unsigned char *filter);

#endif
