/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_COLDSTARTS_H
#define THAW_COLLECTOR_QUERY_COLDSTARTS_H

#include "query/query.h"

/* Cold starts: how many, how long, of whom, and why the slowest happened. */
enum coldstarts_by {
    COLDSTARTS_BY_NONE,
    COLDSTARTS_BY_VERSION,
    COLDSTARTS_BY_MEMORY,
    COLDSTARTS_BY_ARCH,
    COLDSTARTS_BY_RUNTIME,
    COLDSTARTS_BY_FUNCTION,
    COLDSTARTS_BY_TRIGGER,
};

enum cold_cause {
    COLD_UNKNOWN,
    COLD_FIRST,         /* No instance of this version had been seen before. */
    COLD_SCALE_OUT,     /* Other instances were there, and busy. */
    COLD_AFTER_IDLE,    /* No other instance was left. */
    COLD_AFTER_FAILURE, /* The instance was initialised again after a timeout or a crash. */
};

struct coldstarts_group {
    struct slice key;
    struct rollup_sum *sum; /* In the arena. */
};

struct coldstart {
    struct invocation_facts facts;
    struct slice function;
    struct id16 transaction;
    enum cold_cause cause;
};

struct coldstarts {
    struct coldstarts_group all;
    /* Cold starts by whether a caller waited, who are not all when it is not known. */
    uint64_t awaited, unawaited, unknown;
    struct coldstarts_group *groups; /* By key; none without by. */
    uint32_t group_count;
    struct coldstart *slowest; /* Slowest first. */
    uint32_t slowest_count;
    const char *partial; /* Why slower ones may be missing; NULL: they are not. */
};

/* Of the functions of this name, or of all where it is empty.  FULL when the arena is too small. */
enum status coldstarts_read(const struct query *query, struct query_range range, struct slice name,
                            enum coldstarts_by by, struct arena *arena,
                            struct coldstarts *coldstarts) THAW_CHECK;

/* The slowest of them, also of those that the view has forgotten, with texts in the arena.  For
 * coldstarts.c. */
enum status coldstarts_slowest(const struct query *query, struct query_range range,
                               struct slice name, struct arena *arena,
                               struct coldstarts *coldstarts) THAW_CHECK;

#endif
