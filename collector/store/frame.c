/* SPDX-License-Identifier: Apache-2.0 */
#include "store/frame.h"

#include "base/bytes.h"
#include "store/store_limits.h"

#include <string.h>

static const unsigned char frame_log_magic[8] = {'T', 'H', 'A', 'W', 'L', 'O', 'G', 0};
static const unsigned char frame_magic[4] = {0xf7, 'T', 'F', 1};

#define FRAME_LOG_VERSION 1

uint32_t frame_seed(const unsigned char store[16])
{
    return hash_crc32c(0, slice_of(store, 16));
}

struct hash_128 frame_body_hash(const struct hash_bulk *bulk, struct slice body)
{
    struct hash_128 hash = hash_bulk128(bulk, body);
    hash.bytes[0] |= 1;
    return hash;
}

uint32_t frame_body_crc(uint32_t seed, struct slice body)
{
    return hash_crc32c(seed, body);
}

void frame_log_head_write(const struct frame_log_head *head,
                          unsigned char bytes[FRAME_LOG_HEAD_SIZE])
{
    memset(bytes, 0, FRAME_LOG_HEAD_SIZE);
    memcpy(bytes, frame_log_magic, sizeof(frame_log_magic));
    bytes_put32(bytes + 8, FRAME_LOG_VERSION);
    bytes_put32(bytes + 12, head->segment);
    memcpy(bytes + 16, head->store, 16);
    bytes_put32(bytes + 32, head->previous);
    bytes_put32(bytes + 36, head->previous_end);
    bytes_put64(bytes + 40, head->created_ns);
    bytes_put64(bytes + 48, head->seq);
    bytes_put32(bytes + 60, hash_crc32c(0, slice_of(bytes, 60)));
}

enum frame_answer frame_log_head_read(struct slice bytes, struct frame_log_head *head)
{
    if (bytes.size < FRAME_LOG_HEAD_SIZE) {
        return FRAME_PARTIAL;
    }
    const unsigned char *at = bytes.base;
    if (memcmp(at, frame_log_magic, sizeof(frame_log_magic)) != 0 ||
        bytes_get32(at + 8) != FRAME_LOG_VERSION ||
        bytes_get32(at + 60) != hash_crc32c(0, slice_take(bytes, 60))) {
        return FRAME_BAD;
    }
    head->segment = bytes_get32(at + 12);
    memcpy(head->store, at + 16, 16);
    head->previous = bytes_get32(at + 32);
    head->previous_end = bytes_get32(at + 36);
    head->created_ns = bytes_get64(at + 40);
    head->seq = bytes_get64(at + 48);
    return head->segment == 0 ? FRAME_BAD : FRAME_OK;
}

void frame_head_write(const struct frame_head *head, uint32_t seed,
                      unsigned char bytes[FRAME_HEAD_SIZE])
{
    memset(bytes, 0, FRAME_HEAD_SIZE);
    memcpy(bytes, frame_magic, sizeof(frame_magic));
    bytes_put32(bytes + 4, head->stored_size);
    bytes_put32(bytes + 8, head->inflated_size);
    bytes[12] = head->signal;
    bytes[13] = head->codec;
    bytes_put32(bytes + 16, head->segment);
    bytes_put32(bytes + 20, head->offset);
    bytes_put64(bytes + 24, head->seq);
    bytes_put64(bytes + 32, head->arrival_ns);
    bytes_put32(bytes + 40, head->synced_end);
    bytes_put32(bytes + 44, head->body_crc);
    bytes_put32(bytes + 52, hash_crc32c(seed, slice_of(bytes, 52)));
}

enum frame_answer frame_head_read(struct slice bytes, uint32_t seed, struct frame_head *head)
{
    if (bytes.size < FRAME_HEAD_SIZE) {
        return FRAME_PARTIAL;
    }
    const unsigned char *at = bytes.base;
    if (memcmp(at, frame_magic, sizeof(frame_magic)) != 0 ||
        bytes_get32(at + 52) != hash_crc32c(seed, slice_take(bytes, 52))) {
        return FRAME_BAD;
    }
    head->stored_size = bytes_get32(at + 4);
    head->inflated_size = bytes_get32(at + 8);
    head->signal = at[12];
    head->codec = at[13];
    head->segment = bytes_get32(at + 16);
    head->offset = bytes_get32(at + 20);
    head->seq = bytes_get64(at + 24);
    head->arrival_ns = bytes_get64(at + 32);
    head->synced_end = bytes_get32(at + 40);
    head->body_crc = bytes_get32(at + 44);
    if (head->signal > 2 || head->codec > FRAME_CODEC_LZ4 ||
        head->inflated_size > STORE_BODY_SIZE_MAX ||
        (head->codec == FRAME_CODEC_RAW && head->stored_size != head->inflated_size)) {
        return FRAME_BAD;
    }
    return FRAME_OK;
}

size_t frame_search(struct slice bytes, size_t from)
{
    while (from < bytes.size) {
        size_t found = slice_find_byte(slice_skip(bytes, from), frame_magic[0]);
        if (found == SLICE_NONE) {
            return bytes.size;
        }
        from += found;
        size_t left = bytes.size - from;
        size_t compared = left < sizeof(frame_magic) ? left : sizeof(frame_magic);
        if (memcmp(bytes.base + from, frame_magic, compared) == 0) {
            return from;
        }
        from++;
    }
    return bytes.size;
}
