/* SPDX-License-Identifier: Apache-2.0 */
#include "check/check_private.h"

#include "base/bytes.h"

#include <stdlib.h>

/*
 * The pages of ids: each has its checksum, prints ascend, and what is told is exactly what the
 * records say: every id is found at its place, and every place has its id.
 */
#define PAGE_ENTRY_SIZE 6
#define PAGE_CRC_SIZE   4

static const struct check_words page_wrong = {CHECK_DAMAGE, "records may not be found by their ids",
                                              "restore the file from a backup"};

/* An id as a page has it. */
struct page_id {
    uint32_t print;
    uint16_t block;
    bool spare;
};

struct page_check {
    struct check *check;
    const struct sealed *sealed;
    struct check_ids *ids; /* Of the records, by hash. */
    size_t next;           /* The first of them that is not of a page before. */
    unsigned char *bytes;
    size_t capacity;
};

static int page_compare_hash(const void *one, const void *other)
{
    const struct check_id *a = one;
    const struct check_id *b = other;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    if (a->block != b->block) {
        return a->block < b->block ? -1 : 1;
    }
    return a->spare - b->spare;
}

static int page_compare(const void *one, const void *other)
{
    const struct page_id *a = one;
    const struct page_id *b = other;
    if (a->print != b->print) {
        return a->print < b->print ? -1 : 1;
    }
    if (a->block != b->block) {
        return a->block < b->block ? -1 : 1;
    }
    return a->spare - b->spare;
}

static void page_settle_ids(struct check_ids *ids)
{
    size_t kept = 0;
    if (ids->count > 0) {
        qsort(ids->items, ids->count, sizeof(ids->items[0]), page_compare_hash);
    }
    for (size_t i = 0; i < ids->count; i++) {
        if (kept == 0 || ids->items[kept - 1].hash != ids->items[i].hash ||
            ids->items[kept - 1].block != ids->items[i].block) {
            ids->items[kept++] = ids->items[i];
        }
    }
    ids->count = kept;
}

/* The page of a hash: its upper bits. */
static uint32_t page_of(const struct sealed *sealed, uint64_t hash)
{
    unsigned bits = sealed->lookup.bits;
    return bits == 0 ? 0 : (uint32_t)(hash >> (64 - bits));
}

/* The ids of a page: those that are of records, in order, and told if prints do not ascend. */
static size_t page_read(struct page_check *state, uint64_t offset, struct slice prints,
                        struct page_id *ids)
{
    size_t count = 0;
    uint32_t before = 0;
    for (size_t at = 0; at < prints.size; at += PAGE_ENTRY_SIZE) {
        struct page_id id = {bytes_get32(prints.base + at), bytes_get16(prints.base + at + 4),
                             false};
        if (id.print < before) {
            check_tell_at(state->check, &page_wrong, offset + at, PAGE_ENTRY_SIZE,
                          "the ids of a page do not ascend");
        }
        if (id.block != LOOKUP_NO_BLOCK && id.block >= state->sealed->foot.block_count) {
            check_tell_at(state->check, &page_wrong, offset + at, PAGE_ENTRY_SIZE,
                          "an id is said to be in block %u, which there is not", id.block);
        }
        before = id.print;
        if (id.block != LOOKUP_NO_BLOCK) {
            ids[count++] = id;
        }
    }
    if (count > 0) {
        qsort(ids, count, sizeof(ids[0]), page_compare);
    }
    return count;
}

/* How many ids the records have in this page. */
static size_t page_expected(const struct page_check *state, uint32_t page)
{
    const struct check_ids *of = state->ids;
    size_t end = state->next;
    while (end < of->count && page_of(state->sealed, of->items[end].hash) == page) {
        end++;
    }
    return end - state->next;
}

/* These ids, in order. */
static void page_take_expected(struct page_check *state, struct page_id *ids, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct check_id *id = &state->ids->items[state->next++];
        ids[i] = (struct page_id){(uint32_t)(id->hash >> (32 - state->sealed->lookup.bits)),
                                  id->block, id->spare};
    }
    if (count > 1) {
        qsort(ids, count, sizeof(ids[0]), page_compare);
    }
}

