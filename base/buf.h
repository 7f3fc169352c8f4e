/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_BUF_H
#define THAW_BASE_BUF_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A buf collects output bytes.  It has one owner and one thread.
 *
 * In fixed mode it fills memory that the caller gave and never allocates (the
 * agent).  In growing mode it allocates as it goes, up to a cap.
 *
 * What does not fit is not an error at the call: an append that does not fit
 * appends nothing, and from then on every append does nothing, so that the
 * bytes held are always a prefix of what was meant.  The owner asks
 * buf_overflowed() once, at the end.  buf_rewind() goes back to an earlier
 * size and clears it, so that a record may be tried and taken back.
 *
 * Invariants:
 *  1. size <= capacity <= capacity_max.
 *  2. base is NULL only if capacity is 0.
 *  3. A fixed buf has capacity == capacity_max.
 */
struct buf {
    unsigned char *base;
    size_t size;         /* Bytes held. */
    size_t capacity;     /* Bytes that fit without growing. */
    size_t capacity_max; /* Bytes that may ever fit. */
    bool growing;        /* base is ours, from malloc. */
    bool overflowed;     /* Something did not fit. */
};

/* Write into memory, which stays the caller's. */
void buf_init_fixed(struct buf *buf, void *memory, size_t capacity);

/* Allocate while growing, never more than capacity_max bytes.  Undo with buf_fini(). */
void buf_init_growing(struct buf *buf, size_t capacity_max);

/* Free what a growing buf allocated; nothing for a fixed one.  The buf is empty and unusable. */
void buf_fini(struct buf *buf);

/* Hold nothing; keep the memory; forget an overflow. */
void buf_reset(struct buf *buf);

/* What is held.  Valid until the next call that changes the buf. */
struct slice buf_bytes(const struct buf *buf);

/* Bytes that may still be appended before the cap. */
size_t buf_left(const struct buf *buf);

/* Whether an append since the last reset or rewind did not fit. */
bool buf_overflowed(const struct buf *buf) THAW_CHECK;

/* Append bytes, one byte, count times a byte, a number in decimal, or formatted text (which, from
 * 256 bytes on, needs room for a NUL that is not kept). */
void buf_append(struct buf *buf, struct slice slice);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_byte(struct buf *buf, unsigned char byte);
void buf_append_fill(struct buf *buf, unsigned char byte, size_t count);
void buf_append_u64(struct buf *buf, uint64_t value);
void buf_append_i64(struct buf *buf, int64_t value);
void buf_printf(struct buf *buf, const char *format, ...) THAW_PRINTF(2, 3);

/*
 * Make room for size bytes behind the content and return where they begin, or
 * NULL (and overflowed) if they do not fit.  buf_commit() then adds up to size
 * of them to the content.  Nothing else may touch the buf in between.
 */
unsigned char *buf_reserve(struct buf *buf, size_t size) THAW_CHECK;
void buf_commit(struct buf *buf, size_t size);

/* Drop size bytes from the front; the rest moves down.  size must not be more than is held. */
void buf_consume(struct buf *buf, size_t size);

/* Go back to an earlier size and forget an overflow. */
void buf_rewind(struct buf *buf, size_t size);

#endif
