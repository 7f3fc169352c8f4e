/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_STATE_H
#define THAW_COLLECTOR_ALERT_ALERT_STATE_H

#include "alert/alert_set.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * What must not be forgotten of all rules as bytes, for the store: JSON of version 2, texts in
 * base64 because they may hold any bytes and must come back as they were.  Pure.
 */

/* Append the states.  What does not fit shows as an overflow of out. */
void alert_state_write(const struct alert_set *set, struct buf *out);

/*
 * Fill the states of a new set from what was written; what is of rules that are no more is left
 * out. STATUS_BAD if the text is something else, or of another version: then there is nothing in
 * them. Members that are not known are skipped.
 */
enum status alert_state_read(struct alert_set *set, struct slice text) THAW_CHECK;

#endif
