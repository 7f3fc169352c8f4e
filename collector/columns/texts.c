/* SPDX-License-Identifier: Apache-2.0 */
#include "columns/texts.h"

#include "base/ensure.h"
#include "columns/alike.h"

#include <stdlib.h>
#include <string.h>

/* Slots of the table to begin with, and of the cache: texts that come again and again are found
 * there without hashing them whole. */
#define TEXTS_SLOTS_FIRST 1024
#define TEXTS_CACHE_COUNT 4096

struct texts_row {
    uint32_t offset, size;
};

/* A slot is free when its row is TEXTS_NONE. */
struct texts_slot {
    uint32_t hash, row;
};

/*
 * Invariants: half of the slots are free; slots are a power of two; rows lie one behind the other.
 */
struct texts {
    struct hash_bulk bulk;
    unsigned char *bytes;
    uint64_t size, capacity, size_max;
    struct texts_row *rows;
    uint32_t count, row_capacity, count_max;
    struct texts_slot *slots;
    uint32_t mask;
    uint32_t cache[TEXTS_CACHE_COUNT];
};

static bool make_slots(struct texts *texts, uint32_t count)
{
    struct texts_slot *slots = malloc(count * sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    memset(slots, 0xff, count * sizeof(*slots));
    for (uint32_t i = 0; texts->slots != NULL && i <= texts->mask; i++) {
        struct texts_slot slot = texts->slots[i];
        uint32_t at = slot.hash & (count - 1);
        if (slot.row == TEXTS_NONE) {
            continue;
        }
        while (slots[at].row != TEXTS_NONE) {
            at = (at + 1) & (count - 1);
        }
        slots[at] = slot;
    }
    free(texts->slots);
    texts->slots = slots;
    texts->mask = count - 1;
    return true;
}

struct texts *texts_create(const struct hash_key *key, uint32_t count_max, uint64_t size_max)
{
    ENSURE(count_max < TEXTS_NONE / 4 && size_max <= UINT32_MAX);
    struct texts *texts = calloc(1, sizeof(*texts));
    if (texts == NULL || !make_slots(texts, TEXTS_SLOTS_FIRST)) {
        free(texts);
        return NULL;
    }
    hash_bulk_init(&texts->bulk, key);
    texts->count_max = count_max;
    texts->size_max = size_max;
    memset(texts->cache, 0xff, sizeof(texts->cache));
    return texts;
}

void texts_free(struct texts *texts)
{
    if (texts != NULL) {
        free(texts->bytes);
        free(texts->rows);
        free(texts->slots);
        free(texts);
    }
}

/* The slot of the cache for a text: of its ends and size.  No defence, only a guess. */
static inline uint32_t *cached(struct texts *texts, struct slice text)
{
    uint64_t front = 0;
    uint64_t back = 0;
    if (text.size >= sizeof(front)) {
        memcpy(&front, text.base, sizeof(front));
        memcpy(&back, text.base + text.size - sizeof(back), sizeof(back));
    } else {
        for (size_t i = 0; i < text.size; i++) {
            front = front << 8 | text.base[i];
        }
    }
    uint64_t mixed = (front ^ (back << 23 | back >> 41) ^ text.size) * UINT64_C(0x9e3779b97f4a7c15);
    return &texts->cache[mixed >> 52];
}

static bool reserve(struct texts *texts, size_t size)
{
    if (texts->count == texts->count_max || size > texts->size_max - texts->size) {
        return false;
    }
    if (texts->count == texts->row_capacity) {
        uint32_t capacity = texts->row_capacity == 0 ? 1024 : texts->row_capacity * 2;
        struct texts_row *rows = realloc(texts->rows, capacity * sizeof(*rows));
        if (rows == NULL) {
            return false;
        }
        texts->rows = rows;
        texts->row_capacity = capacity;
    }
    if (size > texts->capacity - texts->size) {
        uint64_t capacity = texts->capacity == 0 ? 65536 : texts->capacity * 2;
        capacity = capacity - texts->size < size ? texts->size + size : capacity;
        unsigned char *bytes = realloc(texts->bytes, capacity);
        if (bytes == NULL) {
            return false;
        }
        texts->bytes = bytes;
        texts->capacity = capacity;
    }
    return texts->count < texts->mask / 2 || make_slots(texts, (texts->mask + 1) * 2);
}

uint32_t texts_add(struct texts *texts, struct slice text)
{
    uint32_t *guess = cached(texts, text);
    if (*guess != TEXTS_NONE && texts_is(texts, *guess, text)) {
        return *guess;
    }
    uint32_t hash = (uint32_t)hash_bulk64(&texts->bulk, text);
    uint32_t at = hash & texts->mask;
    for (; texts->slots[at].row != TEXTS_NONE; at = (at + 1) & texts->mask) {
        if (texts->slots[at].hash == hash && texts_is(texts, texts->slots[at].row, text)) {
            *guess = texts->slots[at].row;
            return *guess;
        }
    }
    uint32_t mask = texts->mask;
    if (!reserve(texts, text.size)) {
        return TEXTS_NONE;
    }
    for (at = texts->mask == mask ? at : hash & texts->mask; texts->slots[at].row != TEXTS_NONE;) {
        at = (at + 1) & texts->mask;
    }
    if (text.size > 0) {
        memcpy(texts->bytes + texts->size, text.base, text.size);
    }
    texts->rows[texts->count] = (struct texts_row){(uint32_t)texts->size, (uint32_t)text.size};
    texts->size += text.size;
    texts->slots[at] = (struct texts_slot){hash, texts->count};
    *guess = texts->count;
    return texts->count++;
}

struct slice texts_get(const struct texts *texts, uint32_t number)
{
    ENSURE(number < texts->count);
    struct texts_row row = texts->rows[number];
    return row.size == 0 ? SLICE_EMPTY : slice_of(texts->bytes + row.offset, row.size);
}

bool texts_is(const struct texts *texts, uint32_t number, struct slice text)
{
    struct texts_row row = texts->rows[number];
    return row.size == text.size &&
           (row.size == 0 || alike(texts->bytes + row.offset, text.base, row.size));
}

uint32_t texts_count(const struct texts *texts)
{
    return texts->count;
}

uint64_t texts_size(const struct texts *texts)
{
    return texts->size;
}

size_t texts_memory(const struct texts *texts)
{
    return sizeof(*texts) + texts->size + texts->count * sizeof(struct texts_row) +
           ((size_t)texts->mask + 1) * sizeof(struct texts_slot);
}
