/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_FRAME_H
#define THAW_STORE_FRAME_H

#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * The bytes of a log: a header, then frames.  docs/formats/log.md is the same as text for people.
 * Pure: bytes in, fields out; any thread.
 *
 *     header            frame                  frame
 *     +----------------+------+---------------+------+--------
 *     | 64 bytes       | head | stored body   | head | ...
 *     +----------------+------+---------------+------+--------
 *
 * A frame names its segment, its own offset and a number that only grows, so that a stale or
 * misplaced one never passes for the next one.  Its checksum begins with a value that is made of
 * the store's identity, which no sender knows, so that no body can pretend to hold frames.
 */
#define FRAME_LOG_HEAD_SIZE 64
#define FRAME_HEAD_SIZE     56

/* How a body is stored.  zstd is of logs of before. */
enum frame_codec { FRAME_CODEC_RAW = 0, FRAME_CODEC_ZSTD = 1, FRAME_CODEC_LZ4 = 2 };

/* What stands at the front of a log. */
struct frame_log_head {
    unsigned char store[16]; /* Identity of the store. */
    uint32_t segment;        /* Number of this segment, from 1. */
    uint32_t previous;       /* The segment before it, 0 for the first. */
    uint32_t
        previous_end; /* Where the log before it ends: what lies behind was never acknowledged. */
    uint64_t created_ns;
    uint64_t seq; /* Every frame here has a greater number. */
};

struct frame_head {
    uint32_t stored_size;   /* Bytes of body behind the head. */
    uint32_t inflated_size; /* Bytes of the body once inflated. */
    unsigned char signal;   /* enum signal */
    unsigned char codec;    /* enum frame_codec */
    uint32_t segment;
    uint32_t offset; /* Of this head in its log. */
    uint64_t seq;
    uint64_t arrival_ns;
    uint32_t synced_end; /* Up to here the log was durable when this frame was written. */
    uint32_t body_crc;   /* CRC-32C of the stored body, begun with the store's seed. */
};

enum frame_answer {
    FRAME_OK,
    FRAME_PARTIAL, /* The bytes end inside. */
    FRAME_BAD,     /* They are no such thing. */
};

/* The value that the checksums of a store begin with. */
uint32_t frame_seed(const unsigned char store[16]);

/* By what a body is recognised when it comes again.  Not all zero, which stands for unknown. */
struct hash_128 frame_body_hash(const struct hash_bulk *bulk, struct slice body);

/* The checksum of a stored body. */
uint32_t frame_body_crc(uint32_t seed, struct slice body);

void frame_log_head_write(const struct frame_log_head *head,
                          unsigned char bytes[FRAME_LOG_HEAD_SIZE]);
enum frame_answer frame_log_head_read(struct slice bytes, struct frame_log_head *head) THAW_CHECK;

void frame_head_write(const struct frame_head *head, uint32_t seed,
                      unsigned char bytes[FRAME_HEAD_SIZE]);
enum frame_answer frame_head_read(struct slice bytes, uint32_t seed,
                                  struct frame_head *head) THAW_CHECK;

/* The first offset at or behind from where a head could begin (its magic stands there, or the bytes
 * end inside of it), or bytes.size. */
size_t frame_search(struct slice bytes, size_t from);

#endif
