/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sealed.h"

#include "base/bytes.h"
#include "base/hash_long.h"
#include "store/pages.h"

#include <stdlib.h>
#include <string.h>

/* Blocks of one id in one segment: a transaction lies in one, a very large one in some. */
#define SEALED_FOUND_MAX 4096

/* Read bytes into memory; what ends early is damaged. */
static enum status sealed_read(const struct sealed *sealed, uint64_t offset, void *memory,
                               size_t size)
{
    size_t got = 0;
    enum status status =
        sealed->disk->read(sealed->disk->self, sealed->file, offset, memory, size, &got);
    return status == STATUS_OK && got != size ? STATUS_BAD : status;
}

/* Read a part into memory that the caller frees, and check it. */
static enum status sealed_read_part(const struct sealed *sealed, const struct sealed_part *part,
                                    unsigned char **memory)
{
    *memory = malloc((size_t)part->size + 1);
    if (*memory == NULL) {
        return STATUS_FULL;
    }
    enum status status = sealed_read(sealed, part->offset, *memory, (size_t)part->size);
    if (status == STATUS_OK &&
        hash_long_crc32c(0, slice_of(*memory, (size_t)part->size)) != part->crc) {
        status = STATUS_BAD;
    }
    if (status != STATUS_OK) {
        free(*memory);
        *memory = NULL;
    }
    return status;
}

static enum status sealed_read_directory(struct sealed *sealed)
{
    uint32_t count = sealed->foot.block_count;
    unsigned char *bytes;
    enum status status = sealed_read_part(sealed, &sealed->foot.sections[SEALED_DIRECTORY], &bytes);
    if (status != STATUS_OK) {
        return status;
    }
    sealed->entries = calloc((size_t)count + 1, sizeof(sealed->entries[0]));
    status = sealed->entries != NULL ? STATUS_OK : STATUS_FULL;
    for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
        status =
            sealed_entry_read(slice_of(bytes + (size_t)i * SEALED_ENTRY_SIZE, SEALED_ENTRY_SIZE),
                              sealed->size, &sealed->entries[i]);
    }
    free(bytes);
    return status;
}

static enum status sealed_read_starts(struct sealed *sealed)
{
    const struct sealed_part *part = &sealed->foot.sections[SEALED_STARTS];
    unsigned char *bytes;
    enum status status = sealed_read_part(sealed, part, &bytes);
    if (status == STATUS_OK) {
        status = lookup_init(&sealed->lookup, sealed->foot.id_count,
                             slice_of(bytes, (size_t)part->size));
        free(bytes);
    }
    return status;
}

static enum status sealed_read_all(struct sealed *sealed, const unsigned char store[16])
{
    unsigned char bytes[SEALED_FOOT_SIZE];
    enum status status = sealed->disk->size(sealed->disk->self, sealed->file, &sealed->size);
    if (status != STATUS_OK || sealed->size < SEALED_HEAD_SIZE + SEALED_FOOT_SIZE) {
        return status != STATUS_OK ? status : STATUS_BAD;
    }
    status = sealed_read(sealed, 0, bytes, SEALED_HEAD_SIZE);
    if (status == STATUS_OK) {
        status = sealed_head_read(slice_of(bytes, SEALED_HEAD_SIZE), &sealed->head);
    }
    if (status == STATUS_OK &&
        (sealed->head.segment != sealed->segment.number ||
         memcmp(sealed->head.store, store, sizeof(sealed->head.store)) != 0)) {
        status = STATUS_BAD;
    }
    if (status == STATUS_OK) {
        status = sealed_read(sealed, sealed->size - SEALED_FOOT_SIZE, bytes, SEALED_FOOT_SIZE);
    }
    if (status == STATUS_OK) {
        status = sealed_foot_read(slice_of(bytes, SEALED_FOOT_SIZE), sealed->size, &sealed->foot);
    }
    if (status == STATUS_OK) {
        status = sealed_read_directory(sealed);
    }
    return status == STATUS_OK ? sealed_read_starts(sealed) : status;
}

