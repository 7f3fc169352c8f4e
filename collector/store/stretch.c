/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stretch.h"

#include "base/ensure.h"
#include "store/store_limits.h"

#include <stdlib.h>
#include <string.h>

enum status stretches_init(struct stretches *stretches)
{
    *stretches = (struct stretches){.items = NULL};
    return pthread_mutex_init(&stretches->mutex, NULL) == 0 ? STATUS_OK : STATUS_FULL;
}

void stretches_fini(struct stretches *stretches)
{
    free(stretches->items);
    (void)pthread_mutex_destroy(&stretches->mutex);
}

/* The first one that is not before a place; the mutex is held. */
static size_t stretches_find(const struct stretches *stretches, uint32_t segment, uint32_t offset)
{
    size_t low = 0;
    size_t high = stretches->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct stretch *item = &stretches->items[middle];
        bool before =
            item->segment < segment || (item->segment == segment && item->offset < offset);
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

static bool stretches_grow(struct stretches *stretches)
{
    if (stretches->count < stretches->capacity) {
        return true;
    }
    size_t capacity = stretches->capacity == 0 ? 64 : 2 * stretches->capacity;
    struct stretch *items = realloc(stretches->items, capacity * sizeof(items[0]));
    if (items == NULL) {
        return false;
    }
    stretches->items = items;
    stretches->capacity = capacity;
    return true;
}

/* Make one longer by what lies right behind it, if both are small. */
static bool stretch_extend(struct stretch *stretch, const struct stretch *more)
{
    if (stretch->end != more->offset || more->end - stretch->offset > STORE_STRETCH_SIZE ||
        more->records > STORE_STRETCH_RECORDS ||
        stretch->records > STORE_STRETCH_RECORDS - more->records) {
        return false;
    }
    stretch->end = more->end;
    stretch->records += more->records;
    if (more->moments.first_ns <= more->moments.last_ns) {
        moments_add(&stretch->moments, more->moments.first_ns);
        moments_add(&stretch->moments, more->moments.last_ns);
    }
    return true;
}

/* The mutex is held. */
static void stretches_put(struct stretches *stretches, const struct stretch *stretch)
{
    size_t at = stretches_find(stretches, stretch->segment, stretch->offset);
    struct stretch *before = at > 0 && stretches->items[at - 1].segment == stretch->segment
                                 ? &stretches->items[at - 1]
                                 : NULL;
    bool meets = (before != NULL && before->end > stretch->offset) ||
                 (at < stretches->count && stretches->items[at].segment == stretch->segment &&
                  stretches->items[at].offset < stretch->end);
    if (meets || (before != NULL && stretch_extend(before, stretch)) ||
        !stretches_grow(stretches)) {
        return;
    }
    struct stretch *place = &stretches->items[at];
    memmove(place + 1, place, (stretches->count - at) * sizeof(*place));
    *place = *stretch;
    stretches->count++;
}

void stretches_add(struct stretches *stretches, const struct stretch *stretch)
{
    ENSURE(stretch->offset < stretch->end);
    (void)pthread_mutex_lock(&stretches->mutex);
    stretches_put(stretches, stretch);
    (void)pthread_mutex_unlock(&stretches->mutex);
}

enum status stretches_copy(struct stretches *stretches, uint32_t segment, struct stretch **copy,
                           size_t *count)
{
    (void)pthread_mutex_lock(&stretches->mutex);
    size_t first = stretches_find(stretches, segment, 0);
    size_t behind = stretches_find(stretches, segment + 1, 0);
    *count = behind - first;
    *copy = malloc((*count + 1) * sizeof(**copy));
    if (*copy != NULL && *count > 0) {
        memcpy(*copy, stretches->items + first, *count * sizeof(**copy));
    }
    (void)pthread_mutex_unlock(&stretches->mutex);
    return *copy != NULL ? STATUS_OK : STATUS_FULL;
}

void stretches_forget(struct stretches *stretches, uint32_t segment)
{
    (void)pthread_mutex_lock(&stretches->mutex);
    size_t first = stretches_find(stretches, segment, 0);
    size_t behind = stretches_find(stretches, segment + 1, 0);
    if (behind > first) {
        memmove(stretches->items + first, stretches->items + behind,
                (stretches->count - behind) * sizeof(stretches->items[0]));
        stretches->count -= behind - first;
    }
    (void)pthread_mutex_unlock(&stretches->mutex);
}
