/* SPDX-License-Identifier: Apache-2.0 */
#include "store/lookup.h"

#include "base/bytes.h"
#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

#define LOOKUP_ENTRY_SIZE 6
#define LOOKUP_CRC_SIZE   4

/* Up to so many are sorted by moving each to its place. */
#define LOOKUP_BUCKET_SMALL 16

static unsigned lookup_bits(uint32_t count)
{
    unsigned bits = 0;
    while (bits < LOOKUP_BITS_MAX && count >> bits > LOOKUP_PAGE_COUNT) {
        bits++;
    }
    return bits;
}

static uint32_t lookup_page_number(unsigned bits, uint64_t hash)
{
    return bits == 0 ? 0 : (uint32_t)(hash >> (64 - bits));
}

static uint32_t lookup_print(unsigned bits, uint64_t hash)
{
    return (uint32_t)(hash >> (32 - bits));
}

static int lookup_compare(const void *one, const void *other)
{
    const struct lookup_entry *a = one;
    const struct lookup_entry *b = other;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return (a->block > b->block) - (a->block < b->block);
}

/* Entries with the same upper bits; a few are sorted as they lie. */
static void lookup_sort_bucket(struct lookup_entry *entries, size_t count)
{
    if (count > LOOKUP_BUCKET_SMALL) {
        qsort(entries, count, sizeof(*entries), lookup_compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct lookup_entry entry = entries[i];
        size_t at = i;
        for (; at > 0 && lookup_compare(&entries[at - 1], &entry) > 0; at--) {
            entries[at] = entries[at - 1];
        }
        entries[at] = entry;
    }
}

/* Into buckets of two or so by their upper bits, as hashes are anywhere; false without memory. */
static bool lookup_sort_buckets(struct lookup_entry *entries, size_t count)
{
    unsigned bits = 1;
    while (bits < LOOKUP_BITS_MAX && count >> bits > 1) {
        bits++;
    }
    size_t buckets = (size_t)1 << bits;
    uint32_t *ends = calloc(buckets, sizeof(*ends));
    struct lookup_entry *sorted = malloc(count * sizeof(*sorted));
    bool fits = ends != NULL && sorted != NULL && count <= UINT32_MAX;
    for (size_t i = 0; fits && i < count; i++) {
        ends[entries[i].hash >> (64 - bits)]++;
    }
    for (size_t i = 0, begin = 0; fits && i < buckets; i++) {
        size_t more = ends[i];
        ends[i] = (uint32_t)begin;
        begin += more;
    }
    for (size_t i = 0; fits && i < count; i++) {
        sorted[ends[entries[i].hash >> (64 - bits)]++] = entries[i];
    }
    for (size_t i = 0, begin = 0; fits && i < buckets; begin = ends[i++]) {
        lookup_sort_bucket(sorted + begin, ends[i] - begin);
    }
    if (fits) {
        memcpy(entries, sorted, count * sizeof(*entries));
    }
    free(ends);
    free(sorted);
    return fits;
}

void lookup_sort(struct lookup_entry *entries, size_t count)
{
    if (count > LOOKUP_BUCKET_SMALL && lookup_sort_buckets(entries, count)) {
        return;
    }
    if (count > 1) {
        qsort(entries, count, sizeof(*entries), lookup_compare);
    }
}

static size_t lookup_unique(struct lookup_entry *entries, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || lookup_compare(&entries[kept - 1], &entries[i]) != 0) {
            entries[kept++] = entries[i];
        }
    }
    return kept;
}

size_t lookup_starts_size(uint32_t count)
{
    return (((size_t)1 << lookup_bits(count)) + 1) * 4;
}

size_t lookup_write(struct lookup_entry *entries, size_t count, struct buf *buf)
{
    lookup_sort(entries, count);
    count = lookup_unique(entries, count);
    unsigned bits = lookup_bits((uint32_t)count);
    unsigned char bytes[LOOKUP_ENTRY_SIZE];
    size_t next = 0;
    for (uint32_t page = 0; page <= (UINT32_C(1) << bits); page++) {
        while (next < count && lookup_page_number(bits, entries[next].hash) < page) {
            next++;
        }
        bytes_put32(bytes, (uint32_t)(page == UINT32_C(1) << bits ? count : next));
        buf_append(buf, slice_of(bytes, 4));
    }
    next = 0;
    for (uint32_t page = 0; page < (UINT32_C(1) << bits); page++) {
        size_t front = buf->size;
        for (; next < count && lookup_page_number(bits, entries[next].hash) == page; next++) {
            bytes_put32(bytes, lookup_print(bits, entries[next].hash));
            bytes_put16(bytes + 4, entries[next].block);
            buf_append(buf, slice_of(bytes, LOOKUP_ENTRY_SIZE));
        }
        bytes_put32(bytes, hash_crc32c(0, slice_skip(buf_bytes(buf), front)));
        buf_append(buf, slice_of(bytes, LOOKUP_CRC_SIZE));
    }
    return count;
}

