/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_SCAN_QUERY_H
#define THAW_COLUMNS_SCAN_QUERY_H

#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What is looked for among records: plain data.  A record is wanted when it is of one of the
 * signals, happened in the span of time, and meets every condition.
 *
 *     const struct scan_condition conditions[] = {
 *         {.test = SCAN_SERVICE, .text = SLICE("checkout")},
 *         {.test = SCAN_ATTR, .key = SLICE("user.id"), .text = SLICE("user-4711")},
 *         {.test = SCAN_DURATION_MIN, .duration_ns = 250000000},
 *     };
 *     struct scan_query query = {
 *         .signals = SCAN_SPANS, .to_ns = UINT64_MAX, .conditions = conditions,
 *         .condition_count = 3,
 *     };
 *
 * What the slices point to must live as long as the query is used.  A query over blocks costs least
 * where their filters can tell that a condition is not met: SCAN_ATTR with a text that is neither a
 * number nor true or false, SCAN_NAME, SCAN_WORDS, and words inside of a SCAN_TEXT.
 */
enum scan_test {
    /* An attribute of the record, or of who sent it, has this key and this value: a string that is
     * text, or a number or bool that is written so.  Where a key stands twice the last one counts.
     */
    SCAN_ATTR,
    SCAN_SERVICE, /* The service that sent it is called text. */
    /* The function that sent it is called text, or, where it tells none, its service is. */
    SCAN_FUNCTION,
    SCAN_NAME, /* The span, or the event that the line tells of, is called text. */
    /* The words of text stand, one behind the other as they do there, in the record's own text: the
     * line's body (a string), its event's name, the span's name, the message of its status, the
     * names of its events.  ASCII letters are the same in upper and lower case. */
    SCAN_WORDS,
    SCAN_TEXT, /* The same, but the first and the last word may be parts of longer ones. */
    /* A span that took so long or longer, so long or shorter.  One that ends before it starts meets
     * neither, and no line does. */
    SCAN_DURATION_MIN,
    SCAN_DURATION_MAX,
    SCAN_PLAIN, /* A span; a line that is none of the events of an invocation or an instance. */
    SCAN_ERROR, /* A span with status ERROR, a line of severity ERROR or above. */
};

/* Where SCAN_ATTR looks. */
enum scan_where { SCAN_ANYWHERE, SCAN_OF_RECORD, SCAN_OF_RESOURCE };

struct scan_condition {
    enum scan_test test;
    enum scan_where where;
    struct slice key;
    struct slice text; /* Not empty where it is used. */
    bool string;       /* SCAN_ATTR: the value is a string, whatever text looks like. */
    uint64_t duration_ns;
};

/* Conditions of one query. */
#define SCAN_CONDITIONS_MAX 32

enum scan_signal { SCAN_SPANS = 1, SCAN_LINES = 2 };

/*
 * A look of the caller's own at what meets the conditions, while it is searched or measured: for
 * what no condition can say, and for an end in time.
 */
struct scan_look {
    /* Whether a record is wanted: one of the two is not NULL.  NULL: each is. */
    bool (*wants)(void *context, const struct span *span, const struct log_line *line);
    /* Whether to give up, asked before each place but the first. */
    bool (*stop)(void *context);
    void *context;
    bool cut; /* wants() may set it: it gave up in the middle of a place. */
    /* An answer: what happened from then on was looked at (where the oldest come first, before
     * then).  The other end of the query's span of time, unless it gave up. */
    uint64_t reached_ns;
};

struct scan_query {
    unsigned signals;        /* enum scan_signal */
    uint64_t from_ns, to_ns; /* Spans that start, lines of a time from_ns to below to_ns. */
    const struct scan_condition *conditions;
    size_t condition_count;
    struct scan_look *look; /* Or NULL: what meets the conditions is wanted, all of it. */
    bool oldest;            /* A search shows the oldest, the oldest first. */
};

#endif
