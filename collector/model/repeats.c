/* SPDX-License-Identifier: Apache-2.0 */
#include "model/repeats.h"

#include <stdlib.h>
#include <string.h>

#define CAPACITY_MIN 1024

void repeats_init(struct repeats *repeats, size_t count_max)
{
    *repeats = (struct repeats){.count_max = count_max};
}

void repeats_fini(struct repeats *repeats)
{
    free(repeats->young.slots);
    free(repeats->old.slots);
    *repeats = (struct repeats){.count_max = repeats->count_max};
}

/* The slot that holds a fingerprint, or the free one where it would go. */
static uint64_t *slot_of(const struct repeats_set *set, uint64_t fingerprint)
{
    size_t mask = set->capacity - 1;
    size_t at = fingerprint & mask;
    while (set->slots[at] != 0 && set->slots[at] != fingerprint) {
        at = (at + 1) & mask;
    }
    return &set->slots[at];
}

static bool set_holds(const struct repeats_set *set, uint64_t fingerprint)
{
    return set->capacity > 0 && *slot_of(set, fingerprint) == fingerprint;
}

/* At most half of the slots are taken. */
static bool set_reserve(struct repeats_set *set)
{
    if (set->count < set->capacity / 2) {
        return true;
    }
    struct repeats_set grown = {.capacity = set->capacity > 0 ? set->capacity * 2 : CAPACITY_MIN};
    grown.slots = calloc(grown.capacity, sizeof(grown.slots[0]));
    if (grown.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0) {
            *slot_of(&grown, set->slots[i]) = set->slots[i];
        }
    }
    grown.count = set->count;
    free(set->slots);
    *set = grown;
    return true;
}

bool repeats_add(struct repeats *repeats, uint64_t fingerprint)
{
    fingerprint = fingerprint != 0 ? fingerprint : 1;
    if (set_holds(&repeats->young, fingerprint)) {
        return false;
    }
    bool fresh = !set_holds(&repeats->old, fingerprint);
    if (repeats->young.count >= repeats->count_max) {
        struct repeats_set empty = repeats->old;
        repeats->turns++;
        repeats->old = repeats->young;
        if (empty.capacity > 0) {
            memset(empty.slots, 0, empty.capacity * sizeof(empty.slots[0]));
        }
        empty.count = 0;
        repeats->young = empty;
    }
    if (set_reserve(&repeats->young)) {
        *slot_of(&repeats->young, fingerprint) = fingerprint;
        repeats->young.count++;
    }
    return fresh;
}

static void set_expect(const struct repeats_set *set, uint64_t fingerprint)
{
    if (set->capacity > 0) {
        __builtin_prefetch(&set->slots[fingerprint & (set->capacity - 1)]);
    }
}

void repeats_expect(const struct repeats *repeats, uint64_t fingerprint)
{
    set_expect(&repeats->young, fingerprint);
    set_expect(&repeats->old, fingerprint);
}

bool repeats_reserve(struct repeats_set *set, size_t count)
{
    size_t capacity = CAPACITY_MIN;
    while (capacity / 2 < count) {
        capacity *= 2;
    }
    if (count == 0) {
        return true;
    }
    set->slots = calloc(capacity, sizeof(set->slots[0]));
    set->capacity = set->slots != NULL ? capacity : 0;
    return set->slots != NULL;
}

bool repeats_put(struct repeats_set *set, uint64_t fingerprint)
{
    if (fingerprint == 0 || set_holds(set, fingerprint)) {
        return false;
    }
    *slot_of(set, fingerprint) = fingerprint;
    set->count++;
    return true;
}

bool repeats_holds(const struct repeats *repeats, uint64_t fingerprint)
{
    fingerprint = fingerprint != 0 ? fingerprint : 1;
    return set_holds(&repeats->young, fingerprint) || set_holds(&repeats->old, fingerprint);
}
