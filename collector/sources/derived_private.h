/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SOURCES_DERIVED_PRIVATE_H
#define THAW_SOURCES_DERIVED_PRIVATE_H

#include "sources/derived.h"
#include "sources/sources_limits.h"

#include <stdbool.h>

/* What the files of derived metrics share. */

#define DERIVED_COUNTER   1
#define DERIVED_GAUGE     2
#define DERIVED_HISTOGRAM 3

#define DERIVED(id, name, kind, unit, help) DERIVED_##id,
enum derived_id {
#include "sources/derived_metrics.def"
    DERIVED_COUNT,
};
#undef DERIVED

/* Counters come first, and there are so many; histograms follow. */
#define DERIVED_COUNTER_COUNT   DERIVED_INIT_DURATION
#define DERIVED_HISTOGRAM_COUNT (DERIVED_MEMORY_USED_MAX - DERIVED_INIT_DURATION)

/* Upper bounds of buckets in milliseconds: half a millisecond is nothing for a function, and 15
 * minutes are the platform's limit. */
#define DERIVED_BOUND_COUNT 20
extern const int64_t derived_bounds_ms[DERIVED_BOUND_COUNT];

/* How durations of one kind are distributed: by bucket (the last has no bound), and their sum. */
struct derived_spread {
    uint64_t counts[DERIVED_BOUND_COUNT + 1];
    double sum_s;
};

/* What was counted in one minute, hour or day. */
struct derived_row {
    int64_t start_ms, grain_ms;
    double counts[DERIVED_COUNTER_COUNT];
    int64_t max_memory_mb;          /* UNKNOWN_INT */
    struct derived_spread *spreads; /* DERIVED_HISTOGRAM_COUNT; NULL: not asked for. */
};

/* What was counted before something, from the first to the end of the last; first_ms INT64_MAX:
 * nothing. */
struct derived_sums {
    int64_t first_ms, end_ms;
    double counts[DERIVED_COUNTER_COUNT];
    struct derived_spread spreads[DERIVED_HISTOGRAM_COUNT];
};

/* Those of one trigger and alias: the sum of what has ended before the span that is asked for, and
 * the rows behind it, oldest first. */
struct derived_line {
    struct rollup_labels labels; /* As long as the view. */
    struct derived_sums before;
    int64_t first_ms, end_ms; /* Of all. */
    struct derived_row *rows;
    size_t count, capacity;
};

#define DERIVED_LINE_COUNT_MAX 64

/* An instance's life. */
struct derived_life {
    int64_t from_ms, to_ms;
};

/* What is asked for of a function. */
struct derived_wanted {
    bool metrics[DERIVED_COUNT];
    bool rows, spreads, cost, lives;
};

/* A function while its series are made; all in the arena. */
struct derived_function {
    struct function_facts facts;
    uint32_t row;
    struct derived_line *lines[DERIVED_LINE_COUNT_MAX];
    size_t line_count;
    struct derived_life *lives;
    size_t life_count;
    int64_t first_ms, end_ms; /* Of all rows. */
    bool full;                /* The arena is. */
};

/* What is asked for. */
struct derived_span {
    int64_t since_ms; /* What began before is not counted. */
    int64_t from_ms, to_ms, now_ms;
    struct arena *arena;
};

/* derived_rows.c: take what is wanted of a function in a span, holding the view. */
void derived_gather(const struct derived *derived, const struct derived_wanted *wanted,
                    const struct derived_span *span, struct derived_function *function);

/* The same of rows that begin in a range: those that end before span->from_ms into sums. */
struct derived_range {
    int64_t from_ns, to_ns;
};
void derived_gather_rows(const struct query *query, const struct derived_wanted *wanted,
                         const struct derived_span *span, struct derived_range range,
                         struct derived_function *function);

/* A new line, if there is room for one; NULL: there is none in the arena. */
struct derived_line *derived_line_add(struct derived_function *function,
                                      const struct rollup_labels *labels, struct arena *arena);

/* derived_keep.c: give a function its lines with the sums of what is settled, holding the view.
 * Where the rows behind it begin, INT64_MIN (and no lines): there is nothing of that kind. */
int64_t derived_keep_lines(const struct derived *derived, const struct derived_wanted *wanted,
                           const struct derived_span *span, struct derived_function *function);

/* derived_samples.c: the samples of one series in a span of time. */
struct derived_samples {
    struct sample *items; /* NULL: the arena is full. */
    size_t count;
};

/* Which of a histogram's series: a bucket's index, or one of these. */
#define DERIVED_PART_SUM   (-1)
#define DERIVED_PART_COUNT (-2)

struct derived_samples derived_counter(const struct derived_span *span,
                                       const struct derived_line *line, enum derived_id id);
struct derived_samples derived_histogram(const struct derived_span *span,
                                         const struct derived_line *line, enum derived_id id,
                                         int part);
struct derived_samples derived_memory_used(const struct derived_span *span,
                                           const struct derived_line *line);
struct derived_samples derived_memory_limit(const struct derived_span *span,
                                            const struct derived_function *function);
struct derived_samples derived_instances(const struct derived_span *span,
                                         const struct derived_function *function);

#endif