enum status sealed_open(struct sealed **sealed, const struct disk *disk,
                        const struct segment *segment, const unsigned char store[16])
{
    char path[STORE_PATH_SIZE];
    struct sealed *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return STATUS_FULL;
    }
    made->disk = disk;
    made->segment = *segment;
    segment_sealed_path(segment->name, path);
    enum status status = disk->open(disk->self, path, false, &made->file);
    if (status != STATUS_OK) {
        free(made);
        return status;
    }
    status = sealed_read_all(made, store);
    if (status != STATUS_OK) {
        sealed_free(made);
        return status;
    }
    made->segment.end = made->size;
    made->segment.frames = made->foot.frames;
    made->segment.arrival_last_ns = made->foot.arrival_last_ns;
    *sealed = made;
    return STATUS_OK;
}

void sealed_free(struct sealed *sealed)
{
    if (sealed == NULL) {
        return;
    }
    sealed->disk->close(sealed->disk->self, sealed->file);
    lookup_fini(&sealed->lookup);
    free(sealed->entries);
    free(sealed);
}

struct frame_log_head sealed_log_head(const struct sealed *sealed)
{
    return (struct frame_log_head){
        .segment = sealed->head.segment,
        .previous = sealed->head.previous,
        .previous_end = sealed->head.previous_end,
        .created_ns = sealed->head.created_ns,
        .seq = sealed->head.seq,
    };
}

static struct lookup_page sealed_page_of(const void *map, uint64_t hash)
{
    return lookup_page_of(map, hash);
}

enum status sealed_find_sorted(const struct sealed *sealed, const uint64_t *hashes, size_t count,
                               void (*visit)(void *context, uint16_t block), void *context)
{
    uint16_t blocks[SEALED_FOUND_MAX];
    const struct sealed_part *all = &sealed->foot.sections[SEALED_PAGES];
    struct pages pages = {
        .disk = sealed->disk,
        .file = sealed->file,
        .base = all->offset,
        .size = all->size,
        .page_of = sealed_page_of,
        .map = &sealed->lookup,
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < count && status == STATUS_OK; i++) {
        struct slice page;
        size_t found = 0;
        status = pages_get(&pages, hashes + i, count - i, &page);
        if (status == STATUS_OK) {
            status =
                lookup_find(&sealed->lookup, page, hashes[i], blocks, SEALED_FOUND_MAX, &found);
        }
        for (size_t k = 0; k < found && k < SEALED_FOUND_MAX; k++) {
            visit(context, blocks[k]);
        }
    }
    pages_fini(&pages);
    return status;
}

enum status sealed_tops(const struct sealed *sealed, uint32_t first, uint32_t last,
                        void (*visit)(void *context, uint32_t top), void *context)
{
    const struct sealed_part *all = &sealed->foot.sections[SEALED_PAGES];
    const struct lookup *lookup = &sealed->lookup;
    uint64_t begin = lookup_page_of(lookup, (uint64_t)first << 32).offset;
    struct lookup_page back = lookup_page_of(lookup, (uint64_t)last << 32 | UINT32_MAX);
    uint64_t size = back.offset + back.size - begin;
    if (back.offset + back.size > all->size) {
        return STATUS_BAD;
    }
    unsigned char *bytes = malloc((size_t)size + 1);
    if (bytes == NULL) {
        return STATUS_FULL;
    }
    enum status status = sealed_read(sealed, all->offset + begin, bytes, (size_t)size);
    if (status == STATUS_OK) {
        status = lookup_tops(lookup, slice_of(bytes, (size_t)size), first, last, visit, context);
    }
    free(bytes);
    return status;
}

enum status sealed_find(const struct sealed *sealed, struct id16 id,
                        void (*visit)(void *context, uint16_t block), void *context)
{
    uint64_t hash = hash_sip64(&sealed->head.key, slice_of(id.bytes, sizeof(id.bytes)));
    return sealed_find_sorted(sealed, &hash, 1, visit, context);
}

enum status sealed_dictionary(const struct sealed *sealed, struct dictionary **dictionary)
{
    const struct sealed_part *part = &sealed->foot.sections[SEALED_DICTIONARY];
    unsigned char *bytes;
    enum status status = sealed_read_part(sealed, part, &bytes);
    if (status == STATUS_OK) {
        status = dictionary_open(dictionary, slice_of(bytes, (size_t)part->size));
        free(bytes);
    }
    return status;
}

