/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CHECK_PRINT_H
#define THAW_CHECK_PRINT_H

#include "base/buf.h"
#include "base/json_write.h"
#include "base/slice.h"
#include "check/check.h"

#include <stdbool.h>

/*
 * What a check finds, as text line by line, or as one JSON value in the end.  One thread.
 */
struct check_print {
    struct slice path;
    bool json, quiet;
    struct buf out;
    struct json_write writer;
    struct buf findings; /* JSON of findings, with commas between. */
};

void check_print_begin(struct check_print *print);
void check_print_fini(struct check_print *print);

/* The sink that prints. */
struct check_sink check_print_sink(struct check_print *print);

/* Print the end of it. */
void check_print_end(struct check_print *print, const struct check_totals *totals);

#endif
