/* SPDX-License-Identifier: Apache-2.0 */
#include "store/index_sort.h"

#include <stdlib.h>

/* Buckets: four MiB of them. */
#define BUCKET_BITS_MAX 20

/* Up to so many are sorted by moving each to its place. */
#define BUCKET_SMALL 16

static int compare_pairs(const void *one, const void *other)
{
    const struct index_pair *a = one;
    const struct index_pair *b = other;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return (a->offset > b->offset) - (a->offset < b->offset);
}

static void sort_bucket(struct index_pair *pairs, size_t count)
{
    if (count > BUCKET_SMALL) { /* Of an id that many frames have. */
        qsort(pairs, count, sizeof(*pairs), compare_pairs);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct index_pair pair = pairs[i];
        size_t at = i;
        for (; at > 0 && compare_pairs(&pairs[at - 1], &pair) > 0; at--) {
            pairs[at] = pairs[at - 1];
        }
        pairs[at] = pair;
    }
}

bool index_sort(struct index_pair *sorted, const struct index_pair *pairs, uint32_t count)
{
    unsigned bits = 1;
    while (bits < BUCKET_BITS_MAX && count >> bits > 1) {
        bits++;
    }
    size_t buckets = (size_t)1 << bits;
    uint32_t *ends = calloc(buckets, sizeof(*ends));
    if (ends == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        ends[pairs[i].hash >> (64 - bits)]++;
    }
    uint32_t begin = 0;
    for (size_t i = 0; i < buckets; i++) {
        uint32_t more = ends[i];
        ends[i] = begin;
        begin += more;
    }
    for (uint32_t i = 0; i < count; i++) {
        sorted[ends[pairs[i].hash >> (64 - bits)]++] = pairs[i];
    }
    begin = 0;
    for (size_t i = 0; i < buckets; begin = ends[i++]) {
        sort_bucket(sorted + begin, ends[i] - begin);
    }
    free(ends);
    return true;
}