/* Whether a page has all ids of the records, and no others, but for those that may be left out. */
static bool page_same(const struct page_id *ids, size_t count, const struct page_id *expected,
                      size_t expected_count)
{
    size_t at = 0;
    for (size_t i = 0; i < expected_count; i++) {
        if (at < count && ids[at].print == expected[i].print &&
            ids[at].block == expected[i].block) {
            at++;
        } else if (!expected[i].spare) {
            return false;
        }
    }
    return at == count;
}

static enum status page_compare_all(struct page_check *state, uint32_t page, uint64_t offset,
                                    struct slice prints)
{
    size_t most = prints.size / PAGE_ENTRY_SIZE;
    size_t expected = page_expected(state, page);
    struct page_id *ids = calloc(most + expected + 1, sizeof(ids[0]));
    if (ids == NULL) {
        return STATUS_FULL;
    }
    size_t count = page_read(state, offset, prints, ids);
    page_take_expected(state, ids + most, expected);
    if (!page_same(ids, count, ids + most, expected) && !state->ids->partial) {
        check_tell_at(state->check, &page_wrong, offset, prints.size,
                      "page %u has %zu ids, and the records have %zu, or others", page, count,
                      expected);
    }
    free(ids);
    return STATUS_OK;
}

static enum status page_check(struct page_check *state, uint32_t page)
{
    const struct sealed *sealed = state->sealed;
    const struct sealed_part *part = &sealed->foot.sections[SEALED_PAGES];
    const uint32_t *starts = sealed->lookup.starts;
    uint64_t offset = (uint64_t)starts[page] * PAGE_ENTRY_SIZE + (uint64_t)page * PAGE_CRC_SIZE;
    size_t size = (size_t)(starts[page + 1] - starts[page]) * PAGE_ENTRY_SIZE;
    size_t got = 0;
    if (offset > part->size || size + PAGE_CRC_SIZE > part->size - offset) {
        check_tell_at(state->check, &page_wrong, part->offset, part->size,
                      "page %u is not in the part of pages", page);
        return STATUS_OK;
    }
    if (size + PAGE_CRC_SIZE > state->capacity) {
        unsigned char *bytes = realloc(state->bytes, size + PAGE_CRC_SIZE);
        if (bytes == NULL) {
            return STATUS_FULL;
        }
        state->bytes = bytes;
        state->capacity = size + PAGE_CRC_SIZE;
    }
    offset += part->offset;
    enum status status = sealed->disk->read(sealed->disk->self, sealed->file, offset, state->bytes,
                                            size + PAGE_CRC_SIZE, &got);
    struct slice prints = slice_of(state->bytes, size);
    if (status != STATUS_OK) {
        return status;
    }
    if (got != size + PAGE_CRC_SIZE || hash_crc32c(0, prints) != bytes_get32(state->bytes + size)) {
        check_tell_at(state->check, &page_wrong, offset, size + PAGE_CRC_SIZE,
                      "page %u of the ids does not have its checksum", page);
        state->next += page_expected(state, page);
        return STATUS_OK;
    }
    return page_compare_all(state, page, offset, prints);
}

enum status check_pages(struct check *check, const struct sealed *sealed, struct check_ids *ids)
{
    const struct sealed_part *part = &sealed->foot.sections[SEALED_PAGES];
    struct page_check state = {.check = check, .sealed = sealed, .ids = ids};
    uint32_t pages = UINT32_C(1) << sealed->lookup.bits;
    enum status status = STATUS_OK;
    page_settle_ids(ids);
    if (part->size != (uint64_t)sealed->lookup.count * PAGE_ENTRY_SIZE + pages * PAGE_CRC_SIZE) {
        check_tell_at(check, &page_wrong, part->offset, part->size,
                      "the part of pages is not of %u ids", sealed->lookup.count);
    }
    for (uint32_t page = 0; status == STATUS_OK && page < pages; page++) {
        status = page_check(&state, page);
    }
    free(state.bytes);
    return status;
}
