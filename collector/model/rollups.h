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
 * Counts per function, trigger and minute.  An invocation puts a contribution in when it is closed
 * and keeps a copy of it; when more is known, the old one is taken out and the new one put in, so
 * sums are exact at any time.  Integers only: money is computed when it is asked for.
 */
#define MINUTE_NS INT64_C(60000000000)

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
    uint64_t mb_ms;
    uint32_t function; /* Row: in whose line it was put. */
    uint32_t trigger;  /* Text. */
    uint32_t billed_ms;
    uint32_t cold_init_us;
    uint32_t max_memory_mb;                 /* 0: unknown. */
    uint16_t init, handler, wait, reported; /* Buckets. */
    bool present;                           /* It has been put in. */
    bool invocation, error, timeout, end_unknown, cold, proactive, billed;
};

struct rollup {
    struct sorted_key key; /* Minute and trigger (text). */
    struct rollup_facts facts;
    struct histogram init, handler, wait, reported;
    uint64_t left;         /* Contributions of what was forgotten for want of room, ... */
    uint32_t left_segment; /* ... told up to this segment. */
};

/* The rollups of one function. */
struct rollup_line {
    struct sorted sorted;
};

void rollup_line_init(struct rollup_line *line);
void rollup_line_fini(struct rollup_line *line);

/* Put a contribution in; false (and nothing is changed) when there is no room.  *total counts the
 * rollups of all lines. */
bool rollup_line_add(struct rollup_line *line, const struct contribution *contribution,
                     uint32_t *total) THAW_CHECK;

/* Take out what may not have been put in: false, and nothing is changed, when that is so. */
bool rollup_line_take(struct rollup_line *line, const struct contribution *contribution) THAW_CHECK;

/* Take it out again. */
void rollup_line_remove(struct rollup_line *line, const struct contribution *contribution);

/* It stays though who put it in is forgotten; told up to that segment. */
void rollup_line_leave(struct rollup_line *line, const struct contribution *contribution,
                       uint32_t segment);

/* Drop rollups that count nothing any more, or only what was left and told up to that segment. */
void rollup_line_compact(struct rollup_line *line, uint32_t segment_last, uint32_t *total);

/* Drop the rollups before a minute. */
void rollup_line_cut(struct rollup_line *line, int64_t before_ns, uint32_t *total);

/* Where the rows of a minute begin, for sorted_row() and sorted_after(). */
struct sorted_at rollup_line_from(const struct rollup_line *line, int64_t minute_ns);

/* The first and the last row; NULL when there is none. */
const struct rollup *rollup_line_first(const struct rollup_line *line);
const struct rollup *rollup_line_last(const struct rollup_line *line);

/* The start of the minute of a time. */
int64_t rollup_minute(int64_t time_ns);

#endif
