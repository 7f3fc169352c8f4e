/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_CSV_H
#define THAW_COLLECTOR_CLI_CLI_CSV_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

/*
 * Rows of an answer as CSV (RFC 4180, lines end in a line feed): the array of this name, an object
 * a row.  A column is a member, of members of members `parts.volume`, in the order in which they
 * come; amounts and numbers are as exact as the answer has them, null is empty, arrays are their
 * JSON.  Texts are safe to print, and those that a spreadsheet would take for a formula begin with
 * an apostrophe.  No rows: nothing is printed.  False if the answer is not understood, or has more
 * columns than CLI_CSV_COLUMN_COUNT_MAX.  Pure.
 */
bool cli_csv_print(struct slice answer, struct slice array, struct arena *arena, struct buf *out)
    __attribute__((warn_unused_result));

#endif
