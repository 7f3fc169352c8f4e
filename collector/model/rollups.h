/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_ROLLUPS_H
#define THAW_COLLECTOR_MODEL_ROLLUPS_H

#include "model/histogram.h"
#include "model/rows.h"
#include "model/sorted.h"
#include "model/view.h"

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Counts per function, trigger, alias, kind of instance and minute; those of long ago per hour, and
 * of longer ago per day. An invocation puts a contribution in when it is closed and keeps a copy of
 * it; when more is known, the old one is taken out and the new one put in, so sums are exact at any
 * time.  Integers only: money is computed when it is asked for.
 */
#define MINUTE_NS      INT64_C(60000000000)
#define ROLLUP_HOUR_NS INT64_C(3600000000000)
#define ROLLUP_DAY_NS  INT64_C(86400000000000)

/* What the lines of all functions share. */
struct rollups {
    uint32_t count;   /* Rows. */
    uint64_t entries; /* Of their distributions. */
    /* What began before the first is counted by hours, before the second by days: whole hours, and
     * whole days that are not after the hours; INT64_MIN: nothing is.  They only grow. */
    int64_t hours_before_ns, days_before_ns;
    uint64_t stamp; /* The latest that a line has: no two are the same. */
};

/* Beside an alias in a row's key: of instances that were kept ready, whose time has another price.
 */
#define ROLLUP_PROVISIONED (UINT32_C(1) << 31)

/* What its agent cost. */
struct contribution_agent {
    uint64_t held_mb_us;
    uint32_t held_us, cpu_us, wire_bytes;
    bool told; /* Its agent accounts for itself. */
};

/* What one invocation, or one proactive init, adds. */
struct contribution {
    struct contribution_agent agent;
    int64_t minute_ns;
    uint32_t function; /* Row: in whose line it was put. */
    uint32_t trigger;  /* Text. */
    uint32_t alias;    /* Text: that it was invoked by. */
    uint32_t billed_ms;
    uint32_t memory_mb;                             /* That it is billed with; 0: unknown. */
    uint32_t init_us, post_handler_us, rounding_us; /* Parts of the billed time. */
    uint32_t cold_init_us;
    uint32_t streamed_bytes;                /* Of its answer, beyond what is free. */
    uint32_t max_memory_mb;                 /* 0: unknown. */
    uint16_t init, handler, wait, reported; /* Buckets. */
    bool present : 1;                       /* It has been put in. */
    bool invocation : 1, error : 1, timeout : 1, oom : 1, end_unknown : 1, cold : 1, proactive : 1;
    bool near_timeout : 1, throttled : 1;
    bool billed : 1;      /* Its billed duration is known. */
    bool provisioned : 1; /* Its instance was kept ready. */
    bool retry : 1;       /* It is not the first attempt. */
    bool streamed : 1;    /* It is known how long its answer was. */
};

/* Those of struct rollup_facts that add up. */
#define ROLLUP_SUMS(X)                                                                             \
    X(invocations)                                                                                 \
    X(errors)                                                                                      \
    X(timeouts)                                                                                    \
    X(out_of_memory)                                                                               \
    X(near_timeouts)                                                                               \
    X(throttled)                                                                                   \
    X(end_unknown)                                                                                 \
    X(cold)                                                                                        \
    X(proactive)                                                                                   \
    X(billed)                                                                                      \
    X(billed_ms)                                                                                   \
    X(mb_ms)                                                                                       \
    X(parts.init)                                                                                  \
    X(parts.post_handler)                                                                          \
    X(parts.rounding)                                                                              \
    X(unsized.count)                                                                               \
    X(unsized.billed_ms)                                                                           \
    X(unsized.parts.init)                                                                          \
    X(unsized.parts.post_handler)                                                                  \
    X(unsized.parts.rounding)                                                                      \
    X(unsized.failed.errors)                                                                       \
    X(unsized.failed.errors_size)                                                                  \
    X(unsized.failed.timeouts)                                                                     \
    X(unsized.failed.timeouts_size)                                                                \
    X(unsized.failed.retries)                                                                      \
    X(unsized.failed.retries_size)                                                                 \
    X(failed.errors)                                                                               \
    X(failed.errors_size)                                                                          \
    X(failed.timeouts)                                                                             \
    X(failed.timeouts_size)                                                                        \
    X(failed.retries)                                                                              \
    X(failed.retries_size)                                                                         \
    X(streamed.told)                                                                               \
    X(streamed.bytes)                                                                              \
    X(cold_init_us)                                                                                \
    X(agent.told)                                                                                  \
    X(agent.cpu_us)                                                                                \
    X(agent.wire_bytes)                                                                            \
    X(agent.held_us)                                                                               \
    X(agent.held_mb_us)

