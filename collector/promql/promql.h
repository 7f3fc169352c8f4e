/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_PROMQL_H
#define THAW_COLLECTOR_PROMQL_PROMQL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * PromQL: a text becomes a query (parsed and checked, once), a query is evaluated at one time or at
 * many, against a source of series (source.h).  What of the language is there stands in
 * docs/reference/promql.md; what is not is refused by name.
 *
 * Pure: no clock, no I/O but through the source; all memory is that of the arenas given, and there
 * is nothing to free.  A query is immutable and may be evaluated by several threads at once, each
 * with an arena of its own.  For a rule that is evaluated for ever, parse into an arena that lives
 * as long as the rule, and reset that of the evaluation each time.
 */

/* Why there is no answer.  (Prometheus's API calls them bad_data, execution, timeout and
 * unavailable.) */
enum promql_error_kind {
    PROMQL_ERROR_NONE,
    PROMQL_ERROR_PARSE,     /* The text is no query: HTTP 400. */
    PROMQL_ERROR_EXECUTION, /* It cannot be computed of these series, or is beyond a limit: 422. */
    PROMQL_ERROR_TIMEOUT,   /* It took too long: 503. */
    PROMQL_ERROR_SOURCE,    /* The source failed: 500. */
};

#define PROMQL_MESSAGE_SIZE_MAX 512

struct promql_error {
    enum promql_error_kind kind;
    size_t position; /* Of a parse error: the byte of the text where it begins. */
    /* What Prometheus would say ("1:5: parse error: ..."), with a NUL behind it. */
    char message[PROMQL_MESSAGE_SIZE_MAX];
};

/* --- queries ---------------------------------------------------------------------------------- */

struct promql_query;

/* Parse and check a text, which is copied into the arena.  STATUS_BAD, or STATUS_FULL without
 * room; the error says why. */
enum status promql_parse(struct slice text, struct arena *arena, const struct promql_query **query,
                         struct promql_error *error) THAW_CHECK;

/* A selector alone, as match[] of the API has it: its matchers, in the arena. */
enum status promql_parse_selector(struct slice text, struct arena *arena,
                                  const struct matcher **matchers, size_t *count,
                                  struct promql_error *error) THAW_CHECK;

/* A duration such as 1h30m, 15s or 500ms, in milliseconds; STATUS_BAD if it is none, is zero or
 * does not fit. */
enum status promql_parse_duration(struct slice text, int64_t *duration_ms) THAW_CHECK;

enum promql_type {
    PROMQL_SCALAR,
    PROMQL_STRING,
    PROMQL_VECTOR, /* At most one sample for each series. */
    PROMQL_MATRIX,
};

/* What an instant evaluation of it will give.  A range gives PROMQL_MATRIX, and takes scalars and
 * vectors alone. */
enum promql_type promql_type(const struct promql_query *query);

/* --- what a query reads ----------------------------------------------------------------------- */

/* How far a query looks from the time of an evaluation. */
struct promql_reads {
    int64_t back_ms; /* Offsets, ranges and the lookback together. */
    bool slides;     /* It sees the same from any time, and never what comes behind it: without @,
                        and without an offset below 0. */
};

/* One of its selectors, and how far back it looks, without the lookback.  May be NULL. */
typedef void promql_reads_visit(void *context, const struct matcher *matchers, size_t count,
                                int64_t back_ms);
struct promql_reads promql_reads(const struct promql_query *query, promql_reads_visit *visit,
                                 void *context);

/*
 * The first comparison that a condition makes, as queries in the arena: of "a / b > 5 and c > 3" a
 * / b and 5.  What is compared is on the left: of "5 < a" it is a, and above.  STATUS_NOT_FOUND: it
 * compares nothing.
 */
struct promql_comparison {
    const struct promql_query *left, *right;
    bool above; /* It holds above, and not below. */
};
enum status promql_compared(const struct promql_query *query, struct arena *arena,
                            struct promql_comparison *comparison) THAW_CHECK;

/* --- evaluation ------------------------------------------------------------------------------- */

/*
 * Against what, in what memory, within what limits.  0 is no limit of that kind.  The arena is the
 * bound of memory; what does not fit is an error that says so.
 */
struct promql_run {
    const struct series_source *source;
    struct arena *arena;
    const struct patience *patience; /* When to give up; NULL: never.  source.h. */
    size_t samples_max;              /* Read of the source and computed, over the whole query. */
    size_t series_max;               /* Of one selector, and of a result. */
    struct hash_key key;             /* For tables of labels, which senders chose. */
    int64_t lookback_ms;             /* How old a sample may be; 0: PROMQL_LOOKBACK_MS. */
};

#define PROMQL_LOOKBACK_MS INT64_C(300000)

/* Steps of a range, as many as Prometheus's API allows. */
#define PROMQL_STEP_COUNT_MAX 11000

/*
 * The answer; in the arena of the run.  A vector has one sample or histogram in each of its series,
 * at the time of the evaluation, in Prometheus's order where that is defined (sort, topk); a matrix
 * is sorted by labels.
 */
struct promql_value {
    enum promql_type type;
    int64_t time_ms; /* Of a scalar or string. */
    double scalar;
    struct slice string;
    const struct series *series;
    size_t series_count;
    const struct slice *warnings; /* For people: what was left out, or is likely not meant. */
    size_t warning_count;
    size_t samples_read; /* For statistics. */
};

/* STATUS_OK, or an error that says why: STATUS_BAD (execution), STATUS_FULL (a limit, which the
 * message names), STATUS_TIMEOUT, or what the source answered. */
enum status promql_instant(const struct promql_query *query, const struct promql_run *run,
                           int64_t time_ms, struct promql_value *value,
                           struct promql_error *error) THAW_CHECK;

/* From start to end, both inclusive.  STATUS_BAD also for a step that is not positive, an end
 * before the start, too many steps, or a query that is a string or a matrix. */
struct promql_range {
    int64_t start_ms, end_ms, step_ms;
};

enum status promql_range(const struct promql_query *query, const struct promql_run *run,
                         const struct promql_range *range, struct promql_value *value,
                         struct promql_error *error) THAW_CHECK;

/* --- text ------------------------------------------------------------------------------------- */

/* A value as Prometheus writes it in answers and labels: the shortest digits that read back as the
 * same, never an exponent; NaN, +Inf, -Inf. */
void promql_format_number(double value, struct buf *out);

#endif
