/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_MOMENT_H
#define THAW_INTAKE_MOMENT_H

#include "base/lanes.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Times as exports write them.  Pure.
 *
 * A number of 10, 13, 16 or 19 digits (seconds, milliseconds, microseconds, nanoseconds, perhaps
 * with a fraction, or with all its digits before an exponent), or a date and time: dashes or
 * slashes in it, "T" or a blank between them, a dot or a comma before the fraction, "Z", "UTC", an
 * offset or nothing (then it is UTC) behind.  False for everything else and for times that no log
 * can have (intake_limits.h).
 */
bool moment_parse(struct slice text, int64_t *time_ns) THAW_CHECK;

/* A minute as it was written, and when it begins: what most times have in common with the one
 * before them.  Begin with {0}. */
struct moment_minute {
    unsigned char text[LANES_COUNT]; /* "2026-11-23T14:53" */
    int64_t begin_ns;
};

/*
 * The size of the time at the front of a text, and the time, in the forms that most exports have;
 * moment_size() and moment_parse() say the same of it.  0 for anything else: ask these.
 */
size_t moment_front(struct moment_minute *minute, struct slice text, int64_t *time_ns);

/*
 * Whether a text that moment_parse() has refused is a time all the same, but not known which: a
 * number that a spreadsheet has rounded
 * ("1.74245E+12"), a date whose parts may be day or month ("20/03/2025 07:13"), one without its
 * seconds, or a time of day alone ("13:19.8").
 */
bool moment_is_vague(struct slice text);

/*
 * The size of the date and time at the front of a text, as far as it goes on like one (with zone,
 * without the blank behind it), or 0 if there is none.  "2026-11-23T14:53:25.123Z START" is 24.
 */
size_t moment_size(struct slice text);

#endif
