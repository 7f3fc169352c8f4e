/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_METRIC_NAME_H
#define THAW_SERIES_METRIC_NAME_H

#include "base/buf.h"
#include "base/slice.h"
#include "model/metric.h"

/*
 * OTLP's names as Prometheus has them (docs/reference/metrics.md): words of letters and digits,
 * joined by underscores, behind them the unit and "total" or "ratio".  Pure.
 */

/* The name of a metric.  An empty name stays empty. */
void metric_name_write(const struct metric *metric, struct buf *out);

/* The name of a label: what is no letter, digit or underscore becomes an underscore. */
void metric_name_write_label(struct slice name, struct buf *out);

#endif
