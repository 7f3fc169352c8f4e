/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_NOTIFY_NOTIFY_STATE_H
#define THAW_COLLECTOR_NOTIFY_NOTIFY_STATE_H

#include "notify/notify_book.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * The book as bytes, for the store: JSON of version 1, texts in base64 because they may hold any
 * bytes and must come back as they were.  Notes and titles, which many share, stand once in lists
 * of their own and are referred to by their place.  Pure.
 */

/* Append the book.  What does not fit shows as an overflow of out.  False without memory. */
bool notify_state_write(const struct notify_book *book, struct buf *out) THAW_CHECK;

/*
 * Fill an empty book from what was written; it has no routes before notify_book_adopt().
 * STATUS_BAD if the text is something else, or of a later version, STATUS_FULL without memory: the
 * book is empty then.  Members that are not known are skipped; what exceeds a limit is left out.
 */
enum status notify_state_read(struct notify_book *book, struct slice text,
                              uint64_t now_ns) THAW_CHECK;

#endif