enum status sealed_block(const struct sealed *sealed, uint32_t number,
                         const struct dictionary *dictionary, struct bytes_reader *reader,
                         struct arena *arena, struct block **block)
{
    if (number >= sealed->foot.block_count) {
        return STATUS_BAD;
    }
    const struct sealed_part *part = &sealed->entries[number].block;
    unsigned char *bytes = arena_alloc(arena, (size_t)part->size + 1);
    if (bytes == NULL) {
        return STATUS_FULL;
    }
    enum status status = sealed_read(sealed, part->offset, bytes, (size_t)part->size);
    struct slice slice = slice_of(bytes, (size_t)part->size);
    if (status == STATUS_OK && hash_long_crc32c(0, slice) != part->crc) {
        status = STATUS_BAD;
    }
    return status == STATUS_OK ? block_open(block, dictionary, slice, reader, arena) : status;
}

enum status sealed_filter(const struct sealed *sealed, uint32_t number, struct arena *arena,
                          struct slice *filter)
{
    const struct sealed_part *part = &sealed->entries[number].filter;
    const struct sealed_part *all = &sealed->foot.sections[SEALED_FILTERS];
    if (part->offset > all->size || part->size > all->size - part->offset) {
        return STATUS_BAD;
    }
    unsigned char *bytes = arena_alloc(arena, (size_t)part->size + 1);
    if (bytes == NULL) {
        return STATUS_FULL;
    }
    enum status status = sealed_read(sealed, all->offset + part->offset, bytes, (size_t)part->size);
    *filter = slice_of(bytes, (size_t)part->size);
    return status == STATUS_OK && hash_long_crc32c(0, *filter) != part->crc ? STATUS_BAD : status;
}

/* Read the frame at an offset into memory that grows; */
static enum status sealed_frame(const struct sealed *sealed, uint32_t seed, uint64_t offset,
                                uint64_t end, struct frame_head *head, struct buf *stored)
{
    unsigned char bytes[FRAME_HEAD_SIZE];
    if (end - offset < FRAME_HEAD_SIZE) {
        return STATUS_BAD;
    }
    enum status status = sealed_read(sealed, offset, bytes, sizeof(bytes));
    if (status != STATUS_OK) {
        return status;
    }
    if (frame_head_read(slice_of(bytes, sizeof(bytes)), seed, head) != FRAME_OK ||
        head->stored_size > end - offset - FRAME_HEAD_SIZE) {
        return STATUS_BAD;
    }
    buf_reset(stored);
    unsigned char *memory = buf_reserve(stored, (size_t)head->stored_size + 1);
    if (memory == NULL) {
        return STATUS_FULL;
    }
    status = sealed_read(sealed, offset + FRAME_HEAD_SIZE, memory, head->stored_size);
    buf_commit(stored, head->stored_size);
    return status == STATUS_OK && frame_body_crc(seed, buf_bytes(stored)) != head->body_crc
               ? STATUS_BAD
               : status;
}

enum status sealed_frames(const struct sealed *sealed, uint32_t seed,
                          void (*visit)(void *context, const struct frame_head *head,
                                        struct slice stored),
                          void *context)
{
    const struct sealed_part *part = &sealed->foot.sections[SEALED_FRAMES];
    uint64_t offset = part->offset;
    uint64_t end = part->offset + part->size;
    enum status status = STATUS_OK;
    struct buf stored;
    buf_init_growing(&stored, SIZE_MAX);
    while (offset < end && status == STATUS_OK) {
        struct frame_head head;
        status = sealed_frame(sealed, seed, offset, end, &head, &stored);
        if (status == STATUS_OK) {
            visit(context, &head, buf_bytes(&stored));
            offset += FRAME_HEAD_SIZE + head.stored_size;
        }
    }
    buf_fini(&stored);
    return status;
}

enum status sealed_bodies(const struct sealed *sealed,
                          void (*visit)(void *context, const struct hash_128 *hash,
                                        uint64_t arrival_ns),
                          void *context)
{
    const struct sealed_part *part = &sealed->foot.sections[SEALED_BODIES];
    unsigned char *bytes;
    enum status status = sealed_read_part(sealed, part, &bytes);
    if (status != STATUS_OK) {
        return status;
    }
    for (size_t at = 0; at + SEALED_BODY_SIZE <= part->size; at += SEALED_BODY_SIZE) {
        struct hash_128 hash;
        memcpy(hash.bytes, bytes + at, sizeof(hash.bytes));
        visit(context, &hash, bytes_get64(bytes + at + sizeof(hash.bytes)));
    }
    free(bytes);
    return STATUS_OK;
}
