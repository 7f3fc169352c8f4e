/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_GZIP_H
#define THAW_AGENT_GZIP_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Compresses what we send and expands what an SDK sent, both at once from memory to memory, with
 * working memory of a fixed size.  One thread.  Level 1 with a window of 8 KiB: bodies of a
 * function instance are small, and the default's 262 KiB of state would cost more time to clear
 * than it saves.
 *
 * zlib does the compressed part.  The frame around it, a head and a checksum, is ours: a tenth of
 * zlib's for it, and of its tables.
 */
#define GZIP_MEMORY_SIZE ((size_t)112 * 1024)

struct gzip {
    unsigned char *memory; /* GZIP_MEMORY_SIZE bytes of the caller, aligned to 16. */
    size_t used;
};

void gzip_init(struct gzip *gzip, void *memory);

/* Append the gzip form of body.  False, and out as before, if it is not smaller or does not fit. */
bool gzip_pack(struct gzip *gzip, struct slice body, struct buf *out) THAW_CHECK;

/* Append what the members of a gzip body hold.  STATUS_BAD: it is damaged, cut, or has something
 * behind it.  STATUS_FULL: it does not fit into out. */
enum status gzip_unpack(struct gzip *gzip, struct slice body, struct buf *out) THAW_CHECK;

#endif
