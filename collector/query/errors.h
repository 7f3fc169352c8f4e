/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_ERRORS_H
#define THAW_COLLECTOR_QUERY_ERRORS_H

#include "query/query.h"
#include "query/query_limits.h"

/* Failed invocations, grouped by function and type of error. */
struct error_group {
    struct slice function, error_type; /* An invocation without a type: its outcome. */
    uint64_t count;
    int64_t first_ns, last_ns;
    struct id16 examples[ERROR_EXAMPLE_COUNT_MAX]; /* The latest, newest first. */
    int64_t example_ns[ERROR_EXAMPLE_COUNT_MAX];
    uint32_t example_count;
};

struct errors {
    struct error_group *groups; /* The most frequent first. */
    uint32_t group_count;
    const char *partial; /* Why it is not all; NULL: it is. */
};

/* Also of what the view has forgotten.  FULL when the arena is too small. */
enum status errors_read(const struct query *query, struct query_range range, struct arena *arena,
                        struct errors *errors) THAW_CHECK;

#endif
