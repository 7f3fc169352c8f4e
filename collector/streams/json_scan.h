/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_JSON_SCAN_H
#define THAW_STREAMS_JSON_SCAN_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/*
 * The members of one object, in their order, at the speed of a log: strings are searched for their
 * end eight bytes at a time, values that are containers are stepped over by their brackets.  It
 * finds where an object ends and is no judge of JSON: base/json_read.h is.  (But escapes are
 * checked: its strings may be given to json_string_text() and json_string_decode().)  What is
 * inside of a nested value is not looked at; who wants it scans that value.
 *
 *     json_scan_begin(&scan, text);
 *     while (json_scan_next(&scan, &member)) { ... }
 *     if (scan.complete) { ... text ends at scan.rest ... }
 *
 * Linear, without allocation, without recursion.
 */
struct json_scan {
    struct slice rest; /* What has not been read. */
    bool array;
    bool first;
    bool complete; /* The closing bracket was read. */
};

enum json_kind {
    JSON_KIND_STRING,
    JSON_KIND_OBJECT,
    JSON_KIND_ARRAY,
    JSON_KIND_SCALAR, /* A number, or true, false, null, NaN. */
};

struct json_member {
    struct slice key; /* Between its quotes, escapes and all. */
    enum json_kind kind;
    struct slice value; /* Strings: between the quotes; else from the first to the last byte. */
    bool escaped;       /* A string with escapes. */
};

/* Stand before the first member of the object, or element of the array, at the beginning of text
 * (white space may be before it). False if there is neither. */
bool json_scan_begin(struct json_scan *scan, struct slice text) THAW_CHECK;

/* The next member, or element (its key is empty); false at the end and where the text is wrong. */
bool json_scan_next(struct json_scan *scan, struct json_member *member) THAW_CHECK;

#endif
