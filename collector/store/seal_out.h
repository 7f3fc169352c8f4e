/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_SEAL_OUT_H
#define THAW_STORE_SEAL_OUT_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "store/disk.h"
#include "store/sealed_format.h"

#include <stdint.h>

/*
 * Writes a file from front to back, through a buffer, and remembers where its parts begin and end.
 * The first failure sticks: what comes after it does nothing.  One owner, one thread.
 */
struct seal_out {
    const struct disk *disk;
    int file;
    uint64_t written; /* Bytes on the disk. */
    struct buf buf;   /* Behind them. */
    enum status status;
};

/* Begin in an empty file, which stays the caller's. */
void seal_out_init(struct seal_out *out, const struct disk *disk, int file);
void seal_out_fini(struct seal_out *out);

/* Where the next byte goes. */
uint64_t seal_out_offset(const struct seal_out *out);

/* Append bytes, and say where they are, with their checksum. */
struct sealed_part seal_out_append(struct seal_out *out, struct slice bytes);

/* Write what is buffered, and make all of it durable. */
enum status seal_out_finish(struct seal_out *out) THAW_CHECK;

#endif
