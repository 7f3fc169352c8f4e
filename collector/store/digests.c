/* SPDX-License-Identifier: Apache-2.0 */
#include "store/digests.h"

#include "store/store_limits.h"

#include <stdlib.h>
#include <string.h>

struct digests_item {
    struct digests_place place;
    struct block_info
        infos[DIGESTS_SIGNALS]; /* Their filters are owned; empty where there is none. */
};

enum status digests_init(struct digests *digests)
{
    *digests = (struct digests){.items = NULL};
    return pthread_mutex_init(&digests->mutex, NULL) == 0 ? STATUS_OK : STATUS_FULL;
}

/* Free the filters of an item; the mutex is held. */
static void item_clear(struct digests *digests, struct digests_item *item)
{
    for (unsigned i = 0; i < DIGESTS_SIGNALS; i++) {
        digests->size -= item->infos[i].filter.size;
        free((void *)(uintptr_t)item->infos[i].filter.base);
        item->infos[i].filter = SLICE_EMPTY;
    }
}

void digests_fini(struct digests *digests)
{
    for (size_t i = 0; i < digests->count; i++) {
        item_clear(digests, &digests->items[i]);
    }
    free(digests->items);
    (void)pthread_mutex_destroy(&digests->mutex);
}

/* The first item that is not before a place; the mutex is held. */
static size_t digests_at(const struct digests *digests, uint32_t segment, uint32_t offset)
{
    size_t low = 0;
    size_t high = digests->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct digests_place *place = &digests->items[middle].place;
        bool before =
            place->segment < segment || (place->segment == segment && place->offset < offset);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/* The item of a stretch that begins there, or NULL; the mutex is held. */
static struct digests_item *digests_item(const struct digests *digests, struct digests_place place)
{
    size_t at = digests_at(digests, place.segment, place.offset);
    struct digests_item *item = at < digests->count ? &digests->items[at] : NULL;
    return item != NULL && item->place.segment == place.segment &&
                   item->place.offset == place.offset
               ? item
               : NULL;
}

static bool copy_filters(struct arena *arena, struct block_info infos[DIGESTS_SIGNALS])
{
    for (unsigned i = 0; i < DIGESTS_SIGNALS; i++) {
        struct slice copy = arena_dup(arena, infos[i].filter);
        if (copy.size != infos[i].filter.size) {
            return false;
        }
        infos[i].filter = copy;
    }
    return true;
}

bool digests_find(struct digests *digests, struct digests_place place, struct arena *arena,
                  struct block_info infos[DIGESTS_SIGNALS])
{
    (void)pthread_mutex_lock(&digests->mutex);
    const struct digests_item *item = digests_item(digests, place);
    bool found = item != NULL && item->place.end == place.end;
    if (found) {
        memcpy(infos, item->infos, sizeof(item->infos));
        found = copy_filters(arena, infos);
    }
    (void)pthread_mutex_unlock(&digests->mutex);
    return found;
}

/* A filter in memory of its own; empty without memory or without a filter. */
static struct slice make_filter(const struct digest *digest)
{
    size_t size = digest->info.rows > 0 ? digest_filter_size(digest) : 0;
    unsigned char *filter = size > 0 ? calloc(1, size) : NULL;
    if (filter == NULL) {
        return SLICE_EMPTY;
    }
    digest_filter(digest, filter);
    return slice_of(filter, size);
}

/* A new item at its place, or NULL without memory; the mutex is held. */
static struct digests_item *digests_insert(struct digests *digests, struct digests_place place)
{
    if (digests->count == digests->capacity) {
        size_t capacity = digests->capacity == 0 ? 64 : 2 * digests->capacity;
        struct digests_item *items = realloc(digests->items, capacity * sizeof(items[0]));
        if (items == NULL) {
            return NULL;
        }
        digests->items = items;
        digests->capacity = capacity;
    }
    size_t at = digests_at(digests, place.segment, place.offset);
    struct digests_item *item = &digests->items[at];
    memmove(item + 1, item, (digests->count - at) * sizeof(*item));
    *item = (struct digests_item){.place = place};
    digests->count++;
    return item;
}

void digests_put(struct digests *digests, struct digests_place place,
                 const struct digest parts[DIGESTS_SIGNALS])
{
    struct slice filters[DIGESTS_SIGNALS];
    size_t size = 0;
    for (unsigned i = 0; i < DIGESTS_SIGNALS; i++) {
        filters[i] = make_filter(&parts[i]);
        size += filters[i].size;
    }
    (void)pthread_mutex_lock(&digests->mutex);
    struct digests_item *item = digests_item(digests, place);
    if (item == NULL && digests->size < STORE_DIGESTS_SIZE_MAX) {
        item = digests_insert(digests, place);
    } else if (item != NULL) {
        item_clear(digests, item);
    }
    for (unsigned i = 0; i < DIGESTS_SIGNALS; i++) {
        if (item != NULL) {
            item->place = place;
            item->infos[i] = parts[i].info;
            item->infos[i].filter = filters[i];
        } else {
            free((void *)(uintptr_t)filters[i].base);
        }
    }
    digests->size += item != NULL ? size : 0;
    (void)pthread_mutex_unlock(&digests->mutex);
}

void digests_forget(struct digests *digests, uint32_t segment)
{
    (void)pthread_mutex_lock(&digests->mutex);
    size_t first = digests_at(digests, segment, 0);
    size_t behind = first;
    while (behind < digests->count && digests->items[behind].place.segment == segment) {
        item_clear(digests, &digests->items[behind++]);
    }
    if (behind > first) {
        memmove(digests->items + first, digests->items + behind,
                (digests->count - behind) * sizeof(digests->items[0]));
        digests->count -= behind - first;
    }
    (void)pthread_mutex_unlock(&digests->mutex);
}
