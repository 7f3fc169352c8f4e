/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LAMBDA_USUAL_H
#define THAW_STREAMS_LAMBDA_USUAL_H

#include "streams/line.h"

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/*
 * START, END and REPORT byte for byte as the platform writes them, which is a third of the lines of
 * a log.  Exports change white space, logs have all kinds of things beside these: whatever differs
 * is for lambda_text_read().  What is read here, that one reads with the same answer.  Pure.
 */

/* Read all of a text into a line that is blank.  False: it has no such form, and what the line is
 * now does not count. */
bool lambda_usual_read(struct slice text, struct line *line) THAW_CHECK;

#endif
