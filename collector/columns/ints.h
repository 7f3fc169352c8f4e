/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_INTS_H
#define THAW_COLUMNS_INTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "columns/bytes.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A column of integers in as few bytes as it takes: how many there are is not stored.
 *
 *     byte: method, and what was done before
 *     [varint: divisor]               all were multiples of it
 *     [varint: first]                 the others are differences to the one before
 *     CONSTANT  varint                all are this
 *     RUNS      varint count, ints, ints   the values of runs, and how much longer than 1 they are
 *     PACKED    varint base, byte width, bits     the distance to base in width bits each
 *     PLANES    varint base, byte count, bytes...  the same in bytes: all lowest ones first
 *
 * Numbers are 64 bits wide and wrap.  Signed varints are folded (varint.h).
 */

/* What writing needs: room for numbers that are being turned over.  One thread. */
struct ints_writer;

struct ints_writer *ints_writer_create(void) THAW_CHECK; /* NULL without memory. */
void ints_writer_free(struct ints_writer *writer);

/* The compressor that it writes bytes with: for others, too. */
struct bytes_writer *ints_bytes(const struct ints_writer *writer);

/* Append a column of up to INTS_COUNT_MAX values to out. */
#define INTS_COUNT_MAX ((size_t)1 << 24)
void ints_write(struct ints_writer *writer, struct buf *out, const int64_t *values, size_t count);

/* Take a column of count values from the front of source into the arena.  STATUS_BAD, STATUS_FULL.
 */
enum status ints_read(struct bytes_reader *reader, struct slice *source, size_t count,
                      struct arena *arena, int64_t **values) THAW_CHECK;

/* The same of a few of them only, by position, ascending; the others are not made where that saves
 * time. */
struct ints_some {
    const uint32_t *positions;
    size_t count;
};
enum status ints_read_some(struct bytes_reader *reader, struct slice *source, size_t count,
                           struct ints_some some, struct arena *arena, int64_t **values) THAW_CHECK;

/* The same where all must be below a limit. */
enum status ints_read_u32(struct bytes_reader *reader, struct slice *source, size_t count,
                          uint64_t limit, struct arena *arena, uint32_t **values) THAW_CHECK;

#endif
