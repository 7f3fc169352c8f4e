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

/* Slots for so many, of which a quarter stays free. */
static size_t capacity_for(size_t count)
{
    size_t capacity = count + count / 3 + 4;
    return capacity > CAPACITY_MIN ? capacity : CAPACITY_MIN;
}

/* Where a fingerprint is looked for first: its part of the whole range is the same of the slots. */
static size_t place_of(const struct repeats_set *set, uint64_t fingerprint)
{
    return (size_t)((unsigned __int128)fingerprint * set->capacity >> 64);
}

/* The slot that holds a fingerprint, or the free one where it would go. */
static uint64_t *slot_of(const struct repeats_set *set, uint64_t fingerprint)
{
    size_t at = place_of(set, fingerprint);
    while (set->slots[at] != 0 && set->slots[at] != fingerprint) {
        at = at + 1 < set->capacity ? at + 1 : 0;
    }
    return &set->slots[at];
}

static bool set_holds(const struct repeats_set *set, uint64_t fingerprint)
{
    return set->capacity > 0 && *slot_of(set, fingerprint) == fingerprint;
}

/* Room for one more, of count_max: at most three of four slots are taken. */
static bool set_reserve(struct repeats_set *set, size_t count_max)
{
    if (set->count < set->capacity - set->capacity / 4) {
        return true;
    }
    size_t most = capacity_for(count_max);
    size_t capacity = set->capacity > 0 ? set->capacity * 2 : CAPACITY_MIN;
    struct repeats_set grown = {.capacity = capacity < most ? capacity : most};
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
    if (set_reserve(&repeats->young, repeats->count_max)) {
        *slot_of(&repeats->young, fingerprint) = fingerprint;
        repeats->young.count++;
    }
    return fresh;
}

static void set_expect(const struct repeats_set *set, uint64_t fingerprint)
{
    if (set->capacity > 0) {
        __builtin_prefetch(&set->slots[place_of(set, fingerprint)]);
    }
}

void repeats_expect(const struct repeats *repeats, uint64_t fingerprint)
{
    set_expect(&repeats->young, fingerprint);
    set_expect(&repeats->old, fingerprint);
}

bool repeats_reserve(struct repeats_set *set, size_t count)
{
    size_t capacity = capacity_for(count);
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
