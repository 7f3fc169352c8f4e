/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_numbers.h"

#include "streams/merge_limits.h"

#include "base/hash.h"

#include <stdbool.h>
#include <stdlib.h>

enum { SLOTS_FIRST = 1024 };

void merge_numbers_forget(struct merge_numbers *numbers)
{
    free(numbers->slots);
    numbers->slots = NULL;
    numbers->slot_count = 0;
    numbers->count = 0;
}

void merge_numbers_fini(struct merge_numbers *numbers)
{
    merge_numbers_forget(numbers);
}

/* The slot of a hash, or the free one where it belongs: one in four at least is free. */
static struct merge_number *slot_of(struct merge_number *slots, uint32_t count, uint64_t hash)
{
    uint32_t at = (uint32_t)hash_u64(hash) & (count - 1);
    while (slots[at].number != 0 && slots[at].hash != hash) {
        at = (at + 1) & (count - 1);
    }
    return &slots[at];
}

uint32_t merge_numbers_find(const struct merge_numbers *numbers, uint64_t hash)
{
    return numbers->slot_count == 0 ? 0
                                    : slot_of(numbers->slots, numbers->slot_count, hash)->number;
}

/* Room for one more. */
static bool make_room(struct merge_numbers *numbers)
{
    if (numbers->count < numbers->slot_count / 4 * 3) {
        return true;
    }
    uint32_t count = numbers->slot_count == 0 ? SLOTS_FIRST : numbers->slot_count * 2;
    struct merge_number *slots =
        count <= MERGE_NUMBERS_SLOTS_MAX ? calloc(count, sizeof(slots[0])) : NULL;
    if (slots == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < numbers->slot_count; i++) {
        if (numbers->slots[i].number != 0) {
            *slot_of(slots, count, numbers->slots[i].hash) = numbers->slots[i];
        }
    }
    free(numbers->slots);
    numbers->slots = slots;
    numbers->slot_count = count;
    return true;
}

uint32_t merge_numbers_give(struct merge_numbers *numbers, uint64_t hash)
{
    uint32_t number = ++numbers->last;
    if (make_room(numbers)) {
        *slot_of(numbers->slots, numbers->slot_count, hash) =
            (struct merge_number){.hash = hash, .number = number};
        numbers->count++;
    }
    return number;
}
