/* SPDX-License-Identifier: Apache-2.0 */
#include "store/shelf.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

enum status shelf_init(struct shelf *shelf)
{
    *shelf = (struct shelf){.segments = NULL};
    return pthread_mutex_init(&shelf->mutex, NULL) == 0 ? STATUS_OK : STATUS_FULL;
}

void shelf_fini(struct shelf *shelf)
{
    free(shelf->segments);
    (void)pthread_mutex_destroy(&shelf->mutex);
}

/* The entry of this number, or NULL; the mutex is held. */
static struct segment *shelf_find(const struct shelf *shelf, uint32_t number)
{
    size_t low = 0;
    size_t high = shelf->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (shelf->segments[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < shelf->count && shelf->segments[low].number == number ? &shelf->segments[low]
                                                                       : NULL;
}

static bool shelf_grow(struct shelf *shelf)
{
    if (shelf->count < shelf->capacity) {
        return true;
    }
    size_t capacity = shelf->capacity == 0 ? 16 : 2 * shelf->capacity;
    struct segment *segments = realloc(shelf->segments, capacity * sizeof(*segments));
    if (segments == NULL) {
        return false;
    }
    shelf->segments = segments;
    shelf->capacity = capacity;
    return true;
}

enum status shelf_set(struct shelf *shelf, const struct segment *segment)
{
    enum status status = STATUS_OK;
    (void)pthread_mutex_lock(&shelf->mutex);
    struct segment *known = shelf_find(shelf, segment->number);
    if (known != NULL) {
        *known = *segment;
    } else if (shelf_grow(shelf)) {
        ENSURE(shelf->count == 0 || shelf->segments[shelf->count - 1].number < segment->number);
        shelf->segments[shelf->count++] = *segment;
    } else {
        status = STATUS_FULL;
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    return status;
}

bool shelf_get(struct shelf *shelf, uint32_t number, struct segment *segment)
{
    (void)pthread_mutex_lock(&shelf->mutex);
    const struct segment *known = shelf_find(shelf, number);
    if (known != NULL) {
        *segment = *known;
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    return known != NULL;
}

bool shelf_oldest(struct shelf *shelf, struct segment *segment)
{
    (void)pthread_mutex_lock(&shelf->mutex);
    bool there = shelf->count > 0;
    if (there) {
        *segment = shelf->segments[0];
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    return there;
}

void shelf_drop_oldest(struct shelf *shelf)
{
    (void)pthread_mutex_lock(&shelf->mutex);
    ENSURE(shelf->count > 0);
    shelf->count--;
    memmove(shelf->segments, shelf->segments + 1, shelf->count * sizeof(*shelf->segments));
    (void)pthread_mutex_unlock(&shelf->mutex);
}

bool shelf_unsealed(struct shelf *shelf, uint32_t active, uint64_t now_ns, struct segment *segment)
{
    const struct segment *next = NULL;
    (void)pthread_mutex_lock(&shelf->mutex);
    for (size_t i = 0; i < shelf->count; i++) {
        const struct segment *one = &shelf->segments[i];
        if (one->number != active && one->sealed_size == 0 && !one->no_seal &&
            one->seal_retry_ns <= now_ns &&
            (next == NULL || one->seals_failed < next->seals_failed)) {
            next = one;
        }
    }
    if (next != NULL) {
        *segment = *next;
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    return next != NULL;
}

bool shelf_logged(struct shelf *shelf, uint64_t sealed_before_ns, struct segment *segment)
{
    bool found = false;
    (void)pthread_mutex_lock(&shelf->mutex);
    for (size_t i = 0; i < shelf->count && !found; i++) {
        const struct segment *one = &shelf->segments[i];
        found = one->sealed_size > 0 && one->end > 0 && one->sealed_ns <= sealed_before_ns;
        if (found) {
            *segment = *one;
        }
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    return found;
}

enum status shelf_copy(struct shelf *shelf, struct segment **segments, size_t *count)
{
    (void)pthread_mutex_lock(&shelf->mutex);
    *count = shelf->count;
    *segments = malloc((shelf->count + 1) * sizeof(**segments));
    if (*segments != NULL && shelf->count > 0) {
        memcpy(*segments, shelf->segments, shelf->count * sizeof(**segments));
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    return *segments != NULL ? STATUS_OK : STATUS_FULL;
}

size_t shelf_sum(struct shelf *shelf, uint64_t *bytes, uint64_t *frames)
{
    *bytes = 0;
    *frames = 0;
    (void)pthread_mutex_lock(&shelf->mutex);
    size_t count = shelf->count;
    for (size_t i = 0; i < count; i++) {
        *bytes += shelf->segments[i].end + shelf->segments[i].sealed_size;
        *frames += shelf->segments[i].frames;
    }
    (void)pthread_mutex_unlock(&shelf->mutex);
    return count;
}
