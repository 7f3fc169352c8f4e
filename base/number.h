/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_NUMBER_H
#define THAW_BASE_NUMBER_H

#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Numbers to and from decimal text.  The whole slice must be the number: no
 * spaces, no plus sign, no hexadecimal, no locale.  Pure; any thread.
 */

enum number_answer {
    NUMBER_OK,
    NUMBER_ROUNDED, /* number_parse_scaled() only: there were more digits than kept. */
    NUMBER_RANGE,   /* It is a number, but too large for the type.  The nearest one is stored. */
    NUMBER_BAD,     /* It is no number of this kind.  Nothing is stored. */
};

/* Digits only, with an optional minus for number_parse_i64().  Leading zeros are allowed. */
enum number_answer number_parse_u64(struct slice text, uint64_t *value) THAW_CHECK;
enum number_answer number_parse_i64(struct slice text, int64_t *value) THAW_CHECK;

/*
 * Decimal text to the nearest double: -12, 0.5, 1e-9.  NaN and infinities are
 * no numbers here.  NUMBER_RANGE stores an infinity; too small becomes 0.
 */
enum number_answer number_parse_double(struct slice text, double *value) THAW_CHECK;

/*
 * Decimal text times 10^digits as an integer, exactly: "147.156" with 6 digits
 * is 147156000, so milliseconds become nanoseconds without a double between.
 * An exponent is understood.  Digits that do not fit below the point are
 * rounded half away from zero and reported as NUMBER_ROUNDED.  digits <= 18.
 */
enum number_answer number_parse_scaled(struct slice text, unsigned digits,
                                       int64_t *value) THAW_CHECK;

/* Room for any number written here, with its NUL. */
#define NUMBER_TEXT_SIZE 32

/* Write the number and a NUL; the answer is the length without it. */
size_t number_format_u64(uint64_t value, char text[NUMBER_TEXT_SIZE]);
size_t number_format_i64(int64_t value, char text[NUMBER_TEXT_SIZE]);

/* The shortest decimal that reads back as the same double.  It is valid JSON when the value is
 * finite; else it is "NaN", "Infinity" or "-Infinity". */
size_t number_format_double(double value, char text[NUMBER_TEXT_SIZE]);

/* value / 10^digits exactly, without trailing zeros: 147156000 with 6 digits is "147.156". */
size_t number_format_scaled(int64_t value, unsigned digits, char text[NUMBER_TEXT_SIZE]);

#endif
