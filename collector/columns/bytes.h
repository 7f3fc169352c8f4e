/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_BYTES_H
#define THAW_COLUMNS_BYTES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>

/*
 * Byte strings, raw or compressed by zstd, whichever is smaller; the one file of this room that
 * knows zstd.  A writer and a reader keep the library's state between calls: one thread each.
 *
 *     varint 2 * size, bytes         as they are
 *     varint 2 * size + 1, varint compressed size, frame
 */
struct bytes_writer;
struct bytes_reader;

struct bytes_writer *bytes_writer_create(void) THAW_CHECK; /* NULL without memory. */
void bytes_writer_free(struct bytes_writer *writer);

/* From here on planes of numbers are written quickly rather than shortly, or not. */
void bytes_writer_hurry(struct bytes_writer *writer, bool hurry);

struct bytes_reader *bytes_reader_create(void) THAW_CHECK;
void bytes_reader_free(struct bytes_reader *reader);

/* How hard to try. */
enum bytes_effort {
    BYTES_RAW,    /* Random: not at all. */
    BYTES_NUMBER, /* Planes of numbers. */
    BYTES_TEXT,   /* Text, read more often than written. */
};

/* Append a byte string to out. */
void bytes_write(struct bytes_writer *writer, struct buf *out, struct slice bytes,
                 enum bytes_effort effort);

/*
 * Take a byte string from the front of source, of at most size_max bytes.  *bytes lies in source or
 * in the arena.  STATUS_BAD: it is none; STATUS_FULL: the arena is.
 */
enum status bytes_read(struct bytes_reader *reader, struct slice *source, size_t size_max,
                       struct arena *arena, struct slice *bytes) THAW_CHECK;

#endif
