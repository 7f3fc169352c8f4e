/* SPDX-License-Identifier: Apache-2.0 */
#include "promql/growing.h"

#include <string.h>

void *growing_push(struct growing *growing)
{
    if (growing->count == growing->capacity) {
        size_t wanted = growing->capacity == 0 ? 8 : 2 * growing->capacity;
        void *items = arena_alloc_array(growing->arena, wanted, growing->item_size);
        if (items == NULL) {
            return NULL;
        }
        if (growing->count > 0) {
            memcpy(items, growing->items, growing->count * growing->item_size);
        }
        growing->items = items;
        growing->capacity = wanted;
    }
    return (unsigned char *)growing->items + growing->item_size * growing->count++;
}
