/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_ADVICE_H
#define THAW_COLLECTOR_QUERY_ADVICE_H

#include "query/what_ifs.h"

/*
 * What would save most, by what was observed (query/what_ifs.h): for each of the functions that
 * cost most in a span of time, the memory size that would have been cheapest, and the other
 * architecture.  A size is advised only if every invocation would fit, and if the 95th percentile
 * of its handlers would grow by a tenth at most.  What is saved is of this span of time, as if
 * every invocation had been like those that were looked at.
 */

/* Functions that are looked at, the dearest first: each takes a search of the store. */
#define ADVICE_FUNCTION_MAX 20

/* Less than this share of what the function cost is no advice: a percent. */
#define ADVICE_SHARE_MIN_PPM 10000

enum advice_kind { ADVICE_MEMORY, ADVICE_ARCHITECTURE };

struct advice {
    enum advice_kind kind;
    struct slice function;
    struct money saved;
    struct money cost;              /* Of the function in that time. */
    uint64_t invocations;           /* Of which that is the cost. */
    struct what_if_times now, then; /* The same for an architecture. */
    const char *arch;               /* In use, as host.arch is told; of an architecture, before. */
    uint32_t samples;
    int64_t max_used_mb; /* UNKNOWN_INT */
    bool has_error;
    double error; /* Of the model; see struct what_ifs. */
    bool assumed;
};

struct advices {
    struct advice items[2 * ADVICE_FUNCTION_MAX]; /* What saves most first. */
    uint32_t count;
    uint32_t looked_at; /* Functions whose agents told enough. */
    uint32_t too_few;   /* Functions of which too little is known. */
    bool partial;       /* There are more functions. */
};

/* FULL when the arena is too small. */
enum status advices_read(const struct query *query, struct query_range range, struct arena *arena,
                         struct advices *advices) THAW_CHECK;

/* What one function's observations advise: at most two are added.  Pure. */
void advices_add(struct advices *advices, struct slice function, const struct what_ifs *what_ifs,
                 struct money cost, uint64_t invocations);

#endif
