/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_BASE64_H
#define THAW_BASE_BASE64_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Base64 of RFC 4648.  Pure; any thread. */

/* Append the standard alphabet's text with padding. */
void base64_encode(struct slice bytes, struct buf *out);

/* The six bits that a character of either alphabet stands for, or -1. */
int base64_digit(unsigned char byte);

/* Bytes that text of this size can decode to at most. */
size_t base64_decoded_size_max(size_t text_size);

/*
 * Append the bytes that text stands for.  The standard and the URL-safe
 * alphabet are both accepted, padding may be there or not, and the unused last
 * bits must be zero.  False, and out as before, if the text is something else;
 * what does not fit shows as an overflow of out.
 */
bool base64_decode(struct slice text, struct buf *out) THAW_CHECK;

#endif
