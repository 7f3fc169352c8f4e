/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sealed_format.h"

#include "base/bytes.h"
#include "base/ensure.h"

#include <string.h>

static const unsigned char sealed_magic[8] = {'T', 'H', 'A', 'W', 'S', 'E', 'A', 'L'};
static const unsigned char sealed_foot_magic[8] = {'T', 'H', 'A', 'W', 'F', 'O', 'O', 'T'};

#define SEALED_VERSION 1

/* Bytes of a part: offset, size, checksum. */
#define SEALED_PART_SIZE 20

void sealed_head_write(const struct sealed_head *head, unsigned char bytes[SEALED_HEAD_SIZE])
{
    memset(bytes, 0, SEALED_HEAD_SIZE);
    memcpy(bytes, sealed_magic, sizeof(sealed_magic));
    bytes_put32(bytes + 8, SEALED_VERSION);
    bytes_put32(bytes + 12, head->segment);
    memcpy(bytes + 16, head->store, sizeof(head->store));
    bytes_put64(bytes + 32, head->key.words[0]);
    bytes_put64(bytes + 40, head->key.words[1]);
    bytes_put32(bytes + 48, head->previous);
    bytes_put32(bytes + 52, head->previous_end);
    bytes_put64(bytes + 56, head->created_ns);
    bytes_put64(bytes + 64, head->seq);
    bytes_put32(bytes + SEALED_HEAD_SIZE - 4,
                hash_crc32c(0, slice_of(bytes, SEALED_HEAD_SIZE - 4)));
}

enum status sealed_head_read(struct slice bytes, struct sealed_head *head)
{
    if (bytes.size < SEALED_HEAD_SIZE ||
        memcmp(bytes.base, sealed_magic, sizeof(sealed_magic)) != 0 ||
        bytes_get32(bytes.base + 8) != SEALED_VERSION ||
        bytes_get32(bytes.base + SEALED_HEAD_SIZE - 4) !=
            hash_crc32c(0, slice_take(bytes, SEALED_HEAD_SIZE - 4))) {
        return STATUS_BAD;
    }
    head->segment = bytes_get32(bytes.base + 12);
    memcpy(head->store, bytes.base + 16, sizeof(head->store));
    head->key.words[0] = bytes_get64(bytes.base + 32);
    head->key.words[1] = bytes_get64(bytes.base + 40);
    head->previous = bytes_get32(bytes.base + 48);
    head->previous_end = bytes_get32(bytes.base + 52);
    head->created_ns = bytes_get64(bytes.base + 56);
    head->seq = bytes_get64(bytes.base + 64);
    return head->segment == 0 ? STATUS_BAD : STATUS_OK;
}

static void sealed_part_write(const struct sealed_part *part, unsigned char *bytes)
{
    bytes_put64(bytes, part->offset);
    bytes_put64(bytes + 8, part->size);
    bytes_put32(bytes + 16, part->crc);
}

static bool sealed_part_read(const unsigned char *bytes, uint64_t file_size,
                             struct sealed_part *part)
{
    part->offset = bytes_get64(bytes);
    part->size = bytes_get64(bytes + 8);
    part->crc = bytes_get32(bytes + 16);
    return part->offset <= file_size && part->size <= file_size - part->offset;
}

void sealed_entry_write(const struct sealed_entry *entry, unsigned char bytes[SEALED_ENTRY_SIZE])
{
    memset(bytes, 0, SEALED_ENTRY_SIZE);
    sealed_part_write(&entry->block, bytes);
    sealed_part_write(&entry->filter, bytes + 20);
    bytes_put64(bytes + 40, entry->first_ns);
    bytes_put64(bytes + 48, entry->last_ns);
    bytes_put64(bytes + 56, entry->first_arrival_ns);
    bytes_put64(bytes + 64, entry->last_arrival_ns);
    bytes_put64(bytes + 72, entry->duration_min_ns);
    bytes_put64(bytes + 80, entry->duration_max_ns);
    bytes_put32(bytes + 88, entry->rows);
    bytes_put16(bytes + 92, entry->flags);
    bytes[94] = entry->signal;
}

