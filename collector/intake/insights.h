/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_INSIGHTS_H
#define THAW_INTAKE_INSIGHTS_H

#include "base/buf.h"
#include "base/slice.h"

/*
 * Rows of Logs Insights without @message.  It takes the fields of a function's REPORT apart; what
 * is left of the line when a query asks for those alone is put together again.  Pure.
 */
enum insights_field {
    INSIGHTS_TYPE,
    INSIGHTS_REQUEST_ID,
    INSIGHTS_DURATION,
    INSIGHTS_BILLED,
    INSIGHTS_MEMORY,
    INSIGHTS_MEMORY_USED,
    INSIGHTS_INIT,
    INSIGHTS_TRACE_ID,
    INSIGHTS_FIELD_COUNT,
};

/* As the row has them; empty where it has none. */
struct insights_row {
    struct slice fields[INSIGHTS_FIELD_COUNT];
    struct slice stream; /* Names the version of a START. */
};

/* Room for a line: eight fields with their names. */
#define INSIGHTS_LINE_SIZE_MAX 1024

/* Write the line of the platform that a row stands for, into a buffer with that room.  The answer
 * is NULL, or why there is none. */
const char *insights_line(const struct insights_row *row, struct buf *out);

#endif
