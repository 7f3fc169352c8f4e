/* SPDX-License-Identifier: Apache-2.0 */
#include "model/text.h"
#include "model/model_limits.h"
#include "model/rows.h"

#include "base/ensure.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

struct text_lookup {
    const struct texts *texts;
    struct slice text;
};

static bool text_is(const void *context, uint32_t row)
{
    const struct text_lookup *lookup = context;
    return slice_equal(text_get(lookup->texts, row), lookup->text);
}

static bool text_add(struct texts *texts, struct slice text, uint32_t *number)
{
    void *rows = texts->rows;
    if (!rows_reserve(&rows, &texts->capacity, (uint64_t)texts->count + 1, TEXT_COUNT_MAX,
                      sizeof(texts->rows[0]))) {
        return false;
    }
    texts->rows = rows;
    unsigned char *copy = malloc(text.size + 1);
    if (copy == NULL) {
        return false;
    }
    if (text.size > 0) {
        memcpy(copy, text.base, text.size);
    }
    if (map_insert(&texts->map, hash_bulk64(&texts->bulk, text), texts->count) != STATUS_OK) {
        free(copy);
        return false;
    }
    texts->rows[texts->count] = (struct text_row){copy, text.size};
    *number = texts->count++;
    return true;
}

bool text_append(struct texts *texts, struct slice text)
{
    uint32_t number;
    return text_add(texts, text, &number);
}

bool text_init(struct texts *texts, const struct hash_key *key)
{
    *texts = (struct texts){.count = 0};
    hash_bulk_init(&texts->bulk, key);
    map_init_growing(&texts->map, TEXT_COUNT_MAX);
    uint32_t number;
    if (text_add(texts, SLICE_EMPTY, &number) && text_add(texts, SLICE("(other)"), &number)) {
        return true;
    }
    text_fini(texts);
    return false;
}

void text_fini(struct texts *texts)
{
    for (uint32_t i = 0; i < texts->count; i++) {
        free(texts->rows[i].memory);
    }
    free(texts->rows);
    map_fini(&texts->map);
}

uint32_t text_find(const struct texts *texts, struct slice text)
{
    struct text_lookup lookup = {texts, utf8_truncate(text, TEXT_SIZE_MAX)};
    uint32_t number;
    if (map_find(&texts->map, hash_bulk64(&texts->bulk, lookup.text), text_is, &lookup, &number)) {
        return number;
    }
    return TEXT_EMPTY;
}

uint32_t text_intern(struct texts *texts, struct slice text)
{
    if (text.size == 0) {
        return TEXT_EMPTY;
    }
    uint32_t number = text_find(texts, text);
    if (number != TEXT_EMPTY) {
        return number;
    }
    if (text_add(texts, utf8_truncate(text, TEXT_SIZE_MAX), &number)) {
        return number;
    }
    return TEXT_OTHER;
}

struct slice text_get(const struct texts *texts, uint32_t number)
{
    ENSURE(number < texts->count);
    return slice_of(texts->rows[number].memory, texts->rows[number].size);
}
