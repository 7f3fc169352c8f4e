/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STORE_CODEC_H
#define THAW_STORE_CODEC_H

#include "base/slice.h"
#include "base/status.h"
#include "store/frame.h"

#include <stddef.h>

/*
 * Compression of bodies; the one file that knows zstd.  A codec keeps contexts between calls and
 * may be used by any thread.
 */
struct codec;

enum status codec_create(struct codec **codec) THAW_CHECK;
void codec_free(struct codec *codec);

/* Room that a body may take when it is stored. */
size_t codec_bound(size_t body_size);

/*
 * Store a body in memory of codec_bound() bytes; *size is how many it took and *kind how: a short
 * body, and one that does not shrink, is stored as it is.
 */
enum status codec_deflate(struct codec *codec, struct slice body, unsigned char *memory,
                          size_t *size, enum frame_codec *kind) THAW_CHECK;

/* The inverse: fill exactly size bytes of memory.  STATUS_BAD when it is something else. */
enum status codec_inflate(struct codec *codec, struct slice stored, enum frame_codec kind,
                          unsigned char *memory, size_t size) THAW_CHECK;

#endif