enum status lookup_init(struct lookup *lookup, uint32_t count, struct slice starts)
{
    unsigned bits = lookup_bits(count);
    size_t pages = (size_t)1 << bits;
    *lookup = (struct lookup){.bits = bits, .count = count};
    if (starts.size != lookup_starts_size(count)) {
        return STATUS_BAD;
    }
    lookup->starts = malloc((pages + 1) * sizeof(lookup->starts[0]));
    if (lookup->starts == NULL) {
        return STATUS_FULL;
    }
    bool good = true;
    for (size_t i = 0; i <= pages; i++) {
        lookup->starts[i] = bytes_get32(starts.base + 4 * i);
        good =
            good && (i == 0 ? lookup->starts[0] == 0 : lookup->starts[i] >= lookup->starts[i - 1]);
    }
    if (!good || lookup->starts[pages] != count) {
        lookup_fini(lookup);
        return STATUS_BAD;
    }
    return STATUS_OK;
}

void lookup_fini(struct lookup *lookup)
{
    free(lookup->starts);
    lookup->starts = NULL;
}

static struct lookup_page lookup_page_at(const struct lookup *lookup, uint32_t page)
{
    uint32_t first = lookup->starts[page];
    return (struct lookup_page){
        .offset = (uint64_t)first * LOOKUP_ENTRY_SIZE + (uint64_t)page * LOOKUP_CRC_SIZE,
        .size = (size_t)(lookup->starts[page + 1] - first) * LOOKUP_ENTRY_SIZE + LOOKUP_CRC_SIZE,
    };
}

struct lookup_page lookup_page_of(const struct lookup *lookup, uint64_t hash)
{
    return lookup_page_at(lookup, lookup_page_number(lookup->bits, hash));
}

/* The prints of a page, if its checksum is right. */
static bool lookup_prints(struct slice page, struct slice *prints)
{
    if (page.size < LOOKUP_CRC_SIZE) {
        return false;
    }
    *prints = slice_take(page, page.size - LOOKUP_CRC_SIZE);
    return bytes_get32(page.base + prints->size) == hash_crc32c(0, *prints);
}

enum status lookup_tops(const struct lookup *lookup, struct slice pages, uint32_t first,
                        uint32_t last, void (*visit)(void *context, uint32_t top), void *context)
{
    uint32_t page = lookup_page_number(lookup->bits, (uint64_t)first << 32);
    uint32_t end = lookup_page_number(lookup->bits, (uint64_t)last << 32);
    for (; page <= end; page++) {
        struct slice prints;
        size_t size = lookup_page_at(lookup, page).size;
        if (size > pages.size || !lookup_prints(slice_take(pages, size), &prints)) {
            return STATUS_BAD;
        }
        for (size_t at = 0; at + LOOKUP_ENTRY_SIZE <= prints.size; at += LOOKUP_ENTRY_SIZE) {
            uint64_t upper = (uint64_t)page << 32 | bytes_get32(prints.base + at);
            uint32_t top = (uint32_t)(upper >> lookup->bits);
            if (top >= first && top <= last) {
                visit(context, top);
            }
        }
        pages = slice_skip(pages, size);
    }
    return STATUS_OK;
}

enum status lookup_find(const struct lookup *lookup, struct slice page, uint64_t hash,
                        uint16_t *blocks, size_t blocks_max, size_t *found)
{
    struct slice prints;
    *found = 0;
    if (!lookup_prints(page, &prints)) {
        return STATUS_BAD;
    }
    uint32_t print = lookup_print(lookup->bits, hash);
    for (size_t at = 0; at + LOOKUP_ENTRY_SIZE <= prints.size; at += LOOKUP_ENTRY_SIZE) {
        if (bytes_get32(prints.base + at) == print) {
            if (*found < blocks_max) {
                blocks[*found] = bytes_get16(prints.base + at + 4);
            }
            ++*found;
        }
    }
    return STATUS_OK;
}
