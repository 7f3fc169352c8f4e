/* SPDX-License-Identifier: Apache-2.0 */
#include "store/guide_make.h"

#include "base/buf.h"
#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

/* Pages of one slice of the hashes, as a power of two: some 65,536 ids, half a megabyte. */
#define MAKE_SLICE_BITS 10

/* A guide while it is made. */
struct making {
    struct guide_make *make;
    struct guide_head head;
    int file;
    uint64_t written; /* Bytes of pages. */
    uint32_t page;    /* The next one. */
    struct buf starts, pages;
    uint64_t *ids; /* Of a slice: the bits that say page and print, then eight of the member. */
    size_t count, capacity;
    uint8_t member; /* That is being read. */
    bool full;
};

static void making_id(void *context, uint32_t top)
{
    struct making *making = context;
    if (making->count == making->capacity) {
        size_t capacity = making->capacity == 0 ? 4096 : 2 * making->capacity;
        uint64_t *ids = realloc(making->ids, capacity * sizeof(ids[0]));
        if (ids == NULL) {
            making->full = true;
            return;
        }
        making->ids = ids;
        making->capacity = capacity;
    }
    uint64_t upper = top >> (GUIDE_BITS_MAX - making->head.bits);
    making->ids[making->count++] = upper << 8 | making->member;
}

static int making_compare(const void *one, const void *other)
{
    uint64_t a = *(const uint64_t *)one;
    uint64_t b = *(const uint64_t *)other;
    return (a > b) - (a < b);
}

/* Take the ids between two from all members. */
static enum status making_read(struct making *making, uint32_t first, uint32_t last)
{
    struct guide_make *make = making->make;
    making->count = 0;
    for (uint32_t i = 0; i < make->count; i++) {
        making->member = (uint8_t)i;
        enum status status = sealed_tops(make->members[i], first, last, making_id, making);
        if (status != STATUS_OK || making->full) {
            make->bad = i;
            return status != STATUS_OK ? status : STATUS_FULL;
        }
    }
    if (making->count > 0) {
        qsort(making->ids, making->count, sizeof(making->ids[0]), making_compare);
    }
    return STATUS_OK;
}

/* Make the next pages of the ids that were taken. */
static void making_pages(struct making *making, uint32_t pages)
{
    size_t next = 0;
    buf_reset(&making->pages);
    for (uint32_t end = making->page + pages; making->page < end; making->page++) {
        unsigned char bytes[4];
        size_t front = making->pages.size;
        bytes_put32(bytes, making->head.entries);
        buf_append(&making->starts, slice_of(bytes, 4));
        for (; next < making->count && making->ids[next] >> 24 == making->page; next++) {
            if (next > 0 && making->ids[next] == making->ids[next - 1]) {
                continue;
            }
            bytes_put16(bytes, (uint16_t)(making->ids[next] >> 8));
            bytes[2] = (unsigned char)making->ids[next];
            buf_append(&making->pages, slice_of(bytes, GUIDE_ENTRY_SIZE));
            making->head.entries++;
        }
        bytes_put32(bytes, hash_crc32c(0, slice_skip(buf_bytes(&making->pages), front)));
        buf_append(&making->pages, slice_of(bytes, GUIDE_CRC_SIZE));
    }
}

static enum status making_slices(struct making *making)
{
    const struct disk *disk = making->make->disk;
    unsigned bits = making->head.bits > MAKE_SLICE_BITS ? making->head.bits - MAKE_SLICE_BITS : 0;
    uint64_t base = GUIDE_HEAD_SIZE + guide_front_size(&making->head);
    for (uint64_t slice = 0; slice < UINT64_C(1) << bits; slice++) {
        uint32_t first = (uint32_t)(slice << (32 - bits));
        uint32_t last = (uint32_t)(((slice + 1) << (32 - bits)) - 1);
        if (atomic_load(making->make->stop)) {
            return STATUS_CLOSED;
        }
        enum status status = making_read(making, first, last);
        if (status != STATUS_OK) {
            return status;
        }
        making_pages(making, UINT32_C(1) << (making->head.bits - bits));
        if (buf_overflowed(&making->pages)) {
            return STATUS_FULL;
        }
        status =
            disk_write_all(disk, making->file, base + making->written, buf_bytes(&making->pages));
        if (status != STATUS_OK) {
            return status;
        }
        making->written += making->pages.size;
    }
    return STATUS_OK;
}

/* What stands before the pages.  The head goes last, behind a sync: where it is, all is. */
static enum status making_front(struct making *making)
{
    const struct disk *disk = making->make->disk;
    unsigned char bytes[GUIDE_HEAD_SIZE];
    struct buf front;
    buf_init_growing(&front, SIZE_MAX);
    for (uint32_t i = 0; i < making->make->count; i++) {
        struct guide_member member = guide_member_of(making->make->members[i]);
        guide_member_write(&member, bytes);
        buf_append(&front, slice_of(bytes, GUIDE_MEMBER_SIZE));
    }
    bytes_put32(bytes, making->head.entries);
    buf_append(&making->starts, slice_of(bytes, 4));
    buf_append(&front, buf_bytes(&making->starts));
    enum status status =
        buf_overflowed(&making->starts) || buf_overflowed(&front)
            ? STATUS_FULL
            : disk_write_all(disk, making->file, GUIDE_HEAD_SIZE, buf_bytes(&front));
    making->head.crc = hash_crc32c(0, buf_bytes(&front));
    buf_fini(&front);
    if (status == STATUS_OK) {
        status = disk->sync(disk->self, making->file);
    }
    guide_head_write(&making->head, bytes);
    if (status == STATUS_OK) {
        status = disk_write_all(disk, making->file, 0, slice_of(bytes, sizeof(bytes)));
    }
    return status == STATUS_OK ? disk->sync(disk->self, making->file) : status;
}

static enum status making_write(struct making *making)
{
    enum status status = making_slices(making);
    return status == STATUS_OK ? making_front(making) : status;
}

/* Make a new file; one of this name is left of an attempt that failed. */
static enum status making_create(const struct disk *disk, const char *name, int *file)
{
    enum status status = disk->remove_file(disk->self, name);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        return status;
    }
    return disk->open(disk->self, name, true, file);
}

enum status guide_make(struct guide_make *make)
{
    const struct disk *disk = make->disk;
    const struct sealed *newest = make->members[make->count - 1];
    struct making making = {.make = make};
    char name[STORE_PATH_SIZE];
    uint64_t ids = 0;
    for (uint32_t i = 0; i < make->count; i++) {
        ids += make->members[i]->foot.id_count;
    }
    if (ids > UINT32_MAX) {
        return STATUS_FULL;
    }
    making.head = (struct guide_head){
        .key = newest->head.key, .members = make->count, .bits = guide_bits(ids)};
    memcpy(making.head.store, newest->head.store, sizeof(making.head.store));
    guide_name(newest->segment.number, make->count, name);
    enum status status = making_create(disk, name, &making.file);
    if (status != STATUS_OK) {
        return status;
    }
    buf_init_growing(&making.starts, SIZE_MAX);
    buf_init_growing(&making.pages, SIZE_MAX);
    status = making_write(&making);
    buf_fini(&making.starts);
    buf_fini(&making.pages);
    free(making.ids);
    disk->close(disk->self, making.file);
    if (status == STATUS_OK) {
        status = disk->sync_directory(disk->self, ".");
    }
    if (status != STATUS_OK) {
        (void)!disk->remove_file(disk->self, name);
    }
    return status;
}
