/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LINE_SCAN_H
#define THAW_STREAMS_LINE_SCAN_H

#include "base/slice.h"

#include <stdbool.h>
#include <string.h>

/*
 * Words of a line, and what stands between them.  Exports change white space: tabs become blanks,
 * or a backslash and a "t"; newlines a backslash and an "n"; web pages have dashes and blanks that
 * do not break.  Pure.
 */

/* What was between two words, in rising strength. */
enum line_gap {
    GAP_NONE,
    GAP_BLANK, /* One blank: it may be inside of a field. */
    GAP_FIELD, /* A tab, several blanks, a dash, a comma: fields end there. */
    GAP_LINE,  /* Among them is a newline, real or written. */
};

/* Take off rest what separates words. */
enum line_gap line_scan_gap(struct slice *rest);

/* Take the next word off rest, up to what separates words; empty where rest begins with that. */
struct slice line_scan_word(struct slice *rest);

/* Take prefix off rest if it begins with it.  Inline: it is asked of every word of a line. */
static inline bool line_scan_take(struct slice *rest, struct slice prefix)
{
    if (rest->size < prefix.size || memcmp(rest->base, prefix.base, prefix.size) != 0) {
        return false;
    }
    rest->base += prefix.size;
    rest->size -= prefix.size;
    return true;
}

/* The line up to its first newline, real or written. */
struct slice line_scan_first_line(struct slice text, struct slice *rest);

#endif
