/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_NEAREST_H
#define THAW_BASE_NEAREST_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* More digits than these do not decide which double is the nearest: of what follows it only counts
 * whether all of it is zero, and one more digit says that. */
#define NEAREST_DIGIT_COUNT_MAX 801

/*
 * The double that is nearest to digits x 10^exponent, of two that are as near the even one:
 * exactly, whatever the number.  Beyond the largest double it is an infinity, below the smallest 0.
 * The digits are '0' to '9', the first one is not '0', and there may be none: 0.
 *
 * It is number_parse_double()'s.  The C library's strtod() does the same, but brings a decimal
 * machine for long doubles, six times this.
 */
double nearest_double(const char *digits, size_t count, int64_t exponent) THAW_CHECK;

#endif
