/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_TIMESTAMP_H
#define THAW_BASE_TIMESTAMP_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Points in time are nanoseconds since 1970 in UTC, in 64 bits without sign
 * (until the year 2554), as on the wire; their text is RFC 3339.  Pure.
 */

/* Room for the longest text with its NUL: 2026-11-23T14:53:25.123456789Z. */
#define TIMESTAMP_TEXT_SIZE 31

/*
 * Parse a date and time: "T", "t" or a space between them, 0 to 9 digits of a
 * fraction, "Z", "z" or an offset of hours and minutes (a colon may be missing
 * in it).  A leap second is taken as the second before it.  False if it is
 * anything else or lies before 1970 or after 2554.
 */
bool timestamp_parse(struct slice text, uint64_t *epoch_ns) THAW_CHECK;

/* Write it in UTC with this many digits of a fraction (0 to 9, cut, not rounded) and a NUL; the
 * answer is the length without it. */
size_t timestamp_format(uint64_t epoch_ns, unsigned digits, char text[TIMESTAMP_TEXT_SIZE]);

/* Write it as above with as many digits as it needs: none, 3, 6 or 9. */
size_t timestamp_format_short(uint64_t epoch_ns, char text[TIMESTAMP_TEXT_SIZE]);

#endif
