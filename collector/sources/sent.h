/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SOURCES_SENT_H
#define THAW_SOURCES_SENT_H

#include "promql/source.h"
#include "series/series_store.h"
#include "sources/derived.h"

/*
 * Metrics that functions and services sent (series/series_store.h) as a source of series.  A
 * histogram is shown as _bucket, _sum and _count, an exponential one as a native histogram; what is
 * old and kept by the hour is repeated in between.  Any thread.
 */
struct series_source sent_source(struct series_store *store);

/* Show what metrics there are; their texts are in the arena.  STATUS_FULL: they are not all. */
typedef void sent_visit(void *context, const struct source_metric *metric);
enum status sent_metrics(struct series_store *store, struct arena *arena, sent_visit *visit,
                         void *context) THAW_CHECK;

#endif
