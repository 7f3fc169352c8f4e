/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SOURCES_DERIVED_H
#define THAW_SOURCES_DERIVED_H

#include "base/slice.h"
#include "model/view.h"
#include "promql/source.h"
#include "query/query.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Metrics of functions, made of the counts by minute (docs/reference/metrics.md): a source of
 * series for PromQL.  A counter is what was counted since the oldest minute that is remembered; a
 * sample stands at the end of each minute, of the running one at the end of the span or now, and a
 * zero at the beginning of the first.  What is counted by hours or days grows evenly in them.
 *
 * A counter's value is a sum of all that was before.  Sums of what is settled (model/rollups.h) are
 * kept from one call to the next, so that a question about now does not read what is long ago.  Any
 * thread.
 */
struct derived_keep;
struct derived {
    const struct query *query;
    uint64_t (*now_ns)(void);  /* The wall clock. */
    int64_t since_ms;          /* Count from here on only; 0: all that is remembered. */
    struct derived_keep *keep; /* Of this view and since_ms; NULL: nothing is kept. */
};

/* What is kept of all functions, DERIVED_KEEP_SIZE_MAX at most; NULL without memory. */
struct derived_keep *derived_keep_create(void) THAW_CHECK;
void derived_keep_free(struct derived_keep *keep); /* NULL is fine. */

struct series_source derived_source(struct derived *derived);

enum source_kind { SOURCE_COUNTER, SOURCE_GAUGE, SOURCE_HISTOGRAM, SOURCE_SUMMARY };

/* What a metric is, for people. */
struct source_metric {
    struct slice name, unit, help;
    enum source_kind kind;
};

size_t derived_metric_count(void);
struct source_metric derived_metric(size_t index);

#endif
