/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LAMBDA_NUMBER_H
#define THAW_STREAMS_LAMBDA_NUMBER_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The numbers that the platform tells: read exactly, in fixed point, or refused by their name.
 * Nothing that is not such a number is ever read as 0.  Pure.
 */
enum lambda_unit {
    LAMBDA_DURATION,  /* To nanoseconds. */
    LAMBDA_WHOLE_MS,  /* To milliseconds, of which there are whole ones. */
    LAMBDA_MEGABYTES, /* Whole ones, more than none. */
    LAMBDA_USED_MB,   /* Whole ones, perhaps none. */
    LAMBDA_COUNT,     /* Of whole things. */
};

/* Why a number is refused; the texts name it. */
enum lambda_wrong {
    LAMBDA_EMPTY,
    LAMBDA_NO_NUMBER,
    LAMBDA_NEGATIVE,
    LAMBDA_TOO_MUCH,
    LAMBDA_NO_UNIT,
    LAMBDA_NOT_WHOLE,
    LAMBDA_TWICE,
    LAMBDA_WRONG_COUNT,
};

struct lambda_quantity {
    enum lambda_unit unit;
    const char *reasons[LAMBDA_WRONG_COUNT];
};

/* One that is called so. */
#define LAMBDA_QUANTITY(kind, name)                                                                \
    {                                                                                              \
        (kind),                                                                                    \
            {                                                                                      \
                name " is empty",                                                                  \
                name " is no number",                                                              \
                name " is negative",                                                               \
                name " is beyond what the platform can do",                                        \
                name " has no unit that we know",                                                  \
                name " is no whole number",                                                        \
                name " is there twice and differs",                                                \
            },                                                                                     \
    }

/*
 * Read a number whose last digit before the point counts 10^scale of the smallest unit (a
 * nanosecond; a millionth of a MB or of a thing).  NULL, and *value is set (STREAMS_UNKNOWN before,
 * or what was told already); else the reason.
 */
const char *lambda_number_read(const struct lambda_quantity *quantity, struct slice text,
                               unsigned scale, int64_t *value) THAW_CHECK;

/* The same for "8.40 ms" at the front of rest, which is taken off. */
const char *lambda_number_take(const struct lambda_quantity *quantity, struct slice *rest,
                               int64_t *value) THAW_CHECK;

/* For a member of a JSON object: durations are in milliseconds, memory in MB. */
const char *lambda_number_json(const struct lambda_quantity *quantity, struct slice text,
                               int64_t *value) THAW_CHECK;

/* Why what was used cannot be of that size, both in MB; NULL where it can, or one is not known. */
const char *lambda_number_judge_memory(int64_t size_mb, int64_t used_mb) THAW_CHECK;

#endif
