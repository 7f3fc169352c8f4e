/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_MARKED_H
#define THAW_INTAKE_MARKED_H

#include "intake/csv.h"

#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Rows of a table as it is written in text: "| cell | cell |", with lines of dashes between them.
 * Logs Insights copies its results so.  A row ends with the line that a bar ends, or before one
 * that a bar begins.  Pure; slices point into the text.
 */

/* Read the row at the front of text, which is not empty.  CSV_MORE: it does not end in this text,
 * and there is more.  What is no row of a table is a row without fields. */
enum csv_answer marked_read(struct slice text, bool last, struct csv_row *row);

/* Make the row as wide as its header: bars within the column `at` are part of its text. */
void marked_join(struct csv_row *row, size_t count, size_t at);

/* Whether it is only drawn: dashes and the like. */
bool marked_is_rule(struct slice line);

#endif
