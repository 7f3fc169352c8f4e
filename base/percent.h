/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_PERCENT_H
#define THAW_BASE_PERCENT_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * Append what percent-encoded text stands for (RFC 3986: "%41" is "A"; a plus
 * stays one).  False, and out as before, if it is malformed; what does not fit
 * shows as an overflow of out.  Pure; any thread.
 */
bool percent_decode(struct slice text, struct buf *out) THAW_CHECK;

#endif
