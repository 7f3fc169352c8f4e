/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_MAP_H
#define THAW_BASE_MAP_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A map finds the row of a key in a table that the caller keeps.  It stores
 * 64-bit hashes and 32-bit row numbers, never keys: the caller hashes (keyed,
 * where the keys come from outside: hash.h) and compares.  Several rows may
 * share a hash.  Open addressing with linear probing; removal leaves no
 * tombstones, so a map that stays small stays fast.
 *
 * A growing map allocates; a fixed one lives in slots of the caller.  One
 * owner, one thread at a time.
 *
 * Invariants:
 *  1. capacity is 0 or a power of two; count <= count_max.
 *  2. At least a quarter of the slots is free, so every probe ends.
 */
struct map_slot {
    uint64_t hash;
    uint32_t row;
    uint32_t used; /* 0 or 1. */
};

struct map {
    struct map_slot *slots;
    size_t capacity; /* Slots. */
    size_t count;    /* Entries. */
    size_t count_max;
    bool growing; /* slots are ours. */
};

/* Whether the key that the caller looks for is the one in this row. */
typedef bool map_equal(const void *context, uint32_t row);

/* An empty map that allocates as it grows, with at most count_max entries. */
void map_init_growing(struct map *map, size_t count_max);

/* An empty map in capacity slots (a power of two, at least 4) of the caller: it never allocates
 * and takes three entries for every four slots. */
void map_init_fixed(struct map *map, struct map_slot *slots, size_t capacity);

/* Free a growing map's slots. */
void map_fini(struct map *map);

/* Forget all entries; keep the slots. */
void map_reset(struct map *map);

/*
 * Look for an entry of this hash whose row equal() accepts.  If there is one,
 * store its row and answer true.  Without equal the first entry of that hash
 * is taken: only for hashes that cannot collide, such as a row's own number.
 */
bool map_find(const struct map *map, uint64_t hash, map_equal *equal, const void *context,
              uint32_t *row) THAW_CHECK;

/* Add an entry.  The caller has looked before; the map does not.  STATUS_FULL at count_max or
 * without memory, and the map is as before. */
enum status map_insert(struct map *map, uint64_t hash, uint32_t row) THAW_CHECK;

/* Let a growing map have slots for so many entries at once; false without memory, or beyond
 * count_max. */
bool map_reserve(struct map *map, size_t count) THAW_CHECK;

/* Let the entry (hash, row) point to another row (the caller moved it).  False if there is none. */
bool map_move(struct map *map, uint64_t hash, uint32_t row, uint32_t row_new);

/* Remove the entry (hash, row).  False if there is none. */
bool map_remove(struct map *map, uint64_t hash, uint32_t row);

/* Walk all entries in no order: start with *position = 0; false at the end.  The map must not
 * change meanwhile. */
bool map_next(const struct map *map, size_t *position, uint32_t *row);

#endif