enum status sealed_entry_read(struct slice bytes, uint64_t file_size, struct sealed_entry *entry)
{
    const unsigned char *at = bytes.base;
    if (bytes.size < SEALED_ENTRY_SIZE || !sealed_part_read(at, file_size, &entry->block) ||
        !sealed_part_read(at + 20, file_size, &entry->filter)) {
        return STATUS_BAD;
    }
    entry->first_ns = bytes_get64(at + 40);
    entry->last_ns = bytes_get64(at + 48);
    entry->first_arrival_ns = bytes_get64(at + 56);
    entry->last_arrival_ns = bytes_get64(at + 64);
    entry->duration_min_ns = bytes_get64(at + 72);
    entry->duration_max_ns = bytes_get64(at + 80);
    entry->rows = bytes_get32(at + 88);
    entry->flags = bytes_get16(at + 92);
    entry->signal = at[94];
    return entry->signal < 2 && entry->rows > 0 ? STATUS_OK : STATUS_BAD;
}

void sealed_foot_write(const struct sealed_foot *foot, unsigned char bytes[SEALED_FOOT_SIZE])
{
    unsigned char *at = bytes;
    memset(bytes, 0, SEALED_FOOT_SIZE);
    for (unsigned i = 0; i < SEALED_SECTION_COUNT; i++, at += SEALED_PART_SIZE) {
        sealed_part_write(&foot->sections[i], at);
    }
    bytes_put32(at, foot->block_count);
    bytes_put32(at + 4, foot->frame_count);
    bytes_put32(at + 8, foot->id_count);
    bytes_put64(at + 12, foot->frames);
    bytes_put64(at + 20, foot->spans);
    bytes_put64(at + 28, foot->lines);
    bytes_put64(at + 36, foot->arrival_last_ns);
    bytes_put64(at + 44, foot->seq_last);
    memcpy(at + 52, sealed_foot_magic, sizeof(sealed_foot_magic));
    _Static_assert(SEALED_SECTION_COUNT * SEALED_PART_SIZE + 52 + 8 + 8 == SEALED_FOOT_SIZE, "");
    bytes_put32(bytes + SEALED_FOOT_SIZE - 4,
                hash_crc32c(0, slice_of(bytes, SEALED_FOOT_SIZE - 4)));
}

enum status sealed_foot_read(struct slice bytes, uint64_t file_size, struct sealed_foot *foot)
{
    const unsigned char *at = bytes.base;
    if (bytes.size < SEALED_FOOT_SIZE ||
        bytes_get32(at + SEALED_FOOT_SIZE - 4) !=
            hash_crc32c(0, slice_take(bytes, SEALED_FOOT_SIZE - 4))) {
        return STATUS_BAD;
    }
    bool inside = true;
    for (unsigned i = 0; i < SEALED_SECTION_COUNT; i++, at += SEALED_PART_SIZE) {
        inside = sealed_part_read(at, file_size, &foot->sections[i]) && inside;
    }
    if (!inside || memcmp(at + 52, sealed_foot_magic, sizeof(sealed_foot_magic)) != 0) {
        return STATUS_BAD;
    }
    foot->block_count = bytes_get32(at);
    foot->frame_count = bytes_get32(at + 4);
    foot->id_count = bytes_get32(at + 8);
    foot->frames = bytes_get64(at + 12);
    foot->spans = bytes_get64(at + 20);
    foot->lines = bytes_get64(at + 28);
    foot->arrival_last_ns = bytes_get64(at + 36);
    foot->seq_last = bytes_get64(at + 44);
    return foot->block_count < UINT16_MAX && foot->sections[SEALED_DIRECTORY].size ==
                                                 (uint64_t)foot->block_count * SEALED_ENTRY_SIZE
               ? STATUS_OK
               : STATUS_BAD;
}
