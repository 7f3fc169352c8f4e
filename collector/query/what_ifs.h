/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_WHAT_IFS_H
#define THAW_COLLECTOR_QUERY_WHAT_IFS_H

#include "cost/what_if.h"
#include "query/query.h"

/*
 * What a function would cost with other memory sizes and the other architecture: cost/what_if.h, of
 * the latest invocations of a span of time whose agent told their processor time.  It is the
 * handler's time alone: inits and what comes after the handler are not in it.  The other
 * architecture is priced with the same times: how fast it is, nobody observed.
 */
struct what_ifs_row {
    struct what_if_times times;
    bool fits; /* No invocation used more memory than this. */
    /* Of a million such invocations, requests included; of both architectures. */
    struct money x86, arm;
};

/* Sizes that are looked at, and the one in use. */
#define WHAT_IFS_ROW_MAX 16

struct what_ifs {
    uint32_t samples;     /* Too few: there are no rows. */
    int64_t memory_mb;    /* Of the latest invocation. */
    int64_t max_used_mb;  /* The most that one used; UNKNOWN_INT. */
    enum price_arch arch; /* In use. */
    bool arch_known;
    bool has_error;                             /* Other sizes were observed, too: */
    double error;                               /* so far off was the model, as a share. */
    struct what_ifs_row rows[WHAT_IFS_ROW_MAX]; /* By memory. */
    uint32_t row_count;
    bool assumed; /* Prices of another region. */
    bool damaged; /* Some records could not be read. */
};

/* The row that was seen last of the functions of a name; false: there is none. */
bool what_ifs_function(struct view *view, struct slice name,
                       struct function_facts *found) THAW_CHECK;

/* NOT_FOUND when there is no such function; FULL when the arena is too small. */
enum status what_ifs_read(const struct query *query, struct slice function,
                          struct query_range range, struct arena *arena,
                          struct what_ifs *what_ifs) THAW_CHECK;

#endif
