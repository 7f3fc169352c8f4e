/* SPDX-License-Identifier: Apache-2.0 */
#include "store/guide_format.h"

#include "base/bytes.h"

#include <stdlib.h>
#include <string.h>

#define GUIDE_VERSION 1

static const unsigned char guide_magic[8] = {'T', 'H', 'A', 'W', 'G', 'U', 'I', 'D'};

void guide_head_write(const struct guide_head *head, unsigned char bytes[GUIDE_HEAD_SIZE])
{
    memset(bytes, 0, GUIDE_HEAD_SIZE);
    memcpy(bytes, guide_magic, sizeof(guide_magic));
    bytes_put16(bytes + 8, GUIDE_VERSION);
    bytes[10] = (unsigned char)head->members;
    bytes[11] = (unsigned char)head->bits;
    bytes_put32(bytes + 12, head->entries);
    memcpy(bytes + 16, head->store, sizeof(head->store));
    bytes_put64(bytes + 32, head->key.words[0]);
    bytes_put64(bytes + 40, head->key.words[1]);
    bytes_put32(bytes + 48, head->crc);
    bytes_put32(bytes + GUIDE_HEAD_SIZE - 4, hash_crc32c(0, slice_of(bytes, GUIDE_HEAD_SIZE - 4)));
}

enum status guide_head_read(struct slice bytes, struct guide_head *head)
{
    const unsigned char *at = bytes.base;
    if (bytes.size < GUIDE_HEAD_SIZE || memcmp(at, guide_magic, sizeof(guide_magic)) != 0 ||
        bytes_get16(at + 8) != GUIDE_VERSION ||
        bytes_get32(at + GUIDE_HEAD_SIZE - 4) !=
            hash_crc32c(0, slice_take(bytes, GUIDE_HEAD_SIZE - 4))) {
        return STATUS_BAD;
    }
    *head = (struct guide_head){
        .key = {{bytes_get64(at + 32), bytes_get64(at + 40)}},
        .members = at[10],
        .bits = at[11],
        .entries = bytes_get32(at + 12),
        .crc = bytes_get32(at + 48),
    };
    memcpy(head->store, at + 16, sizeof(head->store));
    return head->members > 0 && head->members <= GUIDE_MEMBERS_MAX && head->bits <= GUIDE_BITS_MAX
               ? STATUS_OK
               : STATUS_BAD;
}

void guide_member_write(const struct guide_member *member, unsigned char bytes[GUIDE_MEMBER_SIZE])
{
    bytes_put32(bytes, member->segment);
    bytes_put32(bytes + 4, member->ids);
    bytes_put32(bytes + 8, member->starts_crc);
}

struct guide_member guide_member_read(struct slice bytes)
{
    return (struct guide_member){
        .segment = bytes_get32(bytes.base),
        .ids = bytes_get32(bytes.base + 4),
        .starts_crc = bytes_get32(bytes.base + 8),
    };
}

unsigned guide_bits(uint64_t entries)
{
    unsigned bits = 0;
    while (bits < GUIDE_BITS_MAX && entries >> bits > LOOKUP_PAGE_COUNT) {
        bits++;
    }
    return bits;
}

static size_t guide_starts_size(const struct guide_head *head)
{
    return (((size_t)1 << head->bits) + 1) * 4;
}

size_t guide_front_size(const struct guide_head *head)
{
    return (size_t)head->members * GUIDE_MEMBER_SIZE + guide_starts_size(head);
}

uint64_t guide_pages_size(const struct guide_head *head)
{
    return (uint64_t)head->entries * GUIDE_ENTRY_SIZE + ((uint64_t)GUIDE_CRC_SIZE << head->bits);
}

uint64_t guide_size(const struct guide_head *head)
{
    return GUIDE_HEAD_SIZE + guide_front_size(head) + guide_pages_size(head);
}

enum status guide_map_init(struct guide_map *map, const struct guide_head *head,
                           struct slice starts)
{
    size_t pages = (size_t)1 << head->bits;
    *map = (struct guide_map){.bits = head->bits};
    if (starts.size != guide_starts_size(head)) {
        return STATUS_BAD;
    }
    map->starts = malloc((pages + 1) * sizeof(map->starts[0]));
    if (map->starts == NULL) {
        return STATUS_FULL;
    }
    bool good = true;
    for (size_t i = 0; i <= pages; i++) {
        map->starts[i] = bytes_get32(starts.base + 4 * i);
        good = good && map->starts[i] >= (i == 0 ? 0 : map->starts[i - 1]);
    }
    if (!good || map->starts[0] != 0 || map->starts[pages] != head->entries) {
        guide_map_fini(map);
        return STATUS_BAD;
    }
    return STATUS_OK;
}

void guide_map_fini(struct guide_map *map)
{
    free(map->starts);
    map->starts = NULL;
}

struct lookup_page guide_page_of(const void *map, uint64_t hash)
{
    const struct guide_map *all = map;
    uint32_t page = all->bits == 0 ? 0 : (uint32_t)(hash >> (64 - all->bits));
    uint32_t first = all->starts[page];
    return (struct lookup_page){
        .offset = (uint64_t)first * GUIDE_ENTRY_SIZE + (uint64_t)page * GUIDE_CRC_SIZE,
        .size = (size_t)(all->starts[page + 1] - first) * GUIDE_ENTRY_SIZE + GUIDE_CRC_SIZE,
    };
}

enum status guide_find(const struct guide_map *map, struct slice page, uint64_t hash,
                       void (*visit)(void *context, uint8_t member), void *context)
{
    if (page.size < GUIDE_CRC_SIZE) {
        return STATUS_BAD;
    }
    struct slice entries = slice_take(page, page.size - GUIDE_CRC_SIZE);
    if (bytes_get32(page.base + entries.size) != hash_crc32c(0, entries)) {
        return STATUS_BAD;
    }
    uint16_t print = (uint16_t)(hash >> (48 - map->bits));
    for (size_t at = 0; at + GUIDE_ENTRY_SIZE <= entries.size; at += GUIDE_ENTRY_SIZE) {
        if (bytes_get16(entries.base + at) == print) {
            visit(context, entries.base[at + 2]);
        }
    }
    return STATUS_OK;
}
