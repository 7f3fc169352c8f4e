/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"
#include "series/series_store.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool take(void *context, struct slice bytes)
{
    (void)bytes;
    (void)context;
    return true;
}

static bool look(void *context, const struct series_sample *sample)
{
    double *sum = context;
    for (unsigned i = 0; i < sample->width; i++) {
        *sum += sample->values[i];
    }
    return true;
}

/* Any bytes as series: they are refused, or what they are goes on as series do. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct hash_key key = {{1, 2}};
    struct series_store *store = series_create(&key);
    struct series_row_facts facts;
    const char *reason;
    double sum = 0;
    if (store == NULL) {
        abort();
    }
    if (series_load(store, slice_of(data, size), &reason) == STATUS_OK) {
        for (uint32_t row = 0; series_row(store, row, &facts); row++) {
            (void)series_samples(store, row, INT64_MIN, INT64_MAX, look, &sum);
        }
        series_settle(store, UINT64_C(1700000000000000000));
        if (series_save(store, take, NULL) != STATUS_OK) {
            abort();
        }
    }
    series_free(store);
    return 0;
}
