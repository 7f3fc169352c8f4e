/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LAMBDA_TEXT_H
#define THAW_STREAMS_LAMBDA_TEXT_H

#include "streams/line.h"

#include "base/slice.h"

#include <stdbool.h>

/*
 * The platform's lines of the text format: START, END, REPORT, INIT_START, INIT_REPORT,
 * RESTORE_START, RESTORE_REPORT, EXTENSION, TELEMETRY, LOGS, XRAY, IMAGE, timeouts and exits.
 * Fields are found by their names, in any order, whatever separates them.  Pure.
 */

/*
 * Read the line at the beginning of text (no prefix).  False, and nothing is set, if it is none of
 * the platform's.  *rest is where another line of the platform begins in the same message, or
 * empty.
 */
bool lambda_text_read(struct slice text, struct line *line, struct slice *rest);

/* "Task timed out after 3.00 seconds", which the platform writes behind a time and a request id. */
bool lambda_text_timed_out(struct slice text, struct line *line);

/* The words of "Status: ..." and of status in JSON. */
enum word lambda_text_word(struct slice text);

/* Whether a line goes on with a REPORT before it that has newlines between its fields: it begins
 * with a field that the REPORT has not, or is its line of X-Ray. */
bool lambda_text_goes_on(struct slice report, struct slice message);

#endif
