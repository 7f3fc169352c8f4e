/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_TIMESTAMP_H
#define THAW_BASE_TIMESTAMP_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <endian.h>
#include <stdint.h>
#include <string.h>

/*
 * Points in time are nanoseconds since 1970 in UTC, in 64 bits without sign
 * (until the year 2554), as on the wire; their text is RFC 3339.  Pure.
 */

/* Room for the longest text with its NUL: 2026-11-23T14:53:25.123456789Z. */
#define TIMESTAMP_TEXT_SIZE 31

/* Bytes of a date and a time of day: 2026-11-23T14:53:25. */
#define TIMESTAMP_SHAPE_SIZE 19

/* Eight bytes with the digits of a pattern taken out: 0 to 9 where it has a digit, 0 elsewhere. */
static inline uint64_t timestamp_unlike(const void *text, const char *pattern)
{
    uint64_t bytes, other;
    memcpy(&bytes, text, sizeof(bytes));
    memcpy(&other, pattern, sizeof(other));
    return bytes ^ other;
}

/*
 * Whether the first nineteen bytes are digits, dashes and colons as in a date and a time of day;
 * the one between the two may be any.  Inline and without a branch for each byte: most lines of a
 * log begin with one.  (A sum beyond 0x7f sets the highest bit of its byte: what is more than 9
 * where a digit should be, or more than 0 elsewhere.)
 */
static inline bool timestamp_has_shape(const unsigned char *text)
{
    const uint64_t high = UINT64_C(0x8080808080808080);
    uint64_t date = timestamp_unlike(text, "0000-00-");
    uint64_t time = timestamp_unlike(text + 11, "00:00:00");
    uint64_t wrong = (date + htole64(UINT64_C(0x7f76767f76767676))) | date |
                     (time + htole64(UINT64_C(0x76767f76767f7676))) | time;
    return (wrong & high) == 0 && (unsigned char)(text[8] - '0') < 10 &&
           (unsigned char)(text[9] - '0') < 10;
}

/* The number of two digits. */
static inline unsigned timestamp_two(const unsigned char *digits)
{
    return (unsigned)(digits[0] - '0') * 10 + (unsigned)(digits[1] - '0');
}

/* The date and time of day of text that has this shape, in seconds since 1970; 23:59:60 is the
 * second before.  False for a time that there is not, and before 1969. */
bool timestamp_seconds(const unsigned char text[TIMESTAMP_SHAPE_SIZE], int64_t *seconds) THAW_CHECK;

/*
 * The size of the time at the front of a text, and the time, where it has the form that most logs
 * have: "2026-11-23T14:53:25.123Z", or with six digits and "+00:00".  0 for anything else: whoever
 * takes more looks further.
 */
size_t timestamp_front(struct slice text, int64_t *epoch_ns);

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