struct rollup {
    struct sorted_key key; /* Start of minute, hour or day; trigger; alias, perhaps provisioned. */
    struct rollup_facts facts;
    struct histogram init, handler, wait, reported;
    uint64_t left;         /* Contributions of what was forgotten for want of room, ... */
    uint32_t left_segment; /* ... told up to this segment. */
};

/*
 * The rollups of one function.  What began before settled_ns, some hours before the latest row, is
 * settled: it rarely changes, and when it does the line gets another stamp, so sums of it may be
 * kept by whoever asks again.
 */
struct rollup_line {
    struct sorted sorted;
    int64_t settled_ns; /* A whole hour; INT64_MIN: nothing is.  It only grows. */
    uint64_t stamp;     /* 0: nothing is settled. */
};

void rollup_line_init(struct rollup_line *line);
void rollup_line_fini(struct rollup_line *line);

/* Put a contribution in; false (and nothing is changed) when there is no room. */
bool rollup_line_add(struct rollup_line *line, const struct contribution *contribution,
                     struct rollups *rollups) THAW_CHECK;

/* Take out what may not have been put in: false, and nothing is changed, when that is so. */
bool rollup_line_take(struct rollup_line *line, const struct contribution *contribution,
                      struct rollups *rollups) THAW_CHECK;

/* Take it out again. */
void rollup_line_remove(struct rollup_line *line, const struct contribution *contribution,
                        struct rollups *rollups);

/* It stays though who put it in is forgotten; told up to that segment. */
void rollup_line_leave(struct rollup_line *line, const struct contribution *contribution,
                       const struct rollups *rollups, uint32_t segment);

/* One that has been counted and forgotten is billed after all: add its bill to the row of its time
 * that counts one without, of its trigger if that has one.  False, and nothing is changed, when no
 * row does, or there is no room. */
bool rollup_line_bill(struct rollup_line *line, const struct contribution *contribution,
                      struct rollups *rollups) THAW_CHECK;

/* Drop rollups that count nothing any more, or only what was left and told up to that segment. */
void rollup_line_compact(struct rollup_line *line, uint32_t segment_last, struct rollups *rollups);

/* Drop the rollups before a time. */
void rollup_line_cut(struct rollup_line *line, int64_t before_ns, struct rollups *rollups);

/* Put together what is one row since hours_before_ns or days_before_ns has grown: of all lines,
 * before anything else is done with them. */
void rollup_line_coarsen(struct rollup_line *line, struct rollups *rollups);

/* A row was put into *line by other means than rollup_line_add(). */
void rollup_line_settle(struct rollup_line *line, int64_t time_ns, struct rollups *rollups);

/* How many entries a row's distributions have. */
uint32_t rollup_entries(const struct rollup *rollup);

/* Whether its times are whole hours and days, and in order. */
bool rollups_agree(const struct rollups *rollups);

/* The start of the row that counts a time, and how long that row's time is. */
int64_t rollup_start(const struct rollups *rollups, int64_t time_ns);
int64_t rollup_grain(const struct rollups *rollups, int64_t time_ns);

/* Where the rows that count a time begin, for sorted_row() and sorted_after(). */
struct sorted_at rollup_line_from(const struct rollup_line *line, const struct rollups *rollups,
                                  int64_t time_ns);

/* The first and the last row; NULL when there is none. */
const struct rollup *rollup_line_first(const struct rollup_line *line);
const struct rollup *rollup_line_last(const struct rollup_line *line);

/* The start of the minute of a time. */
int64_t rollup_minute(int64_t time_ns);

#endif
