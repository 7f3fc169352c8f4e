/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_CSV_H
#define THAW_INTAKE_CSV_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Rows of comma separated values (RFC 4180), with any delimiter: fields in quotes may hold
 * delimiters, newlines and doubled quotes.  Pure; slices point into the text.
 */
enum csv_answer {
    CSV_OK,
    CSV_MORE, /* The row does not end in this text. */
    CSV_WIDE, /* It has more fields than there is room for; those are left out. */
};

struct csv_field {
    struct slice raw; /* Without the quotes around it. */
    bool quoted;
    bool doubled; /* It holds doubled quotes. */
};

struct csv_row {
    struct csv_field *fields; /* Of the caller, */
    size_t room;              /* so many. */
    size_t count;
    size_t size; /* Of the row with its newline. */
};

/* Read the row at the front of text, which is not empty.  With last, the end of the text ends it;
 * a quote that is still open then is CSV_MORE. */
enum csv_answer csv_read(struct slice text, unsigned char delimiter, bool last,
                         struct csv_row *row);

/* The text of a field; out is used where quotes are doubled, and room for it is made there first.
 */
struct slice csv_text(const struct csv_field *field, struct buf *out);

#endif
