/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_READ_H
#define THAW_COLLECTOR_ALERT_ALERT_READ_H

#include "alert/alert_limits.h"

#include "promql/source.h"

#include <stddef.h>
#include <stdint.h>

/*
 * A source that notes what was found in another one, by the metric that was asked for: where its
 * data begins, or that there is none. And that shows nothing of what was still to come: a preview
 * that looks into its future would say what no evaluation could have.  One thread.
 */
struct alert_read_metric {
    struct slice name;
    int64_t first_ms; /* INT64_MAX: there was nothing. */
};

struct alert_read {
    struct series_source from;
    int64_t end_ms; /* What is later is not shown. */
    struct alert_read_metric metrics[ALERT_PREVIEW_READ_COUNT_MAX];
    size_t metric_count;
};

struct series_source alert_read_source(struct alert_read *read);

#endif
