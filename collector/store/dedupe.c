/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dedupe.h"

#include "base/bytes.h"
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

/* A hash and when it arrived. */
#define DEDUPE_ENTRY_SIZE 24

bool dedupe_save(const struct dedupe *dedupe, store_sink *sink, void *context)
{
    unsigned char bytes[DEDUPE_ENTRY_SIZE * 64];
    size_t size = 4;
    bool good = true;
    bytes_put32(bytes, dedupe->count);
    for (uint32_t i = 0; good && i < dedupe->count; i++) {
        const struct dedupe_entry *entry =
            &dedupe->entries[(dedupe->first + i) & (dedupe->capacity - 1)];
        if (size > sizeof(bytes) - DEDUPE_ENTRY_SIZE) {
            good = sink(context, slice_of(bytes, size));
            size = 0;
        }
        memcpy(bytes + size, entry->hash.bytes, sizeof(entry->hash.bytes));
        bytes_put64(bytes + size + sizeof(entry->hash.bytes), entry->arrival_ns);
        size += DEDUPE_ENTRY_SIZE;
    }
    return good && sink(context, slice_of(bytes, size));
}

enum status dedupe_load(struct dedupe *dedupe, struct slice *bytes)
{
    ENSURE(dedupe->count == 0);
    if (bytes->size < 4) {
        return STATUS_BAD;
    }
    uint32_t count = bytes_get32(bytes->base);
    *bytes = slice_skip(*bytes, 4);
    if (count > bytes->size / DEDUPE_ENTRY_SIZE) {
        return STATUS_BAD;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct hash_128 hash;
        const unsigned char *at = bytes->base + (size_t)i * DEDUPE_ENTRY_SIZE;
        uint64_t arrival_ns = bytes_get64(at + sizeof(hash.bytes));
        memcpy(hash.bytes, at, sizeof(hash.bytes));
        if (!dedupe_find(dedupe, &hash, arrival_ns)) {
            (void)dedupe_add(dedupe, &hash, arrival_ns);
        }
    }
    *bytes = slice_skip(*bytes, (size_t)count * DEDUPE_ENTRY_SIZE);
    return STATUS_OK;
}
