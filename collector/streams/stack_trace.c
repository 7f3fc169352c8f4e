/* SPDX-License-Identifier: Apache-2.0 */
#include "streams/line.h"

#include "streams/line_error.h"
#include "streams/line_ids.h"
#include "streams/line_limits.h"
#include "streams/line_scan.h"

/*
 * A collected message may grow to any size and is asked about at each line: only so much of its
 * beginning and of its end is looked at.
 */
static struct slice trace_head(struct slice before)
{
    return slice_take(before, STACK_TRACE_HEAD_SIZE);
}

static struct slice trace_tail(struct slice before)
{
    size_t size = before.size < STACK_TRACE_TAIL_SIZE ? before.size : STACK_TRACE_TAIL_SIZE;

    return slice_trim(slice_skip(before, before.size - size));
}

/* The last line of what was collected, with its indentation. */
static struct slice trace_last(struct slice before)
{
    struct slice tail = before;

    while (tail.size > 0 &&
           (tail.base[tail.size - 1] == '\n' || tail.base[tail.size - 1] == '\r')) {
        tail.size--;
    }
    size_t skipped = tail.size < STACK_TRACE_TAIL_SIZE ? 0 : tail.size - STACK_TRACE_TAIL_SIZE;
    tail = slice_skip(tail, skipped);
    size_t newline = slice_find_last_byte(tail, '\n');
    return newline == SLICE_NONE ? tail : slice_skip(tail, newline + 1);
}

static bool trace_has(struct slice text, struct slice needle)
{
    return slice_find(text, needle) != SLICE_NONE;
}

/* Whether what was collected is about an error at all. */
static bool trace_is_error(struct slice before)
{
    struct line line;
    struct slice rest;

    line_read(trace_head(before), &line, &rest);
    return line.exception || line.unhandled || line.severity >= SEVERITY_ERROR ||
           trace_has(trace_head(before), SLICE("Traceback (most recent call last)"));
}

static bool trace_is_panic(struct slice before)
{
    struct slice head = trace_head(before);

    return trace_has(head, SLICE("panic: ")) || trace_has(head, SLICE("goroutine ")) ||
           trace_has(head, SLICE("fatal error: "));
}

/* ---- Lines that go on whatever was before. ---- */

/* "\tat ...", "  File ...", "    return x", "... 12 more": but not what is a line of its own. */
static bool trace_indented(struct slice message)
{
    struct slice rest = message;
    int64_t time_ns;

    if (message.base[0] == ',' || message.base[0] == ';' || message.base[0] == '|' ||
        line_scan_gap(&rest) == GAP_NONE || rest.size == 0) {
        return false;
    }
    if (rest.base[0] == '{' && slice_ends(slice_trim(rest), SLICE("}"))) {
        return false;
    }
    return !line_ids_time(&rest, &time_ns);
}

static bool trace_goes_on(struct slice message)
{
    static const struct slice beginnings[] = {
        SLICE_INIT("Caused by: "),
        SLICE_INIT("Suppressed: "),
        SLICE_INIT("During handling of the above exception"),
        SLICE_INIT("The above exception was the direct cause"),
        SLICE_INIT("--- End of "),
        SLICE_INIT("---> "),
    };

    for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++) {
        if (slice_starts(message, beginnings[i])) {
            return true;
        }
    }
    return false;
}

/* ---- Lines that go on with something of their kind only. ---- */

/* Frames whose indentation an exporter has cut off. */
static bool trace_bare_frame(struct slice message)
{
    struct slice head = trace_head(message);

    if (slice_starts(message, SLICE("at "))) {
        return trace_has(head, SLICE("(")) || trace_has(head, SLICE(":"));
    }
    if (slice_starts(message, SLICE("File \""))) {
        return trace_has(head, SLICE("\", line "));
    }
    if (slice_starts(message, SLICE("... "))) {
        return trace_has(head, SLICE(" more")) || trace_has(head, SLICE("common frames"));
    }
    return (message.base[0] == '/' || slice_starts(message, SLICE("from /"))) &&
           (trace_has(head, SLICE(":in `")) || trace_has(head, SLICE(":in '")));
}

/* "ValueError: x" ends a traceback.  That of the runtime, which has the exception first, needs no
 * end. */
static bool trace_closes(struct slice before, struct slice message)
{
    struct slice name;
    struct slice last = trace_last(before);

    if (!line_error_name(message, true, &name) || line_scan_gap(&last) == GAP_NONE) {
        return false;
    }
    if (line_error_name(message, false, &name)) {
        return true;
    }
    bool class =
        slice_find_byte(name, '.') != SLICE_NONE || (name.base[0] >= 'A' && name.base[0] <= 'Z');
    return class && message.size > name.size && message.base[name.size] == ':' &&
           !slice_starts(before, SLICE("[ERROR] ")) &&
           trace_has(trace_head(before), SLICE("Traceback (most recent call last)"));
}

/* "boom: java.lang.RuntimeException", and then "java.lang.RuntimeException: boom". */
static bool trace_java(struct slice before, struct slice message)
{
    struct slice name;

    if (!line_error_name(message, false, &name) || name.size + 2 > before.size) {
        return false;
    }
    struct slice last = slice_trim(trace_last(before));
    return slice_ends(last, name) && last.size > name.size + 2 &&
           last.base[last.size - name.size - 2] == ':';
}

/* Go: "goroutine 1 [running]:", "main.handler(...)", "created by ...", "[signal SIGSEGV ...]" */
static bool trace_go(struct slice message)
{
    struct slice text = slice_trim(message);

    return slice_starts(text, SLICE("goroutine ")) || slice_starts(text, SLICE("created by ")) ||
           slice_starts(text, SLICE("[signal ")) || slice_starts(text, SLICE("exit status ")) ||
           slice_starts(text, SLICE("runtime stack:")) || slice_ends(text, SLICE(")"));
}

/* The brackets that close an object printed over several lines. */
static bool trace_json(struct slice before, struct slice message)
{
    struct slice last = trace_last(before);
    struct slice tail = trace_tail(before);

    if (message.base[0] != '}' && message.base[0] != ']') {
        return false;
    }
    return line_scan_gap(&last) != GAP_NONE || slice_ends(tail, SLICE("{")) ||
           slice_ends(tail, SLICE("[")) || slice_ends(tail, SLICE(","));
}

bool line_continues(struct slice before, struct slice message)
{
    if (before.size == 0 || message.size == 0) {
        return false;
    }
    if (slice_trim(trace_head(message)).size == 0) {
        /* Chained tracebacks and panics have empty lines in them. */
        return trace_is_panic(before) ||
               trace_has(trace_head(before), SLICE("Traceback (most recent call last)"));
    }
    if (trace_indented(message) || trace_goes_on(message)) {
        return true;
    }
    if (slice_starts(message, SLICE("Traceback (most recent call last)"))) {
        return trace_is_error(before) || trace_goes_on(slice_trim(trace_last(before)));
    }
    if (trace_bare_frame(message)) {
        return trace_is_error(before) || trace_bare_frame(slice_trim(trace_last(before)));
    }
    return trace_closes(before, message) || trace_java(before, message) ||
           trace_json(before, message) || (trace_go(message) && trace_is_panic(before));
}
