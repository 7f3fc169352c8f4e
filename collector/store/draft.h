/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_DRAFT_H
#define THAW_STORE_DRAFT_H

#include "base/buf.h"
#include "base/hash.h"
#include "base/status.h"
#include "columns/table.h"
#include "model/record.h"
#include "store/frame.h"

#include <stdint.h>

/*
 * What is taken of the frames of a log to seal it.  The writer makes one of the log that it writes,
 * while it has the records in hand, so that sealing need not read, inflate and decode them again;
 * where there is none, sealing makes it out of the log.  Both give the same file.
 *
 * Where something does not fit, the status says so and stays, and the draft is of no use.  It has
 * one owner at a time: the writer, then the sealer.
 */
struct draft {
    uint32_t segment;
    struct table *table;
    struct buf bodies; /* Hash and arrival of each body, as the file has them. */
    struct buf copies; /* Frames that are kept as they are. */
    uint32_t copy_count;
    uint64_t frames, seq_last, arrival_last_ns;
    enum status status;
};

/* NULL: no memory.  key is that of the store's hashes. */
struct draft *draft_create(uint32_t segment, const struct hash_key *key);
void draft_free(struct draft *draft);

/* Take the next frame of the log, with the hash of its body: what was decoded of it, ... */
void draft_add(struct draft *draft, const struct frame_head *head, const struct hash_128 *hash,
               const struct batch *batch);
/* ... or, of what is no span and no line, or does not decode, all of the frame.  hash may be NULL:
 * there is no body. */
void draft_copy(struct draft *draft, const struct frame_head *head, const struct hash_128 *hash,
                struct slice frame);

/* Bytes of memory that are used. */
uint64_t draft_memory(const struct draft *draft);

/* Whether it has so much that the log should be followed by a new one. */
bool draft_full(const struct draft *draft);

#endif
