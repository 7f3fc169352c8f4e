/* SPDX-License-Identifier: Apache-2.0 */
#include "store/guide.h"

#include "store/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void guide_name(uint32_t segment, uint32_t count, char name[STORE_PATH_SIZE])
{
    (void)snprintf(name, STORE_PATH_SIZE, "guide-%08u-%u", segment, count);
}

bool guide_name_parse(const char *name, uint32_t *segment, uint32_t *count)
{
    char again[STORE_PATH_SIZE];
    if (sscanf(name, "guide-%10u-%3u", segment, count) != 2) {
        return false;
    }
    guide_name(*segment, *count, again);
    return strcmp(name, again) == 0;
}

struct guide_member guide_member_of(const struct sealed *sealed)
{
    return (struct guide_member){
        .segment = sealed->segment.number,
        .ids = sealed->foot.id_count,
        .starts_crc = sealed->foot.sections[SEALED_STARTS].crc,
    };
}

/* Members and starts. */
static enum status guide_read_front(struct guide *guide)
{
    size_t size = guide_front_size(&guide->head);
    size_t got = 0;
    unsigned char *bytes = malloc(size);
    if (bytes == NULL) {
        return STATUS_FULL;
    }
    enum status status =
        guide->disk->read(guide->disk->self, guide->file, GUIDE_HEAD_SIZE, bytes, size, &got);
    if (status == STATUS_OK &&
        (got != size || hash_crc32c(0, slice_of(bytes, size)) != guide->head.crc)) {
        status = STATUS_BAD;
    }
    struct slice left = slice_of(bytes, size);
    for (uint32_t i = 0; status == STATUS_OK && i < guide->head.members; i++) {
        guide->members[i] = guide_member_read(left);
        left = slice_skip(left, GUIDE_MEMBER_SIZE);
        if (i > 0 && guide->members[i].segment <= guide->members[i - 1].segment) {
            status = STATUS_BAD;
        }
    }
    if (status == STATUS_OK) {
        status = guide_map_init(&guide->map, &guide->head, left);
    }
    free(bytes);
    return status;
}

static enum status guide_read(struct guide *guide, const unsigned char store[16])
{
    const struct disk *disk = guide->disk;
    unsigned char bytes[GUIDE_HEAD_SIZE];
    size_t got = 0;
    enum status status = disk->size(disk->self, guide->file, &guide->size);
    if (status == STATUS_OK) {
        status = disk->read(disk->self, guide->file, 0, bytes, sizeof(bytes), &got);
    }
    if (status == STATUS_OK) {
        status = guide_head_read(slice_of(bytes, got), &guide->head);
    }
    if (status == STATUS_OK && (guide->size != guide_size(&guide->head) ||
                                memcmp(guide->head.store, store, sizeof(guide->head.store)) != 0)) {
        status = STATUS_BAD;
    }
    return status == STATUS_OK ? guide_read_front(guide) : status;
}

enum status guide_open(struct guide **guide, const struct disk *disk, const char *name,
                       const unsigned char store[16])
{
    struct guide *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->disk = disk;
    enum status status = disk->open(disk->self, name, false, &made->file);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    status = guide_read(made, store);
    if (status != STATUS_OK) {
        guide_free(made);
        return status;
    }
    *guide = made;
    return STATUS_OK;
}

void guide_free(struct guide *guide)
{
    if (guide != NULL) {
        guide->disk->close(guide->disk->self, guide->file);
        guide_map_fini(&guide->map);
        free(guide);
    }
}

uint32_t guide_last(const struct guide *guide)
{
    return guide->members[guide->head.members - 1].segment;
}

struct guide_found {
    const struct guide *guide;
    uint64_t hash;
    void (*visit)(void *context, uint64_t hash, uint8_t member);
    void *context;
};

static void guide_found(void *context, uint8_t member)
{
    const struct guide_found *found = context;
    if (member < found->guide->head.members) {
        found->visit(found->context, found->hash, member);
    }
}

enum status guide_find_sorted(struct guide *guide, const uint64_t *hashes, size_t count,
                              void (*visit)(void *context, uint64_t hash, uint8_t member),
                              void *context)
{
    struct pages pages = {
        .disk = guide->disk,
        .file = guide->file,
        .base = GUIDE_HEAD_SIZE + guide_front_size(&guide->head),
        .size = guide_pages_size(&guide->head),
        .page_of = guide_page_of,
        .map = &guide->map,
    };
    struct guide_found found = {.guide = guide, .visit = visit, .context = context};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct slice page;
        status = pages_get(&pages, hashes + i, count - i, &page);
        found.hash = hashes[i];
        if (status == STATUS_OK) {
            status = guide_find(&guide->map, page, hashes[i], guide_found, &found);
        }
    }
    pages_fini(&pages);
    if (status == STATUS_BAD) {
        atomic_store(&guide->damaged, true);
    }
    return status;
}
