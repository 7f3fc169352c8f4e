/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LINE_ERROR_H
#define THAW_STREAMS_LINE_ERROR_H

#include "streams/line.h"

#include "base/slice.h"

#include <stdbool.h>

/* Exceptions and crashes in text, as the runtimes write them.  Pure. */

/*
 * The name of an exception at the front of text, which a colon, the end of the line or a dash
 * follows: "ValueError: x", "java.lang.IllegalStateException", "Foo::BarError (...)".  Its last
 * part says that it is one (Error, Exception, ...); any name will do where certain.  False if there
 * is none.
 */
bool line_error_name(struct slice text, bool certain, struct slice *name);

/* What the text of a line (without its prefix) says about an exception or a crash. */
void line_error_read(struct slice text, struct line *line);

/* Take a name of an exception into the line. */
void line_error_set(struct line *line, struct slice name);

/* Whether a text begins as the runtime does when an invocation failed: "Invoke Error", ... */
bool line_error_unhandled(struct slice text);

/* The class in "message: java.lang.X" at the end of a line; only this form tells that it is one. */
bool line_error_tail(struct slice line, struct slice *name);

/* Whether a text is an exception of Java with its stack: the class first, then frames. */
bool line_error_java_trace(struct slice text);

#endif
