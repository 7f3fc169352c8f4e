/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_EVIDENCE_H
#define THAW_INTAKE_EVIDENCE_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

/*
 * Whether a text is a function's log by what it says itself: a line of the platform, or one that
 * names a request.  Anything can be lines of text, or strings in an array; without one of these
 * they are nobody's.  Pure.
 */
bool evidence_in_lines(struct slice head);

/* The same for strings and objects of JSON, in an array or in a row; words is memory. */
bool evidence_in_values(struct slice head, struct buf *words);

#endif
