/* SPDX-License-Identifier: Apache-2.0 */
#include "model/histogram.h"

#include "base/ensure.h"

#include <stdlib.h>
#include <string.h>

#define SUB_BITS  6
#define SUB_COUNT (1U << SUB_BITS)
#define NS_PER_US 1000

/* Microseconds below 2 * SUB_COUNT are their own bucket; above, the top SUB_BITS bits below the
 * leading one choose the bucket of the octave. */
static uint16_t bucket_of_us(uint64_t us)
{
    if (us < SUB_COUNT) {
        return (uint16_t)us;
    }
    unsigned exponent = 63U - (unsigned)__builtin_clzll(us);
    unsigned shift = exponent - SUB_BITS;
    uint64_t bucket = (uint64_t)shift * SUB_COUNT + (us >> shift);
    return bucket < HISTOGRAM_BUCKET_COUNT ? (uint16_t)bucket : HISTOGRAM_BUCKET_COUNT - 1;
}

static uint64_t bucket_low_us(uint16_t bucket, uint64_t *width_us)
{
    unsigned octave = bucket >> SUB_BITS;
    if (octave == 0) {
        *width_us = 1;
        return bucket;
    }
    unsigned shift = octave - 1;
    *width_us = UINT64_C(1) << shift;
    return (uint64_t)(SUB_COUNT + (bucket & (SUB_COUNT - 1))) << shift;
}

uint16_t histogram_bucket(int64_t duration_ns)
{
    uint64_t ns = duration_ns > 0 ? (uint64_t)duration_ns : 0;
    return bucket_of_us((ns + NS_PER_US / 2) / NS_PER_US);
}

int64_t histogram_bucket_low_ns(uint16_t bucket)
{
    ENSURE(bucket < HISTOGRAM_BUCKET_COUNT);
    uint64_t width_us;
    return (int64_t)(bucket_low_us(bucket, &width_us) * NS_PER_US);
}

int64_t histogram_bucket_ns(uint16_t bucket)
{
    ENSURE(bucket < HISTOGRAM_BUCKET_COUNT);
    uint64_t width_us;
    uint64_t low_us = bucket_low_us(bucket, &width_us);
    return (int64_t)(low_us * NS_PER_US + (width_us - 1) * NS_PER_US / 2);
}

void histogram_fini(struct histogram *histogram)
{
    free(histogram->entries);
    *histogram = (struct histogram){0};
}

/* The index of the first entry whose bucket is not below this one. */
static uint16_t histogram_place(const struct histogram *histogram, uint16_t bucket)
{
    uint16_t low = 0;
    uint16_t high = histogram->count;
    while (low < high) {
        uint16_t middle = (uint16_t)((low + high) / 2);
        if (histogram->entries[middle].bucket < bucket) {
            low = (uint16_t)(middle + 1);
        } else {
            high = middle;
        }
    }
    return low;
}

bool histogram_reserve(struct histogram *histogram, uint16_t count)
{
    histogram->entries = malloc(count * sizeof(histogram->entries[0]));
    histogram->capacity = histogram->entries != NULL ? count : 0;
    return histogram->entries != NULL;
}

bool histogram_has(const struct histogram *histogram, uint16_t bucket)
{
    if (bucket == HISTOGRAM_BUCKET_NONE) {
        return true;
    }
    uint16_t at = histogram_place(histogram, bucket);
    return at < histogram->count && histogram->entries[at].bucket == bucket;
}

bool histogram_add(struct histogram *histogram, uint16_t bucket)
{
    if (bucket == HISTOGRAM_BUCKET_NONE) {
        return true;
    }
    uint16_t at = histogram_place(histogram, bucket);
    if (at < histogram->count && histogram->entries[at].bucket == bucket) {
        histogram->entries[at].count++;
        return true;
    }
    if (histogram->count == histogram->capacity) {
        uint16_t capacity = (uint16_t)(histogram->capacity * 2 + 2);
        struct histogram_entry *larger =
            realloc(histogram->entries, capacity * sizeof(histogram->entries[0]));
        if (larger == NULL) {
            return false;
        }
        histogram->entries = larger;
        histogram->capacity = capacity;
    }
    memmove(&histogram->entries[at + 1], &histogram->entries[at],
            (size_t)(histogram->count - at) * sizeof(histogram->entries[0]));
    histogram->entries[at] = (struct histogram_entry){bucket, 1};
    histogram->count++;
    return true;
}

void histogram_remove(struct histogram *histogram, uint16_t bucket)
{
    if (bucket == HISTOGRAM_BUCKET_NONE) {
        return;
    }
    uint16_t at = histogram_place(histogram, bucket);
    ENSURE(at < histogram->count && histogram->entries[at].bucket == bucket);
    if (--histogram->entries[at].count > 0) {
        return;
    }
    histogram->count--;
    memmove(&histogram->entries[at], &histogram->entries[at + 1],
            (size_t)(histogram->count - at) * sizeof(histogram->entries[0]));
}

bool histogram_merge(struct histogram *histogram, const struct histogram *other)
{
    if (other->count == 0) {
        return true;
    }
    /* Both together have no more than there are buckets. */
    struct histogram both;
    if (!histogram_reserve(&both, (uint16_t)(histogram->count + other->count))) {
        return false;
    }
    uint16_t i = 0, k = 0;
    both.count = 0;
    while (i < histogram->count || k < other->count) {
        struct histogram_entry *entry = &both.entries[both.count++];
        bool mine = k == other->count || (i < histogram->count &&
                                          histogram->entries[i].bucket <= other->entries[k].bucket);
        *entry = mine ? histogram->entries[i++] : other->entries[k++];
        if (mine && k < other->count && other->entries[k].bucket == entry->bucket) {
            entry->count += other->entries[k++].count;
        }
    }
    struct histogram_entry *fitting = realloc(both.entries, both.count * sizeof(both.entries[0]));
    if (fitting != NULL) {
        both.entries = fitting;
        both.capacity = both.count;
    }
    histogram_fini(histogram);
    *histogram = both;
    return true;
}

void histogram_sum_add(struct histogram_sum *sum, const struct histogram *histogram)
{
    for (uint16_t i = 0; i < histogram->count; i++) {
        sum->counts[histogram->entries[i].bucket] += histogram->entries[i].count;
        sum->total += histogram->entries[i].count;
    }
}

int64_t histogram_percentile(const struct histogram_sum *sum, uint64_t numerator,
                             uint64_t denominator)
{
    ENSURE(denominator > 0 && numerator <= denominator);
    if (sum->total == 0) {
        return -1;
    }
    uint64_t rank = (sum->total * numerator + denominator - 1) / denominator;
    uint64_t seen = 0;
    for (uint16_t i = 0; i < HISTOGRAM_BUCKET_COUNT; i++) {
        seen += sum->counts[i];
        if (seen > 0 && seen >= rank) {
            return histogram_bucket_ns(i);
        }
    }
    return histogram_max(sum);
}

int64_t histogram_max(const struct histogram_sum *sum)
{
    for (uint16_t i = HISTOGRAM_BUCKET_COUNT; i > 0; i--) {
        if (sum->counts[i - 1] > 0) {
            return histogram_bucket_ns((uint16_t)(i - 1));
        }
    }
    return -1;
}
