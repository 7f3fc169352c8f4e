/* SPDX-License-Identifier: Apache-2.0 */
#include "store/aside.h"

#include "base/number.h"
#include "store/store_limits.h"

#include <stdio.h>
#include <stdlib.h>

/* The keys of what is set aside end with the offset. */
static void aside_add(void *context, struct slice key, struct slice value)
{
    struct aside *aside = context;
    (void)value;
    size_t slash = slice_find_last_byte(key, '/');
    uint64_t offset;
    if (slash == SLICE_NONE || number_parse_u64(slice_skip(key, slash + 1), &offset) != NUMBER_OK ||
        offset > UINT32_MAX) {
        return;
    }
    uint32_t *offsets = realloc(aside->offsets, (aside->count + 1) * sizeof(offsets[0]));
    if (offsets == NULL) {
        aside->failed = true;
        return;
    }
    aside->offsets = offsets;
    aside->offsets[aside->count++] = (uint32_t)offset;
}

enum status aside_read(struct aside *aside, const struct catalog *catalog, uint32_t segment)
{
    char prefix[STORE_PATH_SIZE];
    *aside = (struct aside){.offsets = NULL};
    (void)snprintf(prefix, sizeof(prefix), "skip/%08u/", segment);
    enum status status = catalog->each(catalog->self, slice_from(prefix), aside_add, aside);
    return status == STATUS_OK && aside->failed ? STATUS_FULL : status;
}

void aside_fini(struct aside *aside)
{
    free(aside->offsets);
    *aside = (struct aside){.offsets = NULL};
}

bool aside_has(const struct aside *aside, uint32_t offset)
{
    for (size_t i = 0; i < aside->count; i++) {
        if (aside->offsets[i] == offset) {
            return true;
        }
    }
    return false;
}
