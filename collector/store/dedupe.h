/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_DEDUPE_H
#define THAW_STORE_DEDUPE_H

#include "base/hash.h"
#include "base/map.h"
#include "base/slice.h"
#include "base/status.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Remembers the bodies of the last minutes by their keyed hashes, so that a body which a sender
 * repeats (its acknowledgement was lost) is not kept twice.  A ring of hashes in order of arrival
 * and a map over it, in bounded memory: when the ring is full the oldest is forgotten early.  Owner
 * and only thread: the writer.
 *
 * Invariant: the map holds exactly the rows first .. first + count - 1 (modulo capacity).
 */
struct dedupe {
    struct dedupe_entry *entries;
    uint32_t capacity; /* A power of two. */
    uint32_t first;    /* Oldest. */
    uint32_t count;
    uint64_t age_ns_max;
    uint64_t forgotten_early; /* Dropped for room before their time. */
    struct map map;
};

struct dedupe_entry {
    struct hash_128 hash;
    uint64_t arrival_ns;
};

/* capacity must be a power of two. */
enum status dedupe_init(struct dedupe *dedupe, uint32_t capacity, uint64_t age_ns_max) THAW_CHECK;
void dedupe_fini(struct dedupe *dedupe);

/* Whether this body is remembered; what is too old at now_ns is forgotten first. */
bool dedupe_find(struct dedupe *dedupe, const struct hash_128 *hash, uint64_t now_ns);

/* Remember a body that is not; false if there is no memory for it. */
bool dedupe_add(struct dedupe *dedupe, const struct hash_128 *hash, uint64_t arrival_ns);

/* Write what is remembered, the oldest first, as bytes; false when the sink takes no more. */
bool dedupe_save(const struct dedupe *dedupe, store_sink *sink, void *context) THAW_CHECK;

/* Remember what stands at the front of bytes, which are behind it then, by one that remembers
 * nothing.  STATUS_BAD: they are no such bytes. */
enum status dedupe_load(struct dedupe *dedupe, struct slice *bytes) THAW_CHECK;

/* Forget the latest count bodies (or all, if there are fewer): their frames were not kept. */
void dedupe_take_back(struct dedupe *dedupe, uint32_t count);

#endif
