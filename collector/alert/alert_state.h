/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_STATE_H
#define THAW_COLLECTOR_ALERT_ALERT_STATE_H

#include "alert/alert_book.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * The book as bytes, for the store: JSON of version 1, names in base64 because
 * they may hold any bytes and must come back as they were.  Pure.
 */

/* Append the book.  What does not fit shows as an overflow of out. */
void alert_state_write(const struct alert_book *book, struct buf *out);

/*
 * Fill an empty book from what was written.  STATUS_BAD if the text is
 * something else, or of a later version: the book is empty then.  Members that
 * are not known are skipped; what exceeds a limit is left out.
 */
enum status alert_state_read(struct alert_book *book, struct slice text) THAW_CHECK;

#endif
