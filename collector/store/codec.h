/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_CODEC_H
#define THAW_STORE_CODEC_H

#include "base/slice.h"
#include "base/status.h"
#include "store/frame.h"

#include <stddef.h>

/*
 * Compression of the bodies of a log; the one file that knows LZ4 and, for logs of before, zstd.
 * Pure; any thread.
 */

/* Room that a body may take when it is stored. */
size_t codec_bound(size_t body_size);

/*
 * Store a body in memory of codec_bound() bytes; *size is how many it took, and the answer is how:
 * a short body, and one that does not shrink, is stored as it is.
 */
enum frame_codec codec_deflate(struct slice body, unsigned char *memory, size_t *size);

/* The inverse: fill exactly size bytes of memory.  STATUS_BAD when it is something else;
 * STATUS_FULL: no memory. */
enum status codec_inflate(struct slice stored, enum frame_codec kind, unsigned char *memory,
                          size_t size) THAW_CHECK;

#endif
