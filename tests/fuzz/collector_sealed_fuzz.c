/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of sealed files: any bytes as a file; then the same with a head, a foot, a directory
 * and starts whose checksums are right and whose fields the input chooses, so that what lies behind
 * them is reached.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "base/ensure.h"
#include "store/sealed.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
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

static void visit_block(void *context, uint16_t block)
{
    (void)context;
    (void)block;
}

static void visit_top(void *context, uint32_t top)
{
    (void)context;
    ENSURE(top <= UINT32_MAX / 2);
}

static void visit_frame(void *context, const struct frame_head *head, struct slice stored)
{
    (void)context;
    ENSURE(stored.size == head->stored_size);
}

static void visit_body(void *context, const struct hash_128 *hash, uint64_t arrival_ns)
{
    (void)context;
    (void)hash;
    (void)arrival_ns;
}

static void use(const struct sealed *sealed)
{
    static unsigned char memory[1 << 20];
    for (unsigned i = 0; i < 4; i++) {
        struct id16 id = {{(unsigned char)i}};
        (void)!sealed_find(sealed, id, visit_block, NULL);
    }
    (void)!sealed_tops(sealed, 0, UINT32_MAX / 2, visit_top, NULL);
    (void)!sealed_frames(sealed, 7, visit_frame, NULL);
    (void)!sealed_bodies(sealed, visit_body, NULL);
    struct dictionary *dictionary;
    struct bytes_reader *reader = bytes_reader_create();
    ENSURE(reader != NULL);
    if (sealed_dictionary(sealed, &dictionary) == STATUS_OK) {
        for (uint32_t i = 0; i < sealed->foot.block_count + 1 && i < 8; i++) {
            struct arena arena;
            struct block *block;
            arena_init(&arena, memory, sizeof(memory));
            (void)!sealed_block(sealed, i, dictionary, reader, &arena, &block);
        }
        dictionary_free(dictionary);
    }
    bytes_reader_free(reader);
}

static void open_one(const unsigned char *bytes, size_t size)
{
    static const unsigned char store[16] = {1};
    struct file file = {.bytes = bytes, .size = size};
    struct disk disk = {
        .self = &file,
        .open = open_file,
        .close = close_file,
        .size = size_file,
        .read = read_file,
    };
    struct segment segment = {.number = 1, .name = "20261130T000000Z-00000001"};
    struct sealed *sealed;
    if (sealed_open(&sealed, &disk, &segment, store) == STATUS_OK) {
        use(sealed);
        sealed_free(sealed);
    }
}

struct input {
    const uint8_t *data;
    size_t size;
};

static uint32_t take(struct input *input, uint32_t most)
{
    uint32_t value = 0;
    for (unsigned i = 0; i < 2 && input->size > 0; i++, input->size--) {
        value = value << 8 | *input->data++;
    }
    return most == UINT32_MAX ? value : value % (most + 1);
}

/* A part that the input places, with its right checksum. */
static struct sealed_part place(struct input *input, const struct buf *buf)
{
    struct sealed_part part;
    part.offset = take(input, (uint32_t)buf->size);
    part.size = take(input, (uint32_t)(buf->size - part.offset));
    part.crc = hash_crc32c(0, slice_of(buf->base + part.offset, (size_t)part.size));
    return part;
}

static struct sealed_part append(struct buf *buf, struct slice bytes)
{
    struct sealed_part part = {buf->size, bytes.size, hash_crc32c(0, bytes)};
    buf_append(buf, bytes);
    return part;
}

static void build(struct input input, struct buf *buf)
{
    unsigned char bytes[SEALED_FOOT_SIZE];
    struct sealed_head head = {.store = {1}, .segment = 1};
    struct sealed_foot foot = {.block_count = take(&input, 3)};
    sealed_head_write(&head, bytes);
    buf_append(buf, slice_of(bytes, SEALED_HEAD_SIZE));
    foot.id_count = take(&input, 200);
    buf_append(buf, slice_of(input.data, input.size / 2));
    for (unsigned i = 0; i < SEALED_SECTION_COUNT; i++) {
        foot.sections[i] = place(&input, buf);
    }
    uint32_t start = 0;
    struct buf starts;
    buf_init_growing(&starts, SIZE_MAX);
    for (size_t i = 0; i < lookup_starts_size(foot.id_count) / 4; i++) {
        start = i == 0 ? 0 : start + take(&input, 64);
        bytes_put32(bytes, i + 1 == lookup_starts_size(foot.id_count) / 4 ? foot.id_count : start);
        buf_append(&starts, slice_of(bytes, 4));
    }
    foot.sections[SEALED_STARTS] = append(buf, buf_bytes(&starts));
    buf_fini(&starts);
    struct buf directory;
    buf_init_growing(&directory, SIZE_MAX);
    for (uint32_t i = 0; i < foot.block_count; i++) {
        struct sealed_entry entry = {.block = place(&input, buf), .rows = take(&input, 10)};
        entry.filter = place(&input, buf);
        sealed_entry_write(&entry, bytes);
        buf_append(&directory, slice_of(bytes, SEALED_ENTRY_SIZE));
    }
    foot.sections[SEALED_DIRECTORY] = append(buf, buf_bytes(&directory));
    buf_fini(&directory);
    sealed_foot_write(&foot, bytes);
    buf_append(buf, slice_of(bytes, SEALED_FOOT_SIZE));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_one(data, size);
    struct buf buf;
    buf_init_growing(&buf, SIZE_MAX);
    build((struct input){data, size}, &buf);
    open_one(buf.base, buf.size);
    buf_fini(&buf);
    return 0;
}
