/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_FIELDS_H
#define THAW_CLOUDS_FIELDS_H

#include "base/arena.h"
#include "base/json_read.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Members of a JSON object by name, as text: what exports call one thing has several names, and the
 * same member is a number here and a string there.  Pure.
 */
enum field_kind { FIELD_NONE, FIELD_TEXT, FIELD_NUMBER, FIELD_BOOL, FIELD_OBJECT, FIELD_ARRAY };

/* What was found: a string is decoded, anything else is as it is written. */
struct field {
    enum field_kind kind;
    struct slice value;
};

/* A name and the index of the field that it fills. */
struct field_name {
    struct slice name;
    unsigned index;
};

/* The index that a name (ASCII letters of either case) has, or -1. */
int fields_index(const struct field_name *names, size_t count, struct slice name);

/* Fill a field that is not filled yet with the value that the reader stands before.  Null and the
 * empty string fill nothing. */
void fields_take(struct json_read *reader, struct arena *arena, struct field *field);

/*
 * Read the object that text is: every member with one of these names fills its field, the others
 * are skipped.  False if it is no object or broken; what was read before stays.
 */
bool fields_read(struct slice text, struct arena *arena, const struct field_name *names,
                 size_t count, struct field *fields) THAW_CHECK;

/* The text of a field that is a string, a number or a bool; else empty. */
struct slice fields_text(const struct field *field);

/* ---- Values. ---- */

/* "2026-11-23T14:53:25.123Z", or STREAMS_UNKNOWN. */
int64_t fields_time_ns(struct slice text);

/*
 * A duration in nanoseconds: false for what is none (negative, not a number, beyond
 * CLOUDS_DURATION_NS_MAX).  Of number text in units of 10^(digits - 9) seconds; of Google's
 * "0.123s" or {"seconds": 1, "nanos": 5}; of .NET's "1.02:03:04.1230000".
 */
bool fields_duration(struct slice text, unsigned digits, int64_t *ns) THAW_CHECK;
bool fields_duration_google(const struct field *field, int64_t *ns) THAW_CHECK;
bool fields_duration_net(struct slice text, int64_t *ns) THAW_CHECK;

#endif
