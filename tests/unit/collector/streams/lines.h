/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TESTS_STREAMS_LINES_H
#define THAW_TESTS_STREAMS_LINES_H

/* Lines read one by one, for tests. */

#include "streams/line.h"

#include "lib/cm.h"

#define LINES_ID    "ff09e3f9-691f-4006-b566-ce40b25ba4eb"
#define LINES_ROOT  "1-5d88ad26-af7e1cf86161c0887567eed0"
#define LINES_TRACE "5d88ad26af7e1cf86161c0887567eed0"

/* Read a message that is one piece. */
static inline struct line lines_read(const char *text)
{
    struct line line;
    struct slice rest;

    line_read(slice_from(text), &line, &rest);
    if (rest.size > 0) {
        print_error("\"%s\": \"" SLICE_FMT "\" is left\n", text, SLICE_ARG(rest));
    }
    assert_int_equal(rest.size, 0);
    return line;
}

/* It is refused, for exactly this reason. */
static inline void lines_refused(const char *text, const char *reason)
{
    struct line line = lines_read(text);

    if (line.kind != LINE_REFUSED) {
        print_error("\"%s\" is not refused\n", text);
    }
    assert_int_equal(line.kind, LINE_REFUSED);
    assert_string_equal(line.reason, reason);
}

/* It is a line of the application with that much to tell. */
static inline struct line lines_app(const char *text, uint32_t severity, const char *said)
{
    struct line line = lines_read(text);

    if (line.kind != LINE_APP || line.severity != severity) {
        print_error("\"%s\": kind %d, severity %u\n", text, (int)line.kind, line.severity);
    }
    assert_int_equal(line.kind, LINE_APP);
    assert_int_equal(line.severity, severity);
    assert_slice(line.text, said);
    return line;
}

#endif
