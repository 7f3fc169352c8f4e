/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line_error.h"

#include "streams/line_limits.h"
#include "streams/line_scan.h"

#include <string.h>

#define ERROR_TEN(first)                                                                           \
    [(first)] = true, [(first) + 1] = true, [(first) + 2] = true, [(first) + 3] = true,            \
    [(first) + 4] = true, [(first) + 5] = true, [(first) + 6] = true, [(first) + 7] = true,        \
    [(first) + 8] = true, [(first) + 9] = true
#define ERROR_LETTERS(first)                                                                       \
    ERROR_TEN(first), ERROR_TEN((first) + 10),                                                     \
        [(first) + 20] = true, [(first) + 21] = true, [(first) + 22] = true,                       \
                   [(first) + 23] = true, [(first) + 24] = true, [(first) + 25] = true

/* Letters, digits and what joins them in a name.  A table: every line begins with a word, of whose
 * bytes it is asked. */
static const bool error_name_bytes[256] = {
    ERROR_TEN('0'), ERROR_LETTERS('A'), ERROR_LETTERS('a'),
    ['_'] = true,   ['.'] = true,       ['$'] = true,
};

static bool error_name_byte(unsigned char byte)
{
    return error_name_bytes[byte];
}

/* The size of a dotted name at the front; Ruby separates by two colons. */
static size_t error_name_size(struct slice text)
{
    size_t size = 0;

    while (size < text.size && size < LINE_ERROR_TYPE_SIZE_MAX) {
        if (error_name_byte(text.base[size])) {
            size++;
        } else if (size + 2 < text.size && text.base[size] == ':' && text.base[size + 1] == ':' &&
                   error_name_byte(text.base[size + 2])) {
            size += 2;
        } else {
            break;
        }
    }
    return size;
}

static bool error_suffix(struct slice name)
{
    static const struct slice suffixes[] = {
        SLICE_INIT("Error"),   SLICE_INIT("Exception"), SLICE_INIT("Throwable"),
        SLICE_INIT("Failure"), SLICE_INIT("Interrupt"), SLICE_INIT("SystemExit"),
    };

    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (slice_ends(name, suffixes[i])) {
            return true;
        }
    }
    return slice_starts(name, SLICE("Runtime.")) && name.size > 8;
}

static bool error_name_ends(struct slice after)
{
    if (after.size == 0) {
        return true;
    }
    switch (after.base[0]) {
    case ':':
        return after.size == 1 || after.base[1] == ' ' || after.base[1] == '\n' ||
               after.base[1] == '\r' || after.base[1] == '\t' || after.base[1] == '\\';
    case '\n':
    case '\r':
        return true;
    case '\\':
        return after.size > 1 && after.base[1] == 'n';
    default:
        return false;
    }
}

bool line_error_name(struct slice text, bool certain, struct slice *name)
{
    size_t size = error_name_size(text);

    if (size < 3 || text.base[0] == '.' || (text.base[0] >= '0' && text.base[0] <= '9') ||
        !error_name_ends(slice_skip(text, size))) {
        return false;
    }
    *name = slice_take(text, size);
    return certain || error_suffix(*name);
}

void line_error_set(struct line *line, struct slice name)
{
    static const struct slice memory[] = {
        SLICE_INIT("OutOfMemory"),          SLICE_INIT("OutOfMemoryError"),
        SLICE_INIT("OutOfMemoryException"), SLICE_INIT("MemoryError"),
        SLICE_INIT("NoMemoryError"),
    };

    line->error_type = name;
    for (size_t i = 0; i < sizeof(memory) / sizeof(memory[0]); i++) {
        size_t before = name.size - memory[i].size;
        if (slice_ends(name, memory[i]) &&
            (before == 0 || name.base[before - 1] == '.' || name.base[before - 1] == ':')) {
            line->out_of_memory = true;
        }
    }
}

bool line_error_unhandled(struct slice text)
{
    static const struct slice beginnings[] = {
        SLICE_INIT("Invoke Error"),
        SLICE_INIT("Init Error"),
        SLICE_INIT("Uncaught Exception"),
        SLICE_INIT("Unhandled Promise Rejection"),
        SLICE_INIT("Unhandled exception"),
        SLICE_INIT("Error raised from handler method"),
        SLICE_INIT("Init error when loading handler"),
    };

    if (text.size == 0 || (text.base[0] != 'I' && text.base[0] != 'U' && text.base[0] != 'E')) {
        return false;
    }
    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (slice_starts(text, beginnings[i])) {
            return true;
        }
    }
    return false;
}

/* A frame of a stack trace, or the line that begins one. */
static bool error_frame(struct slice text)
{
    struct slice rest = text;

    if (line_scan_gap(&rest) == GAP_NONE) {
        return slice_starts(text, SLICE("Traceback (most recent call last)")) ||
               slice_starts(text, SLICE("goroutine "));
    }
    return slice_starts(rest, SLICE("at ")) || slice_starts(rest, SLICE("File \"")) ||
           slice_starts(rest, SLICE("from "));
}

