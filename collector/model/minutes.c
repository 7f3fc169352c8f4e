/* SPDX-License-Identifier: Apache-2.0 */
#include "model/minutes.h"

#include <stdlib.h>
#include <string.h>

void minutes_fini(struct minutes *minutes)
{
    free(minutes->rows);
    *minutes = (struct minutes){0};
}

uint32_t minutes_find(const struct minutes *minutes, int64_t start_ns)
{
    uint32_t low = 0;
    uint32_t high = minutes->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (minutes->rows[middle].start_ns < start_ns) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct minute *minutes_get(struct minutes *minutes, int64_t start_ns)
{
    uint32_t at = minutes_find(minutes, start_ns);
    if (at < minutes->count && minutes->rows[at].start_ns == start_ns) {
        return &minutes->rows[at];
    }
    return NULL;
}

struct minute *minutes_make(struct minutes *minutes, int64_t start_ns)
{
    struct minute *known = minutes_get(minutes, start_ns);
    if (known != NULL) {
        return known;
    }
    void *rows = minutes->rows;
    if (!rows_reserve(&rows, &minutes->capacity, (uint64_t)minutes->count + 1, UINT32_MAX - 1,
                      sizeof(minutes->rows[0]))) {
        return NULL;
    }
    minutes->rows = rows;
    uint32_t at = minutes_find(minutes, start_ns);
    memmove(&minutes->rows[at + 1], &minutes->rows[at],
            (minutes->count - at) * sizeof(minutes->rows[0]));
    minutes->rows[at] = (struct minute){start_ns, ROW_NONE, ROW_NONE};
    minutes->count++;
    return &minutes->rows[at];
}
