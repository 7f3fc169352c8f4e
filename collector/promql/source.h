/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_SOURCE_H
#define THAW_COLLECTOR_PROMQL_SOURCE_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/labels.h"
#include "promql/matcher.h"
#include "promql/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The seam between the language and where samples come from.  A source is asked for the series that
 * match, in a span of time, and shows them one by one; the language never learns what is behind it:
 * metrics derived from invocations, metrics stored as they came, the collector's own.
 *
 * Memory: what a visitor is shown (the names and values of labels, the samples, the histograms) is
 * in the arena that the caller gave, or lives at least as long as what is in it.  The struct series
 * itself may be reused for the next call; the evaluator copies it, and nothing behind it.
 *
 * Threads: a source's functions are called by the thread of the query, several queries at once; the
 * source locks what it has to, and holds no lock while it calls visit().
 *
 * Limits and errors: what does not fit in the arena is STATUS_FULL; whose patience is over gets
 * STATUS_TIMEOUT (asked at least every few thousand samples looked at); a pattern that was given up
 * is STATUS_BAD; what could not be read is STATUS_IO.  Whatever visit() answers but STATUS_OK ends
 * the call with that answer.  A query that met an error has no answer: it is never part of one.
 */

/* One series in a span of time.  Times ascend strictly, in samples and in histograms, and no time
 * is in both. */
struct series {
    struct label_set labels;
    const struct sample *samples;
    size_t sample_count;
    const struct histogram_sample *histograms;
    size_t histogram_count;
};

/* Whether it is time to give up.  It answers true for good once it has. */
struct patience {
    bool (*over)(void *context);
    void *context;
};

/* What is asked for. */
struct selection {
    const struct matcher *matchers; /* All must hold; matcher.h. */
    size_t matcher_count;
    int64_t from_ms, to_ms;          /* Both inclusive. */
    const struct patience *patience; /* NULL: there is all time. */
};

typedef enum status series_visit(void *context, const struct series *series);
typedef enum status labels_visit(void *context, const struct label_set *labels);

struct series_source {
    void *context;

    /*
     * Show every series that matches and has at least one sample in the span, each label set once,
     * in any order, with all its samples of the span (markers of staleness included).
     */
    enum status (*select)(void *context, const struct selection *selection, struct arena *arena,
                          series_visit *visit, void *visit_context);

    /*
     * Show the label sets that select() would show, or of a little more: a source that knows in
     * days, not in milliseconds, when a series lived may show what lived that day.  This is what
     * names and values of labels, and lists of series, are made of.
     */
    enum status (*list)(void *context, const struct selection *selection, struct arena *arena,
                        labels_visit *visit, void *visit_context);
};

/*
 * Several sources behind one.  A series that more than one of them has is shown once, its samples
 * merged; of two samples at the same time that of the earlier source counts.  Both the items and
 * the struct outlive the source that is made of them.
 */
struct source_union {
    const struct series_source *items;
    size_t count;
};

struct series_source source_union(struct source_union *sources);

#endif
