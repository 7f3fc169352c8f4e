/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_GUIDE_FORMAT_H
#define THAW_STORE_GUIDE_FORMAT_H

#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"
#include "store/lookup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of a guide (guide.h).  docs/formats/guide.md is the same as text for people.  Pure:
 * bytes in, fields out; any thread.
 *
 *     +------+---------+--------+------+------+-  -+
 *     | head | members | starts | page | page |    |
 *     +------+---------+--------+------+------+-  -+
 *
 * The upper bits of an id's hash say the page, the 16 below are its print; of a page each entry is
 * a print and the place of a segment among the members.
 */
#define GUIDE_HEAD_SIZE   64
#define GUIDE_MEMBER_SIZE 12
#define GUIDE_ENTRY_SIZE  3
#define GUIDE_CRC_SIZE    4

/* Segments of one guide: the place of one takes a byte. */
#define GUIDE_MEMBERS_MAX 64

/* Upper bits that may say the page: with the 16 of the print no more than what every sealed segment
 * tells of an id. */
#define GUIDE_BITS_MAX 16

struct guide_head {
    unsigned char store[16]; /* Identity of the store. */
    struct hash_key key;     /* Of the hashes. */
    uint32_t members, bits, entries;
    uint32_t crc; /* Of members and starts. */
};

/* A sealed segment: another one of this number has another checksum of its starts. */
struct guide_member {
    uint32_t segment, ids, starts_crc;
};

/* Where the pages are. */
struct guide_map {
    unsigned bits;
    uint32_t *starts; /* 2^bits + 1: entries before each page. */
};

void guide_head_write(const struct guide_head *head, unsigned char bytes[GUIDE_HEAD_SIZE]);
enum status guide_head_read(struct slice bytes, struct guide_head *head) THAW_CHECK;

void guide_member_write(const struct guide_member *member, unsigned char bytes[GUIDE_MEMBER_SIZE]);
/* size is GUIDE_MEMBER_SIZE. */
struct guide_member guide_member_read(struct slice bytes);

/* How many upper bits say the page of so many entries. */
unsigned guide_bits(uint64_t entries);

/* Bytes of members and starts, of the pages, and of all. */
size_t guide_front_size(const struct guide_head *head);
uint64_t guide_pages_size(const struct guide_head *head);
uint64_t guide_size(const struct guide_head *head);

/* Read the starts.  STATUS_BAD when they are not ascending, or not of so many entries. */
enum status guide_map_init(struct guide_map *map, const struct guide_head *head,
                           struct slice starts) THAW_CHECK;
void guide_map_fini(struct guide_map *map);

/* Where behind the starts the page of a hash is, which is a const struct guide_map. */
struct lookup_page guide_page_of(const void *map, uint64_t hash);

/* Call back with the place of each member whose segment may have the hash.  STATUS_BAD: the page is
 * damaged. */
enum status guide_find(const struct guide_map *map, struct slice page, uint64_t hash,
                       void (*visit)(void *context, uint8_t member), void *context) THAW_CHECK;

#endif
