/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of guides: any bytes as a file; then the same as members, starts and pages behind a
 * head whose checksums are right.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "base/ensure.h"
#include "store/guide.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
    const unsigned char *bytes;
    size_t size;
};

static enum status open_file(void *self, const char *path, bool create, int *file)
{
    (void)self;
    (void)path;
    ENSURE(!create);
    *file = 1;
    return STATUS_OK;
}

static void close_file(void *self, int file)
{
    (void)self;
    (void)file;
}

static enum status size_file(void *self, int file, uint64_t *size)
{
    const struct file *from = self;
    (void)file;
    *size = from->size;
    return STATUS_OK;
}

static enum status read_file(void *self, int file, uint64_t offset, void *memory, size_t size,
                             size_t *got)
{
    const struct file *from = self;
    (void)file;
    size_t left = offset < from->size ? from->size - (size_t)offset : 0;
    *got = left < size ? left : size;
    if (*got > 0) {
        memcpy(memory, from->bytes + offset, *got);
    }
    return STATUS_OK;
}

static void visit(void *context, uint64_t hash, uint8_t member)
{
    const struct guide *guide = context;
    (void)hash;
    ENSURE(member < guide->head.members);
}

static void open_one(const unsigned char *bytes, size_t size)
{
    static const unsigned char store[16] = {1};
    static const uint64_t hashes[] = {0, 1, UINT64_C(1) << 40, UINT64_C(1) << 63, UINT64_MAX};
    struct file file = {.bytes = bytes, .size = size};
    struct disk disk = {
        .self = &file,
        .open = open_file,
        .close = close_file,
        .size = size_file,
        .read = read_file,
    };
    struct guide *guide;
    if (guide_open(&guide, &disk, "guide-00000001-1", store) == STATUS_OK) {
        for (size_t from = 0; from < sizeof(hashes) / sizeof(hashes[0]); from++) {
            (void)!guide_find_sorted(guide, hashes + from,
                                     sizeof(hashes) / sizeof(hashes[0]) - from, visit, guide);
        }
        (void)guide_last(guide);
        guide_free(guide);
    }
}

/* Pages of the bytes, with the checksum of each. */
static void build(const uint8_t *data, size_t size, struct buf *buf)
{
    unsigned char bytes[GUIDE_HEAD_SIZE];
    struct guide_head head = {
        .store = {1}, .members = size > 0 ? data[0] % 65u : 1, .bits = size > 1 ? data[1] % 4u : 0};
    size_t pages = (size_t)1 << head.bits;
    struct slice left = slice_skip(slice_of(data, size), size < 2 ? size : 2);
    size_t each = left.size / GUIDE_ENTRY_SIZE / pages;
    struct buf front;
    buf_init_growing(&front, SIZE_MAX);
    for (uint32_t i = 0; i < head.members; i++) {
        const struct guide_member member = {.segment = i + 1};
        guide_member_write(&member, bytes);
        buf_append(&front, slice_of(bytes, GUIDE_MEMBER_SIZE));
    }
    for (size_t i = 0; i <= pages; i++) {
        bytes_put32(bytes, (uint32_t)(i * each));
        buf_append(&front, slice_of(bytes, 4));
    }
    head.entries = (uint32_t)(pages * each);
    head.crc = hash_crc32c(0, buf_bytes(&front));
    guide_head_write(&head, bytes);
    buf_append(buf, slice_of(bytes, GUIDE_HEAD_SIZE));
    buf_append(buf, buf_bytes(&front));
    for (size_t i = 0; i < pages; i++) {
        struct slice page = slice_take(left, each * GUIDE_ENTRY_SIZE);
        bytes_put32(bytes, hash_crc32c(0, page));
        buf_append(buf, page);
        buf_append(buf, slice_of(bytes, GUIDE_CRC_SIZE));
        left = slice_skip(left, page.size);
    }
    buf_fini(&front);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_one(data, size);
    struct buf buf;
    buf_init_growing(&buf, SIZE_MAX);
    build(data, size, &buf);
    open_one(buf.base, buf.size);
    buf_fini(&buf);
    return 0;
}
