/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_APP_LINE_H
#define THAW_STREAMS_APP_LINE_H

#include "streams/line.h"

#include "base/slice.h"

/*
 * Lines of text of the application: the prefixes of the managed runtimes and of logging libraries
 * are taken off, and what they tell is taken in.  Never fails: a text of no known form is a text.
 * Pure.
 */
void app_line_read(struct slice text, struct line *line);

/* The same for a text whose time was taken off already: rest is what is behind it. */
void app_line_dated(struct slice text, struct slice rest, struct line *line);

#endif
