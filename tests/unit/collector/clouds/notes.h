/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_NOTES_H
#define THAW_CLOUDS_NOTES_H

#include "streams/stream_sink.h"

#include <stddef.h>

/*
 * A sink that writes down what it is told, one line of text for each record, so that a test can say
 * by hand what is expected.  Facts that are unknown are left out.
 */
#define NOTES_COUNT_MAX 4096

struct notes {
    char *lines[NOTES_COUNT_MAX];
    size_t count;
    size_t invocations, app_lines, inits, refusals; /* refusals: what they stand for. */
};

struct stream_sink notes_sink(struct notes *notes);
void notes_fini(struct notes *notes);

/* Order the lines by their text: what was told, in whatever order. */
void notes_sort(struct notes *notes);

/* These are the lines, in this order; the list ends with NULL. */
void notes_assert(const struct notes *notes, const char *const *expected);

/* Both have the same lines, once sorted. */
void notes_assert_same(const struct notes *one, const struct notes *other);

/* Some line has this text in it. */
void notes_assert_has(const struct notes *notes, const char *part);

#endif
