/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SPOOL_FORMAT_H
#define THAW_SPOOL_FORMAT_H

#include "agent_limits.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the spool's file, as docs/formats/spool.md has them: a head, and
 * two halves that are written in turn.
 *
 *     0        4096            4096 + half       4096 + 2 * half
 *     | head   | half 0        | half 1          |
 *
 *     a half:  | whole group | group | group | ...  what was there before
 *     a group: | head | entries | padding | frames |
 *
 * Pure: bytes in, bytes out.  Integers have their little end first, which is
 * how the machines have them that the agent is built for.
 */
#define FORMAT_VERSION         1u
#define FORMAT_HEAD_SIZE       64u
#define FORMAT_HALVES_OFFSET   4096u
#define FORMAT_FILE_SIZE       (FORMAT_HALVES_OFFSET + 2 * (uint64_t)AGENT_SPOOL_HALF_SIZE)
#define FORMAT_GROUP_HEAD_SIZE 40u

struct format_head {
    uint64_t salt;  /* Random: no record can hold bytes that pass for a group. */
    uint64_t inode; /* Of the file: in a copy it is another one. */
};

void format_head_write(const struct format_head *head, unsigned char bytes[FORMAT_HEAD_SIZE]);

/* False: these bytes are no head of this version. */
bool format_head_read(struct slice bytes, struct format_head *head) THAW_CHECK;

/* It tells everything, and replaces all that was told before it. */
#define FORMAT_WHOLE 1u
/* Its process ended with everything sent. */
#define FORMAT_CLEAN 2u

struct format_group {
    uint32_t flags;
    uint64_t generation; /* Greater by one for every half that is begun. */
    uint64_t step;       /* Greater by one for every group of a half; the whole one has 0. */
    struct slice entries;
    struct slice frames; /* A multiple of 8 bytes. */
};

/* What a group takes in the file. */
size_t format_group_size(size_t entries_size, size_t frames_size);

/* Fill the head of a group whose entries follow it directly: bytes has room for padding. */
void format_group_write(const struct format_group *group, uint64_t salt, unsigned char *bytes);

/* The size of what format_group_write() has made in front of the frames. */
size_t format_group_front(size_t entries_size);

/* Read only the head of the group at the front of bytes.  False: there is none that checks. */
bool format_group_peek(struct slice bytes, uint64_t salt, struct format_group *group) THAW_CHECK;

/* Read the group at the front of bytes.  The answer is its size; 0: there is none that checks. */
size_t format_group_read(struct slice bytes, uint64_t salt, struct format_group *group) THAW_CHECK;

#endif
