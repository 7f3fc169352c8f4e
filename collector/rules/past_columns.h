/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_PAST_COLUMNS_H
#define THAW_RULES_PAST_COLUMNS_H

#include "base/arena.h"
#include "promql/promql.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The answers of one query at many times that ascend by a step: what promql_instant() answers at
 * each of them, asked for as ranges of many steps at once.  That is the same answer, because an
 * instant is a range of one step, and many times cheaper.
 *
 * A range that fails is asked for in shorter ones, at last step by step: so a query that cannot be
 * answered at one time is answered at all others.  What looks at @ or into the future is asked for
 * step by step from the first (promql_reads()).
 */
struct past_columns {
    const struct promql_query *query; /* NULL: free. */
    bool slides;
    struct arena arena; /* Of the range that is known; memory is the caller's. */
    int64_t step_ms;
    int64_t from_ms, to_ms; /* The times that are known. */
    const struct series *series;
    struct past_cursor *cursors; /* One for each series. */
    size_t series_count;
    size_t steps; /* How many to ask for at once. */
};

/* How a query is asked. */
struct past_asking {
    struct promql_run run; /* But for the arena. */
    int64_t until_ms;      /* Up to which times are asked for, and sources are whole. */
    /* Told before each question how late what is read may be: of an instant its time, of a range
     * that looks into no future INT64_MAX.  NULL: nobody is. */
    void (*ends)(void *context, int64_t time_ms);
    void *context;
};

/* Begin with a query; nothing of it is known yet. */
void past_columns_begin(struct past_columns *columns, const struct promql_query *query,
                        int64_t step_ms);

/* The answer at a time, which is not before the one of the call before; as promql_instant(), but
 * that a scalar is a vector of one sample without labels.  It is in the arenas of both. */
enum status past_columns_at(struct past_columns *columns, const struct past_asking *asking,
                            int64_t time_ms, struct arena *arena, struct promql_value *value,
                            struct promql_error *error) THAW_CHECK;

#endif