/* The last line that is not indented: of a traceback, the exception itself. */
static bool error_last(struct slice text, struct slice *name)
{
    size_t at = slice_find_last_byte(text, '\n');

    if (at == SLICE_NONE) {
        at = slice_find_last_byte(text, '\r');
    }
    return at != SLICE_NONE && line_error_name(slice_skip(text, at + 1), true, name);
}

bool line_error_tail(struct slice line, struct slice *name)
{
    struct slice end = slice_skip(line, line.size > LINE_ERROR_TYPE_SIZE_MAX + 2
                                            ? line.size - LINE_ERROR_TYPE_SIZE_MAX - 2
                                            : 0);
    size_t blank = slice_find_last_byte(end, ' ');

    if (blank == SLICE_NONE || blank == 0 || end.base[blank - 1] != ':') {
        return false;
    }
    struct slice tail = slice_skip(end, blank + 1);
    return line_error_name(tail, true, name) && name->size == tail.size;
}

/* "boom: java.lang.RuntimeException", then the same class, then frames: how Java's runtime says
 * that the invocation failed.  Python's of old has a traceback, which ends with that class. */
static bool error_java(struct slice text, struct slice first, struct slice second,
                       struct slice *name)
{
    struct slice rest;
    struct slice last;

    if (!line_error_tail(first, name)) {
        return false;
    }
    if (slice_starts(second, SLICE("Traceback (most recent call last)"))) {
        return error_last(text, &last) && slice_equal(last, *name);
    }
    if (!slice_starts(second, *name)) {
        return false;
    }
    line_scan_first_line(second, &rest);
    return error_suffix(*name) ||
           (line_scan_gap(&rest) != GAP_NONE && slice_starts(rest, SLICE("at ")));
}

bool line_error_java_trace(struct slice text)
{
    struct slice name, rest;

    if (!line_error_name(text, false, &name) || slice_find_byte(name, '.') == SLICE_NONE) {
        return false;
    }
    line_scan_first_line(text, &rest);
    return line_scan_gap(&rest) != GAP_NONE && slice_starts(rest, SLICE("at "));
}

/* What the lines after the first tell. */
static void error_lines(struct slice text, struct line *line)
{
    struct slice rest;
    struct slice name;
    struct slice first = line_scan_first_line(text, &rest);

    if (rest.size == 0) {
        return;
    }
    if (error_java(text, first, rest, &name)) {
        line->exception = true;
        line->unhandled = true;
        line_error_set(line, name);
    } else if (error_frame(rest)) {
        line->exception = true;
        if (line->error_type.size == 0 && error_last(text, &name)) {
            line_error_set(line, name);
        }
    }
}

/* "Exception in thread "main" java.lang.X: ...", "Caused by: java.lang.X: ..." */
static bool error_introduced(struct slice text, struct slice *name)
{
    if (line_scan_take(&text, SLICE("Exception in thread \""))) {
        struct slice thread;
        return slice_cut(text, '"', &thread, &text) && line_scan_gap(&text) != GAP_NONE &&
               line_error_name(text, true, name);
    }
    return (line_scan_take(&text, SLICE("Caused by: ")) ||
            line_scan_take(&text, SLICE("Unhandled exception. "))) &&
           line_error_name(text, true, name);
}

/* Crashes of whole processes: Go's panics, and memory that is out. */
static bool error_crash(struct slice text, struct line *line)
{
    struct slice head = slice_take(text, 512);
    bool panic = slice_starts(text, SLICE("panic: "));
    bool fatal =
        slice_starts(text, SLICE("fatal error: ")) || slice_starts(text, SLICE("FATAL ERROR: "));

    if (slice_starts(text, SLICE("failed to allocate memory"))) {
        line->exception = true;
        line->out_of_memory = true;
        return true;
    }
    if (!panic && !fatal) {
        return false;
    }
    line->exception = true;
    line->unhandled = true;
    line->severity = SEVERITY_FATAL;
    line->error_type = slice_take(text, panic ? 5 : 11);
    line->out_of_memory = slice_find(head, SLICE("out of memory")) != SLICE_NONE;
    return true;
}

void line_error_read(struct slice text, struct line *line)
{
    struct slice name;

    if (text.size < 3) {
        return;
    }
    if (line_error_unhandled(text)) {
        line->unhandled = true;
        line->exception = true;
    }
    switch (text.base[0]) {
    case 'p':
    case 'f':
    case 'F':
        if (error_crash(text, line)) {
            return;
        }
        break;
    case 'T':
        if (slice_starts(text, SLICE("Traceback (most recent call last)"))) {
            line->exception = true;
        }
        break;
    case 'C':
    case 'E':
    case 'U':
        if (error_introduced(text, &name)) {
            line->exception = true;
            line_error_set(line, name);
        }
        break;
    default:
        break;
    }
    if (line->error_type.size == 0 && line_error_name(text, false, &name)) {
        line_error_set(line, name);
        line->exception = true;
    }
    error_lines(text, line);
}
