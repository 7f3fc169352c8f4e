/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_KEEP_IFS_H
#define THAW_COLLECTOR_QUERY_KEEP_IFS_H

#include "cost/keep_if.h"
#include "query/deadline.h"
#include "query/query.h"

/*
 * What a function would have cost in a span of time, and which cold starts were left, with some
 * instances kept ready all the time (AWS): cost/keep_if.h, of all its invocations whose report has
 * come.  What is kept is paid for by the table's price, whether it is used or not.
 */
struct keep_ifs_row {
    uint32_t instances;
    struct keep_if calls;
    struct money standing; /* For keeping them; the amount of the calls is not in it. */
};

#define KEEP_IFS_ROW_MAX 16

struct keep_ifs {
    struct query_range range; /* Of which all was looked at. */
    uint32_t calls;           /* Too few: there are no rows. */
    uint32_t cold;
    uint32_t peak;     /* At the same time, at most. */
    int64_t memory_mb; /* Of the latest. */
    bool has_error;    /* Some were kept all the time, by the functions file: */
    double error;      /* so far off is the share that the model says they served. */
    struct keep_ifs_row rows[KEEP_IFS_ROW_MAX]; /* By instances; the first keeps none. */
    uint32_t row_count;
    bool unpriced;       /* There is no price for keeping: of another provider, too. */
    const char *partial; /* Why it is not all of the span; NULL: it is. */
};

/* FULL: there is no memory, or too little in the arena. */
enum status keep_ifs_read(const struct query *query, const struct function_facts *function,
                          struct query_range range, struct deadline deadline, struct arena *arena,
                          struct keep_ifs *keep_ifs) THAW_CHECK;

#endif
