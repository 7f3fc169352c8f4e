/* SPDX-License-Identifier: Apache-2.0 */
#include "spool/format.h"

#include "base/ensure.h"
#include "base/hash.h"

#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "frames lie in the spool as they lie in memory"
#endif

#define ALIGN 8u

static const char head_magic[8] = "THAWSPL";
static const uint32_t group_magic = 0x31505354; /* "TSP1" */

_Static_assert(AGENT_SPOOL_HALF_SIZE >=
                   AGENT_QUEUE_SIZE + AGENT_SPOOL_ENTRIES_SIZE + FORMAT_GROUP_HEAD_SIZE + ALIGN,
               "a half holds everything");

struct head_bytes {
    char magic[8];
    uint32_t version;
    uint32_t half_size;
    uint64_t salt;
    uint64_t inode;
    uint32_t zero[7];
    uint32_t checksum; /* CRC-32C of what stands before it. */
};

struct group_bytes {
    uint32_t magic;
    uint32_t checksum; /* Of the rest of the head.  Both begin with that of the salt. */
    uint32_t size;
    uint32_t entries_size;
    uint64_t generation;
    uint64_t step;
    uint32_t flags;
    uint32_t body_checksum; /* Of what follows the head. */
};

_Static_assert(sizeof(struct head_bytes) == FORMAT_HEAD_SIZE, "as the page says");
_Static_assert(sizeof(struct group_bytes) == FORMAT_GROUP_HEAD_SIZE, "as the page says");

#define CHECKED_FROM offsetof(struct group_bytes, size)

static uint32_t head_checksum(const struct head_bytes *head)
{
    return hash_crc32c(0, slice_of(head, offsetof(struct head_bytes, checksum)));
}

void format_head_write(const struct format_head *head, unsigned char bytes[FORMAT_HEAD_SIZE])
{
    struct head_bytes out = {
        .version = FORMAT_VERSION,
        .half_size = AGENT_SPOOL_HALF_SIZE,
        .salt = head->salt,
        .inode = head->inode,
    };
    memcpy(out.magic, head_magic, sizeof(out.magic));
    out.checksum = head_checksum(&out);
    memcpy(bytes, &out, sizeof(out));
}

bool format_head_read(struct slice bytes, struct format_head *head)
{
    struct head_bytes in;
    if (bytes.size < sizeof(in)) {
        return false;
    }
    memcpy(&in, bytes.base, sizeof(in));
    if (memcmp(in.magic, head_magic, sizeof(in.magic)) != 0 || in.version != FORMAT_VERSION ||
        in.half_size != AGENT_SPOOL_HALF_SIZE || in.checksum != head_checksum(&in)) {
        return false;
    }
    *head = (struct format_head){.salt = in.salt, .inode = in.inode};
    return true;
}

size_t format_group_front(size_t entries_size)
{
    return FORMAT_GROUP_HEAD_SIZE + (entries_size + ALIGN - 1) / ALIGN * ALIGN;
}

size_t format_group_size(size_t entries_size, size_t frames_size)
{
    return format_group_front(entries_size) + frames_size;
}

static uint32_t seed_of(uint64_t salt)
{
    return hash_crc32c(0, slice_of(&salt, sizeof(salt)));
}

static uint32_t head_of_group_checksum(const struct group_bytes *head, uint64_t salt)
{
    const unsigned char *bytes = (const unsigned char *)head;
    return hash_crc32c(seed_of(salt), slice_of(bytes + CHECKED_FROM, sizeof(*head) - CHECKED_FROM));
}

void format_group_write(const struct format_group *group, uint64_t salt, unsigned char *bytes)
{
    size_t front = format_group_front(group->entries.size);
    size_t written = FORMAT_GROUP_HEAD_SIZE + group->entries.size;
    struct group_bytes head = {
        .magic = group_magic,
        .size = (uint32_t)(front + group->frames.size),
        .entries_size = (uint32_t)group->entries.size,
        .generation = group->generation,
        .step = group->step,
        .flags = group->flags,
    };
    ENSURE(group->frames.size % ALIGN == 0 && front + group->frames.size <= AGENT_SPOOL_HALF_SIZE);
    memset(bytes + written, 0, front - written);
    memcpy(bytes, &head, sizeof(head));
    uint32_t crc = hash_crc32c(seed_of(salt), slice_of(bytes + sizeof(head), front - sizeof(head)));
    head.body_checksum = hash_crc32c(crc, group->frames);
    head.checksum = head_of_group_checksum(&head, salt);
    memcpy(bytes, &head, sizeof(head));
}

bool format_group_peek(struct slice bytes, uint64_t salt, struct format_group *group)
{
    struct group_bytes head;
    if (bytes.size < sizeof(head)) {
        return false;
    }
    memcpy(&head, bytes.base, sizeof(head));
    if (head.magic != group_magic || head.checksum != head_of_group_checksum(&head, salt)) {
        return false;
    }
    *group = (struct format_group){
        .flags = head.flags, .generation = head.generation, .step = head.step};
    return true;
}

size_t format_group_read(struct slice bytes, uint64_t salt, struct format_group *group)
{
    struct group_bytes head;
    if (!format_group_peek(bytes, salt, group)) {
        return 0;
    }
    memcpy(&head, bytes.base, sizeof(head));
    if (head.size > bytes.size || head.size % ALIGN != 0 || head.entries_size > head.size ||
        head.size < format_group_front(head.entries_size)) {
        return 0;
    }
    struct slice body = slice_skip(slice_take(bytes, head.size), sizeof(head));
    if (head.body_checksum != hash_crc32c(seed_of(salt), body)) {
        return 0;
    }
    *group = (struct format_group){
        .flags = head.flags,
        .generation = head.generation,
        .step = head.step,
        .entries = slice_of(bytes.base + sizeof(head), head.entries_size),
        .frames = slice_skip(slice_take(bytes, head.size), format_group_front(head.entries_size)),
    };
    return head.size;
}
