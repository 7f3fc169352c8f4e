/* SPDX-License-Identifier: Apache-2.0 */
#include "base/map.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

/* Slots of the first allocation. */
enum { MAP_FIRST_CAPACITY = 16 };

static void map_assert(const struct map *map)
{
    ENSURE((map->capacity & (map->capacity - 1)) == 0);
    ENSURE(map->count <= map->count_max);
    ENSURE(map->count <= map->capacity - map->capacity / 4);
}

void map_init_growing(struct map *map, size_t count_max)
{
    *map = (struct map){.count_max = count_max, .growing = true};
    map_assert(map);
}

void map_init_fixed(struct map *map, struct map_slot *slots, size_t capacity)
{
    ENSURE(capacity >= 4);
    *map = (struct map){
        .slots = slots,
        .capacity = capacity,
        .count_max = capacity - capacity / 4,
    };
    map_reset(map);
    map_assert(map);
}

void map_fini(struct map *map)
{
    if (map->growing) {
        free(map->slots);
    }
    *map = (struct map){.slots = NULL};
}

void map_reset(struct map *map)
{
    if (map->capacity > 0) {
        memset(map->slots, 0, map->capacity * sizeof(map->slots[0]));
    }
    map->count = 0;
}

/* Where the probe for a hash begins.  The multiplication spreads hashes that differ in few bits. */
static size_t map_home(const struct map *map, uint64_t hash)
{
    return (size_t)((hash * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (map->capacity - 1);
}

static size_t map_after(const struct map *map, size_t at)
{
    return (at + 1) & (map->capacity - 1);
}

bool map_find(const struct map *map, uint64_t hash, map_equal *equal, const void *context,
              uint32_t *row)
{
    if (map->count == 0) {
        return false;
    }
    for (size_t at = map_home(map, hash); map->slots[at].used; at = map_after(map, at)) {
        const struct map_slot *slot = &map->slots[at];
        if (slot->hash == hash && (equal == NULL || equal(context, slot->row))) {
            *row = slot->row;
            return true;
        }
    }
    return false;
}

/* Put an entry in the first free slot of its probe: there is one. */
static void map_place(struct map *map, uint64_t hash, uint32_t row)
{
    size_t at = map_home(map, hash);

    while (map->slots[at].used) {
        at = map_after(map, at);
    }
    map->slots[at] = (struct map_slot){.hash = hash, .row = row, .used = 1};
}

/* Have so many slots. */
static bool map_resize(struct map *map, size_t capacity)
{
    struct map grown = *map;

    grown.capacity = capacity;
    grown.slots = calloc(grown.capacity, sizeof(grown.slots[0]));
    if (grown.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < map->capacity; i++) {
        if (map->slots[i].used) {
            map_place(&grown, map->slots[i].hash, map->slots[i].row);
        }
    }
    free(map->slots);
    *map = grown;
    return true;
}

static bool map_grow(struct map *map)
{
    size_t capacity = map->capacity == 0 ? MAP_FIRST_CAPACITY : map->capacity * 2;

    return capacity > map->capacity && map_resize(map, capacity);
}

bool map_reserve(struct map *map, size_t count)
{
    size_t capacity = map->capacity == 0 ? MAP_FIRST_CAPACITY : map->capacity;

    map_assert(map);
    ENSURE(map->growing);
    if (count > map->count_max) {
        return false;
    }
    while (capacity - capacity / 4 < count) {
        capacity *= 2;
    }
    return capacity == map->capacity || map_resize(map, capacity);
}

enum status map_insert(struct map *map, uint64_t hash, uint32_t row)
{
    map_assert(map);
    if (map->count == map->count_max) {
        return STATUS_FULL;
    }
    if (map->count >= map->capacity - map->capacity / 4 && !(map->growing && map_grow(map))) {
        return STATUS_FULL;
    }
    map_place(map, hash, row);
    map->count++;
    map_assert(map);
    return STATUS_OK;
}

/* The slot of the entry (hash, row), or capacity if there is none. */
static size_t map_locate(const struct map *map, uint64_t hash, uint32_t row)
{
    if (map->count == 0) {
        return map->capacity;
    }
    for (size_t at = map_home(map, hash); map->slots[at].used; at = map_after(map, at)) {
        if (map->slots[at].hash == hash && map->slots[at].row == row) {
            return at;
        }
    }
    return map->capacity;
}

bool map_move(struct map *map, uint64_t hash, uint32_t row, uint32_t row_new)
{
    size_t at = map_locate(map, hash, row);

    if (at == map->capacity) {
        return false;
    }
    map->slots[at].row = row_new;
    return true;
}

bool map_remove(struct map *map, uint64_t hash, uint32_t row)
{
    size_t hole = map_locate(map, hash, row);

    if (hole == map->capacity) {
        return false;
    }

    /*
     * Close the hole: an entry further along its probe moves into it, unless
     * its home lies behind the hole (cyclically), where it would not be found.
     */
    for (size_t at = map_after(map, hole); map->slots[at].used; at = map_after(map, at)) {
        size_t home = map_home(map, map->slots[at].hash);
        size_t mask = map->capacity - 1;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            map->slots[hole] = map->slots[at];
            hole = at;
        }
    }
    map->slots[hole] = (struct map_slot){.used = 0};
    map->count--;
    map_assert(map);
    return true;
}

bool map_next(const struct map *map, size_t *position, uint32_t *row)
{
    while (*position < map->capacity) {
        const struct map_slot *slot = &map->slots[(*position)++];
        if (slot->used) {
            *row = slot->row;
            return true;
        }
    }
    return false;
}
