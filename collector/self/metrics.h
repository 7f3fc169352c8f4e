/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SELF_METRICS_H
#define THAW_SELF_METRICS_H

#include "base/buf.h"
#include "http/web.h"
#include "series/series_limits.h"
#include "notify/notify.h"
#include "series/series_store.h"
#include "store/store.h"

#include <stdint.h>

/*
 * What the collector tells about itself in the text format of Prometheus: the rows of counters.def
 * and the state of the store.  The names pass `promtool check metrics`.  Pure but for the counters.
 */
struct metrics_state {
    struct store_stats store;
    struct web_stats web;
    struct series_stats series;
    struct series_refusal refusals[SERIES_REFUSAL_COUNT_MAX]; /* Of series; */
    size_t refusal_count;
    uint64_t start_ns;        /* Wall clock when the process began. */
    uint64_t firing;          /* Alerts. */
    uint64_t lag_ns;          /* How long the latest request waited for the disk. */
    uint64_t instances_alive; /* Of functions. */
    struct notify_stats notify;
};

/* Fill in what concerns series. */
void metrics_take_series(struct metrics_state *state, struct series_store *series);

void metrics_write(const struct metrics_state *state, struct buf *out);

/* Show the values of all rows that have no labels but fixed ones (refusals have others).  The texts
 * live as long as the process. */
typedef void metrics_visit(void *context, const char *metric, const char *labels, double value);
void metrics_each(const struct metrics_state *state, metrics_visit *visit, void *context);

/* The rows as Markdown, for docs/reference/collector-metrics.md. */
void metrics_write_reference(struct buf *out);

#endif
