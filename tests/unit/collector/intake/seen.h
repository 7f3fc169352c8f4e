/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_INTAKE_SEEN_H
#define THAW_TESTS_INTAKE_SEEN_H

#include "intake/intake.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdint.h>

/*
 * What an intake told of an input, as text that can be compared:
 *
 *     event time_ms|account|region|group|stream|function|id?|message
 *     refused count|why|sample
 *     gcp json / azure json
 *
 * one a line; newlines, tabs and backslashes in a field are written \n, \t and \\.
 */
struct seen {
    struct buf text;
    struct intake_counts counts;
    enum status status; /* Of intake_finish(). */
    char error[512];
};

/* Take the input in pieces of this size (0: all at once).  Free with seen_free(). */
void seen_take(struct seen *seen, struct slice input, size_t piece, const char *path);
/* The same where nobody says that lines are a function's. */
void seen_take_doubtful(struct seen *seen, struct slice input, size_t piece, const char *path);
void seen_take_two(struct seen *seen, struct slice one, struct slice other, const char *path);
void seen_free(struct seen *seen);

/* The text that was told, with a NUL behind it. */
const char *seen_text(struct seen *seen);

#endif
