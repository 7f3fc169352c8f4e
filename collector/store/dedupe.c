/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dedupe.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

enum status dedupe_init(struct dedupe *dedupe, uint32_t capacity, uint64_t age_ns_max)
{
    ENSURE(capacity > 0 && (capacity & (capacity - 1)) == 0);
    *dedupe = (struct dedupe){.capacity = capacity, .age_ns_max = age_ns_max};
    dedupe->entries = calloc(capacity, sizeof(*dedupe->entries));
    if (dedupe->entries == NULL) {
        return STATUS_FULL;
    }
    map_init_growing(&dedupe->map, capacity);
    return STATUS_OK;
}

void dedupe_fini(struct dedupe *dedupe)
{
    map_fini(&dedupe->map);
    free(dedupe->entries);
    dedupe->entries = NULL;
}

/* The hash is keyed, so any half of it is as good as a hash of it. */
static uint64_t dedupe_map_hash(const struct hash_128 *hash)
{
    uint64_t half;
    memcpy(&half, hash->bytes, sizeof(half));
    return half;
}

struct dedupe_look {
    const struct dedupe *dedupe;
    const struct hash_128 *hash;
};

static bool dedupe_equal(const void *context, uint32_t row)
{
    const struct dedupe_look *look = context;
    return memcmp(look->dedupe->entries[row].hash.bytes, look->hash->bytes, 16) == 0;
}

static void dedupe_forget_row(struct dedupe *dedupe, uint32_t row)
{
    bool removed = map_remove(&dedupe->map, dedupe_map_hash(&dedupe->entries[row].hash), row);
    ENSURE(removed);
    dedupe->count--;
}

static void dedupe_forget_oldest(struct dedupe *dedupe)
{
    ENSURE(dedupe->count > 0);
    uint32_t row = dedupe->first;
    dedupe->first = (dedupe->first + 1) & (dedupe->capacity - 1);
    dedupe_forget_row(dedupe, row);
}

bool dedupe_find(struct dedupe *dedupe, const struct hash_128 *hash, uint64_t now_ns)
{
    while (dedupe->count > 0) {
        uint64_t arrival_ns = dedupe->entries[dedupe->first].arrival_ns;
        /* The wall clock may have gone back: then nothing is old. */
        if (now_ns <= arrival_ns || now_ns - arrival_ns <= dedupe->age_ns_max) {
            break;
        }
        dedupe_forget_oldest(dedupe);
    }
    struct dedupe_look look = {.dedupe = dedupe, .hash = hash};
    uint32_t row;
    return map_find(&dedupe->map, dedupe_map_hash(hash), dedupe_equal, &look, &row);
}

bool dedupe_add(struct dedupe *dedupe, const struct hash_128 *hash, uint64_t arrival_ns)
{
    if (dedupe->count == dedupe->capacity) {
        dedupe_forget_oldest(dedupe);
        dedupe->forgotten_early++;
    }
    uint32_t row = (dedupe->first + dedupe->count) & (dedupe->capacity - 1);
    if (map_insert(&dedupe->map, dedupe_map_hash(hash), row) != STATUS_OK) {
        /* A repetition of this body will be kept twice; the view still counts an agent's records
         * once. */
        dedupe->forgotten_early++;
        return false;
    }
    dedupe->entries[row] = (struct dedupe_entry){.hash = *hash, .arrival_ns = arrival_ns};
    dedupe->count++;
    return true;
}

void dedupe_take_back(struct dedupe *dedupe, uint32_t count)
{
    for (; count > 0 && dedupe->count > 0; count--) {
        uint32_t row = (dedupe->first + dedupe->count - 1) & (dedupe->capacity - 1);
        dedupe_forget_row(dedupe, row);
    }
}
