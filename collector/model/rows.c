/* SPDX-License-Identifier: Apache-2.0 */
#include "model/rows.h"

#include <stdlib.h>

/* Few tables stay empty; most of the small ones (inits of an instance) have one row. */
#define ROWS_CAPACITY_MIN 4

bool rows_reserve(void **rows, uint32_t *capacity, uint64_t need, uint32_t count_max, size_t size)
{
    if (need <= *capacity) {
        return true;
    }
    if (need > count_max) {
        return false;
    }
    uint64_t wanted = (uint64_t)*capacity + *capacity / 2;
    if (wanted < need) {
        wanted = need;
    }
    if (wanted < ROWS_CAPACITY_MIN) {
        wanted = ROWS_CAPACITY_MIN;
    }
    if (wanted > count_max) {
        wanted = count_max;
    }
    void *larger = realloc(*rows, wanted * size);
    if (larger == NULL) {
        return false;
    }
    *rows = larger;
    *capacity = (uint32_t)wanted;
    return true;
}
