/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/merge_window.h"

#include "streams/merge_limits.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

bool merge_window_init(struct merge_window *window)
{
    *window = (struct merge_window){
        .text = malloc(MERGE_WINDOW_SIZE),
        .items = malloc(MERGE_WINDOW_COUNT * sizeof(struct merge_item)),
        .order = malloc(MERGE_WINDOW_COUNT * sizeof(uint32_t)),
        .spare = malloc(MERGE_WINDOW_COUNT * sizeof(uint32_t)),
    };
    if (window->text == NULL || window->items == NULL || window->order == NULL ||
        window->spare == NULL) {
        merge_window_fini(window);
        return false;
    }
    return true;
}

void merge_window_fini(struct merge_window *window)
{
    free(window->text);
    free(window->items);
    free(window->order);
    free(window->spare);
    *window = (struct merge_window){.text = NULL};
}

bool merge_window_fits(const struct merge_window *window, size_t size)
{
    return window->count < MERGE_WINDOW_COUNT && size <= MERGE_WINDOW_SIZE - window->size;
}

struct merge_item *merge_window_add(struct merge_window *window, struct slice id,
                                    struct slice message)
{
    ENSURE(id.size <= MERGE_EVENT_ID_SIZE_MAX && message.size <= MERGE_MESSAGE_SIZE_MAX);
    ENSURE(merge_window_fits(window, id.size + message.size));
    struct merge_item *item = &window->items[window->count++];
    *item = (struct merge_item){
        .offset = (uint32_t)window->size,
        .size = (uint32_t)message.size,
        .id_size = (uint8_t)id.size,
    };
    if (id.size > 0) {
        memcpy(window->text + window->size, id.base, id.size);
    }
    if (message.size > 0) {
        memcpy(window->text + window->size + id.size, message.base, message.size);
    }
    window->size += id.size + message.size;
    window->new_size += id.size + message.size;
    return item;
}

void merge_window_join(struct merge_window *window, struct slice text)
{
    ENSURE(window->count > 0 && merge_window_fits(window, text.size + 1));
    struct merge_item *item = &window->items[window->count - 1];
    ENSURE((size_t)item->offset + item->id_size + item->size == window->size);
    window->text[window->size++] = '\n';
    memcpy(window->text + window->size, text.base, text.size);
    window->size += text.size;
    window->new_size += text.size + 1;
    item->size += (uint32_t)text.size + 1;
}

struct slice merge_window_id(const struct merge_window *window, const struct merge_item *item)
{
    return slice_of(window->text + item->offset, item->id_size);
}

struct slice merge_window_message(const struct merge_window *window, const struct merge_item *item)
{
    return slice_of(window->text + item->offset + item->id_size, item->size);
}

void merge_window_expect(const struct merge_window *window, uint32_t row)
{
    enum { CACHE_LINE = 64, LINES_MAX = 4 };
    const struct merge_item *item = &window->items[row];
    const unsigned char *at = window->text + item->offset + item->id_size;
    for (unsigned i = 0; i < LINES_MAX && i * CACHE_LINE < item->size; i++) {
        __builtin_prefetch(at + (size_t)i * CACHE_LINE);
    }
}

/* Merge rows[low, middle) and rows[middle, high) into target[low, high). */
static void merge_halves(const struct merge_item *items, const uint32_t *rows, uint32_t *target,
                         const size_t bounds[3])
{
    size_t one = bounds[0];
    size_t other = bounds[1];
    for (size_t at = bounds[0]; at < bounds[2]; at++) {
        bool first = other == bounds[2] ||
                     (one < bounds[1] && items[rows[one]].order_ns <= items[rows[other]].order_ns);
        target[at] = first ? rows[one++] : rows[other++];
    }
}

void merge_window_sort(struct merge_window *window, uint32_t *rows, size_t count, bool reversed)
{
    if (reversed) {
        for (size_t i = 0; i < count / 2; i++) {
            uint32_t row = rows[i];
            rows[i] = rows[count - 1 - i];
            rows[count - 1 - i] = row;
        }
    }
    uint32_t *from = rows;
    uint32_t *to = window->spare;
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t low = 0; low < count; low += 2 * width) {
            size_t middle = count - low < width ? count : low + width;
            size_t high = count - middle < width ? count : middle + width;
            merge_halves(window->items, from, to, (const size_t[3]){low, middle, high});
        }
        uint32_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != rows) {
        memcpy(rows, from, count * sizeof(rows[0]));
    }
}

void merge_window_compact(struct merge_window *window)
{
    uint32_t count = 0;
    size_t size = 0;
    for (uint32_t i = 0; i < window->count; i++) {
        struct merge_item item = window->items[i];
        if (!item.kept) {
            continue;
        }
        size_t bytes = (size_t)item.id_size + item.size;
        memmove(window->text + size, window->text + item.offset, bytes);
        item.offset = (uint32_t)size;
        item.kept = false;
        window->items[count++] = item;
        size += bytes;
    }
    window->count = count;
    window->size = size;
    window->new_size = 0;
}
