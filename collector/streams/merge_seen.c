/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_seen.h"

#include "streams/merge_limits.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 1024 };

static void generation_fini(struct merge_seen_generation *generation)
{
    free(generation->keys);
    free(generation->values);
    *generation = (struct merge_seen_generation){.keys = NULL};
}

static bool generation_init(struct merge_seen_generation *generation, size_t slots)
{
    *generation = (struct merge_seen_generation){
        .keys = calloc(slots, sizeof(uint64_t)),
        .values = calloc(slots, sizeof(uint8_t)),
        .slots = slots,
    };
    if (generation->keys == NULL || generation->values == NULL) {
        generation_fini(generation);
        return false;
    }
    return true;
}

/* Keys are hashes already; 0 stands for a free slot. */
static uint64_t whole(uint64_t key)
{
    return key == 0 ? 1 : key;
}

/* The slot of a key, or the one where it belongs: free, or, after too many, the last one tried. */
static size_t slot_of(const struct merge_seen_generation *generation, uint64_t key)
{
    size_t at = (size_t)key & (generation->slots - 1);
    for (unsigned probes = 1; probes < MERGE_SEEN_PROBES_MAX; probes++) {
        if (generation->keys[at] == key || generation->keys[at] == 0) {
            return at;
        }
        at = (at + 1) & (generation->slots - 1);
    }
    return at;
}

static bool generation_find(const struct merge_seen_generation *generation, uint64_t key,
                            uint8_t *value)
{
    if (generation->slots == 0) {
        return false;
    }
    size_t at = slot_of(generation, key);
    if (generation->keys[at] != key) {
        return false;
    }
    *value = generation->values[at];
    return true;
}

static void generation_put(struct merge_seen_generation *generation, uint64_t key, uint8_t value)
{
    size_t at = slot_of(generation, key);
    if (generation->keys[at] == 0) {
        generation->count++;
    }
    generation->keys[at] = key;
    generation->values[at] = value;
}

void merge_seen_init(struct merge_seen *seen, size_t slots_max)
{
    *seen = (struct merge_seen){.slots_max = slots_max};
}

void merge_seen_fini(struct merge_seen *seen)
{
    merge_seen_reset(seen);
}

void merge_seen_reset(struct merge_seen *seen)
{
    generation_fini(&seen->young);
    generation_fini(&seen->old);
}

static void generation_prefetch(const struct merge_seen_generation *generation, uint64_t key)
{
    if (generation->slots > 0) {
        __builtin_prefetch(&generation->keys[(size_t)key & (generation->slots - 1)]);
    }
}

void merge_seen_prefetch(const struct merge_seen *seen, uint64_t key)
{
    generation_prefetch(&seen->young, whole(key));
    generation_prefetch(&seen->old, whole(key));
}

bool merge_seen_find(const struct merge_seen *seen, uint64_t key, uint8_t *value)
{
    key = whole(key);
    return generation_find(&seen->young, key, value) || generation_find(&seen->old, key, value);
}

/* Twice the slots, up to the limit; false when it stays as it is. */
static bool grow(struct merge_seen *seen)
{
    struct merge_seen_generation larger;
    size_t slots = seen->young.slots == 0 ? SLOTS_FIRST : seen->young.slots * 2;
    if (slots > seen->slots_max || !generation_init(&larger, slots)) {
        return false;
    }
    for (size_t i = 0; i < seen->young.slots; i++) {
        if (seen->young.keys[i] != 0) {
            generation_put(&larger, seen->young.keys[i], seen->young.values[i]);
        }
    }
    generation_fini(&seen->young);
    seen->young = larger;
    return true;
}

void merge_seen_add(struct merge_seen *seen, uint64_t key, uint8_t value)
{
    struct merge_seen_generation *young = &seen->young;
    if (young->count >= young->slots - young->slots / 4 && !grow(seen)) {
        generation_fini(&seen->old);
        seen->old = *young;
        if (!generation_init(young, seen->slots_max)) {
            return;
        }
    }
    generation_put(young, whole(key), value);
}
