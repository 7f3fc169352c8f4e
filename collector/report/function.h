/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_FUNCTION_H
#define THAW_COLLECTOR_REPORT_FUNCTION_H

#include "report/facts.h"
#include "report/label.h"
#include "report/spread.h"

#include "base/map.h"
#include "base/status.h"
#include "cost/cost.h"
#include "streams/stream_sink.h"

#include <stdbool.h>
#include <stdint.h>

/* How a function used one configured size of memory. */
struct function_size {
    int64_t mb;
    int64_t used_mb_max;
    int64_t last_ns; /* STREAMS_UNKNOWN: never told. */
    uint64_t invocations;
    uint64_t full;        /* Of them, those that used all of it. */
    struct money compute; /* What they cost without the requests. */
};

/*
 * What a function did, or all of them.  Counts invocations; of each is added what it told.  Owns
 * memory: function_fini().
 */
struct function {
    struct label name, account, region, version, runtime;
    enum provider provider;
    bool made_up; /* The name is not from the data. */

    uint64_t invocations;
    uint64_t of[PROVIDER_AZURE + 1]; /* The same by provider. */
    uint64_t errors;                 /* Timeouts included. */
    uint64_t timeouts;
    uint64_t out_of_memory;
    uint64_t open; /* No end was seen. */
    uint64_t cold;
    uint64_t cold_unknown; /* Nothing tells whether they waited. */
    uint64_t proactive;    /* Their init had ended long before. */
    uint64_t suppressed;   /* Cold starts whose init failed before or took too long. */
    uint64_t inside;       /* Cold starts of other providers, whose latency holds them. */
    uint64_t restored;     /* From a snapshot. */
    uint64_t unplaced;     /* Cold starts without INIT_START: they may have been proactive. */
    uint64_t init_billed;  /* Invocations that were billed for an init. */
    uint64_t billed;       /* Invocations with a billed duration. */
    uint64_t billed_ms;
    uint64_t
        sized; /* Invocations whose answer's size is told: what is streamed is known of them. */
    int64_t memory_mb_sum;     /* Of what was used at most. */
    int64_t first_ns, last_ns; /* STREAMS_UNKNOWN: never told. */
    struct cost cost;
    struct money failed;    /* Of it, what invocations cost that failed, */
    struct money timed_out; /* and of these, those that timed out. */
    struct spread durations, inits, memory;
    struct function_size sizes[REPORT_SIZE_COUNT_MAX];
    size_t size_count;
};

void function_init(struct function *function);
void function_fini(struct function *function);
void function_add(struct function *function, const struct facts *facts, const struct cost *cost);

/* The invocations of which something tells whether they waited for an init: what a rate is of. */
uint64_t function_cold_known(const struct function *function);

/* What is to be said of the costs at a provider; NULL: nothing, or none of it is there. */
const char *function_price_note(const struct function *function, enum provider provider);

/* The size that it has now: of its latest invocation that told one.  NULL: never told. */
const struct function_size *function_size_now(const struct function *function);

/* All functions that have a row. */
struct functions {
    struct function *rows;
    uint32_t count;
    bool others; /* The last row stands for all functions that have none. */
    struct map map;
};

/* STATUS_FULL without memory.  Undo with function_table_fini(). */
enum status function_table_init(struct functions *functions) THAW_CHECK;
void function_table_fini(struct functions *functions);

/* The row of the function that a stream is of.  An account or a region that is not told is not
 * another one. */
uint32_t function_table_row(struct functions *functions, const struct stream_source *source);

/* The rows with invocations in the order in which they matter: the dearest, then the busiest first.
 * order has room for all; the answer is how many. */
uint32_t function_table_sort(const struct functions *functions, const struct function **order);

/* ---- What to do about memory. ---- */

enum advice_kind {
    ADVICE_NONE,   /* It fits, or too little is known. */
    ADVICE_SHRINK, /* Much less was used: a smaller size would do. */
    ADVICE_GROW,   /* All of it was used. */
};

struct advice {
    enum advice_kind kind;
    int64_t size_mb, used_mb, suggested_mb;
    struct money saving;       /* Of the period, if every invocation took as long as it did. */
    struct money saving_month; /* The same at this rate for 30 days; */
    bool month_known;          /* not of less than an hour. */
};

struct advice function_advice(const struct function *function);

#endif
