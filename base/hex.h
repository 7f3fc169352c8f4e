/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_HEX_H
#define THAW_BASE_HEX_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Hexadecimal text.  Pure; any thread. */

/* The value of a digit of either case, or -1. */
int hex_digit(unsigned char byte);

/* Write 2 * bytes.size lower-case digits at text, without a NUL. */
void hex_encode(struct slice bytes, char *text);

/* Digits of either case to exactly size bytes.  False, with nothing promised about bytes, if the
 * text is not 2 * size digits. */
bool hex_decode(struct slice text, unsigned char *bytes, size_t size) THAW_CHECK;

/* The same, but upper-case digits are refused (W3C Trace Context). */
bool hex_decode_lower(struct slice text, unsigned char *bytes, size_t size) THAW_CHECK;

#endif
