/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_UTF8_H
#define THAW_BASE_UTF8_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above
 * U+10FFFF.  Pure; any thread.
 */

#define UTF8_SIZE_MAX    4
#define UTF8_REPLACEMENT UINT32_C(0xfffd)

/* The size of the valid character at the front (and its code point), or 0 if there is none: the
 * slice is empty, cut or wrong there. */
size_t utf8_decode(struct slice text, uint32_t *code_point);

/* Write the character and return its size.  code_point must be a Unicode scalar value. */
size_t utf8_encode(uint32_t code_point, unsigned char bytes[UTF8_SIZE_MAX]);

/* Whether all of it is valid. */
bool utf8_valid(struct slice text);

/* How many bytes at the front are valid, ending at a character. */
size_t utf8_valid_size(struct slice text);

/* Append the text with every byte that is not part of a valid character replaced by U+FFFD (a
 * character cut short counts once, as the Unicode standard recommends). */
void utf8_sanitise(struct slice text, struct buf *out);

/* The longest front of at most size_max bytes that does not cut a character in two. */
struct slice utf8_truncate(struct slice text, size_t size_max);

#endif
