/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_SOURCE_H
#define THAW_COLLECTOR_ALERT_ALERT_SOURCE_H

#include "promql/source.h"
#include "rules/rules_samples.h"

/*
 * What rules read: the metrics that there are, and what rules wrote.  Most selectors name a metric,
 * and then only one of both has it; so a rule about a function does not look at what ten thousand
 * wrote.
 */
struct alert_source {
    struct rules_samples *samples;
    struct series_source items[2]; /* What rules wrote, and the others. */
    struct source_union both;
};

struct series_source alert_source_make(struct alert_source *source, struct rules_samples *samples,
                                       struct series_source others);

#endif
