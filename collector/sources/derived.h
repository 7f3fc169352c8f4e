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
 * Nothing is kept here; any thread.
 */
struct derived {
    const struct query *query;
    uint64_t (*now_ns)(void); /* The wall clock. */
    int64_t since_ms;         /* Count from here on only; 0: all that is remembered. */
};

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
