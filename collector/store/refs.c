/* SPDX-License-Identifier: Apache-2.0 */
#include "store/refs.h"

#include <stdlib.h>

void refs_fini(struct refs *refs)
{
    free(refs->items);
    *refs = (struct refs){.items = NULL};
}

void refs_add(struct refs *refs, struct frame_ref ref)
{
    if (refs->count == refs->capacity) {
        size_t capacity = refs->capacity == 0 ? 64 : 2 * refs->capacity;
        struct frame_ref *items = realloc(refs->items, capacity * sizeof(items[0]));
        if (items == NULL) {
            refs->failed = true;
            return;
        }
        refs->items = items;
        refs->capacity = capacity;
    }
    refs->items[refs->count++] = ref;
}

static int refs_compare(const void *one, const void *other)
{
    const struct frame_ref *a = one;
    const struct frame_ref *b = other;
    if (a->segment != b->segment) {
        return a->segment < b->segment ? -1 : 1;
    }
    return (a->offset > b->offset) - (a->offset < b->offset);
}

void refs_settle(struct refs *refs)
{
    size_t kept = 0;
    if (refs->count > 0) {
        qsort(refs->items, refs->count, sizeof(refs->items[0]), refs_compare);
    }
    for (size_t i = 0; i < refs->count; i++) {
        if (kept == 0 || refs_compare(&refs->items[kept - 1], &refs->items[i]) != 0) {
            refs->items[kept++] = refs->items[i];
        }
    }
    refs->count = kept;
}
