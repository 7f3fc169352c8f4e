/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TRACES_TRACE_TEST_H
#define THAW_TRACES_TRACE_TEST_H

#include "columns/scan_query.h"
#include "traces/trace.h"
#include "traces/traces_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What a tool asks of a span: each test compares one of its fields.  A span is wanted when it meets
 * all of them.  A field that a span does not have meets no test, not even that it be unequal.
 * Pure.
 */
enum trace_field {
    TRACE_ATTR, /* An attribute, by its key; service.name of a sender is trace_service(). */
    TRACE_NAME,
    TRACE_STATUS, /* error, ok, unset. */
    TRACE_STATUS_MESSAGE,
    TRACE_KIND, /* server, ... */
    TRACE_SCOPE_NAME,
    TRACE_SCOPE_VERSION,
    TRACE_ERROR, /* true or false: whether its status is error. */
    TRACE_DURATION,
    /* Of the whole trace. */
    TRACE_ROOT_NAME,
    TRACE_ROOT_SERVICE,
    TRACE_WHOLE_DURATION,
};

enum trace_where { TRACE_ANYWHERE, TRACE_OF_SPAN, TRACE_OF_RESOURCE };

enum trace_op {
    TRACE_EQUAL,
    TRACE_UNEQUAL,
    TRACE_MORE,
    TRACE_MORE_EQUAL,
    TRACE_LESS,
    TRACE_LESS_EQUAL,
    TRACE_ONE_OF,  /* One of several texts, separated by "|". */
    TRACE_NONE_OF, /* */
};

/* What the right side is. */
enum trace_literal {
    TRACE_WRITTEN, /* Text that is compared with how the value is written, whatever it is. */
    TRACE_TEXT,
    TRACE_NUMBER, /* number */
    TRACE_TRUTH,  /* text is true or false */
};

struct trace_test {
    enum trace_field field;
    enum trace_where where;
    enum trace_op op;
    enum trace_literal literal;
    struct slice key, text;
    double number;
    int64_t duration_ns; /* Of the two fields that are durations. */
};

struct trace_tests {
    struct trace_test tests[TRACES_TESTS_MAX];
    size_t count;
};

/* Add one; false: there are too many. */
bool trace_tests_add(struct trace_tests *tests, const struct trace_test *test) THAW_CHECK;

/* Whether a span, as it was sent, meets all tests but those of its whole trace. */
bool trace_test_span(const struct trace_tests *tests, const struct span *span) THAW_CHECK;

/* Whether a span of a trace meets all of them. */
bool trace_test_row(const struct trace_tests *tests, const struct trace *trace,
                    const struct transaction_span *row) THAW_CHECK;

/* Whether a span that is made of the facts of any invocation may meet them; and of the facts of
 * this one.  Never false of one that does. */
bool trace_test_any_facts(const struct trace_tests *tests) THAW_CHECK;
bool trace_test_facts(const struct trace_tests *tests, const struct invocation_facts *facts,
                      const struct function_facts *function) THAW_CHECK;

/* Those that the store can look for; the others are to be put to what it finds.  Answers how many,
 * at most tests->count. */
size_t trace_test_conditions(const struct trace_tests *tests,
                             struct scan_condition conditions[TRACES_TESTS_MAX]) THAW_CHECK;

/* Whether some are about the whole trace. */
bool trace_test_whole(const struct trace_tests *tests) THAW_CHECK;

#endif
