/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/idset.h"

#include <stdlib.h>
#include <string.h>

#define IDSET_SLOTS_FIRST 1024

/* Free when its row is IDSET_NONE. */
struct idset_slot {
    uint32_t hash, row;
};

static bool make_slots(struct idset *set, uint32_t count)
{
    struct idset_slot *slots = malloc(count * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0xff, count * sizeof(*slots));
    for (uint32_t i = 0; set->slots != NULL && i <= set->mask; i++) {
        struct idset_slot slot = set->slots[i];
        uint32_t at = slot.hash & (count - 1);
        if (slot.row == IDSET_NONE) {
            continue;
        }
        while (slots[at].row != IDSET_NONE) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = slot;
    }
    free(set->slots);
    set->slots = slots;
    set->mask = count - 1;
    return true;
}

bool idset_init(struct idset *set, const struct hash_key *key, uint32_t count_max)
{
    *set = (struct idset){.count_max = count_max};
    hash_bulk_init(&set->bulk, key);
    return make_slots(set, IDSET_SLOTS_FIRST);
}

void idset_fini(struct idset *set)
{
    free(set->ids);
    free(set->slots);
    *set = (struct idset){.count = 0};
}

void idset_reset(struct idset *set)
{
    memset(set->slots, 0xff, ((size_t)set->mask + 1) * sizeof(*set->slots));
    set->count = 0;
}

static bool reserve(struct idset *set)
{
    if (set->count == set->count_max) {
        return false;
    }
    if (set->count == set->capacity) {
        uint32_t capacity = set->capacity == 0 ? 512 : set->capacity * 2;
        struct id16 *ids = realloc(set->ids, capacity * sizeof(*ids));
        if (ids == NULL) {
            return false;
        }
        set->ids = ids;
        set->capacity = capacity;
    }
    return set->count < set->mask / 2 || make_slots(set, (set->mask + 1) * 2);
}

static uint32_t *guess_of(struct idset *set, const struct id16 *id)
{
    uint64_t words[2];
    memcpy(words, id->bytes, sizeof(words));
    return &set->guesses[((words[0] ^ words[1]) * UINT64_C(0x9e3779b97f4a7c15)) >> 56];
}

uint32_t idset_add(struct idset *set, const struct id16 *id)
{
    uint32_t *guess = guess_of(set, id);
    if (*guess < set->count && memcmp(&set->ids[*guess], id, sizeof(*id)) == 0) {
        return *guess;
    }
    uint32_t hash = (uint32_t)hash_bulk64(&set->bulk, slice_of(id->bytes, sizeof(id->bytes)));
    uint32_t at = hash & set->mask;
    for (; set->slots[at].row != IDSET_NONE; at = (at + 1) & set->mask) {
        struct idset_slot slot = set->slots[at];
        if (slot.hash == hash && memcmp(&set->ids[slot.row], id, sizeof(*id)) == 0) {
            *guess = slot.row;
            return slot.row;
        }
    }
    if (!reserve(set)) {
        return IDSET_NONE;
    }
    for (at = hash & set->mask; set->slots[at].row != IDSET_NONE;) {
        at = (at + 1) & set->mask;
    }
    set->slots[at] = (struct idset_slot){hash, set->count};
    set->ids[set->count] = *id;
    *guess = set->count;
    return set->count++;
}

size_t idset_memory(const struct idset *set)
{
    return set->count * sizeof(struct id16) + ((size_t)set->mask + 1) * sizeof(struct idset_slot);
}
