/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEALED_FORMAT_H
#define THAW_STORE_SEALED_FORMAT_H

#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * The bytes around the blocks of a sealed segment.  docs/formats/sealed.md is the same as text for
 * people.  Pure: bytes in, fields out; any thread.
 *
 *     +------+--------+-------+-  -+------------+-----+---------+--------+-----------+------+
 *     | head | frames | block |    | dictionary | ids | filters | bodies | directory | foot |
 *     +------+--------+-------+-  -+------------+-----+---------+--------+-----------+------+
 *
 * It is written from front to back in one go; a file without a right foot was never finished.
 */
#define SEALED_HEAD_SIZE  80
#define SEALED_ENTRY_SIZE 96
#define SEALED_FOOT_SIZE  208
#define SEALED_BODY_SIZE  24

struct sealed_head {
    unsigned char store[16]; /* Identity of the store. */
    struct hash_key key;     /* Of the ids and filters. */
    uint32_t segment;        /* Number of the segment. */
    /* Of the head of its log (frame.h): */
    uint32_t previous, previous_end;
    uint64_t created_ns;
    uint64_t seq; /* Every frame in it has a greater number. */
};

/* A stretch of the file. */
struct sealed_part {
    uint64_t offset, size;
    uint32_t crc; /* Of all of it; 0 where its pieces have their own. */
};

enum sealed_section {
    SEALED_FRAMES,     /* As in a log: what is no span and no line.  Each has its checksum. */
    SEALED_DICTIONARY, /* Of the blocks. */
    SEALED_STARTS,     /* lookup.h */
    SEALED_PAGES,      /* Each has its checksum. */
    SEALED_FILTERS,    /* One behind the other; the checksums are in the directory. */
    SEALED_BODIES,     /* For recognising them when they come again: hash and arrival of each. */
    SEALED_DIRECTORY,  /* An entry for each block. */
    SEALED_SECTION_COUNT
};

struct sealed_foot {
    struct sealed_part sections[SEALED_SECTION_COUNT];
    uint32_t block_count, frame_count /* In SEALED_FRAMES. */, id_count;
    uint64_t frames; /* Of the log that it was made of. */
    uint64_t spans, lines;
    uint64_t arrival_last_ns;
    uint64_t seq_last; /* No frame of it has a greater number. */
};

/* What the directory says of a block: columns/block_info.h in bytes. */
struct sealed_entry {
    struct sealed_part block;
    struct sealed_part filter; /* Its offset counts from where the filters begin. */
    uint32_t rows;
    uint16_t flags; /* enum block_flag */
    uint8_t signal; /* enum signal: spans or lines. */
    uint64_t first_ns, last_ns, first_arrival_ns, last_arrival_ns;
    uint64_t duration_min_ns, duration_max_ns;
};

void sealed_head_write(const struct sealed_head *head, unsigned char bytes[SEALED_HEAD_SIZE]);
enum status sealed_head_read(struct slice bytes, struct sealed_head *head) THAW_CHECK;

void sealed_entry_write(const struct sealed_entry *entry, unsigned char bytes[SEALED_ENTRY_SIZE]);
/* STATUS_BAD also when it speaks of what is outside of a file of file_size bytes. */
enum status sealed_entry_read(struct slice bytes, uint64_t file_size,
                              struct sealed_entry *entry) THAW_CHECK;

void sealed_foot_write(const struct sealed_foot *foot, unsigned char bytes[SEALED_FOOT_SIZE]);
/* The same. */
enum status sealed_foot_read(struct slice bytes, uint64_t file_size,
                             struct sealed_foot *foot) THAW_CHECK;

#endif
