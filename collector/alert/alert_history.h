/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_HISTORY_H
#define THAW_COLLECTOR_ALERT_ALERT_HISTORY_H

#include "base/arena.h"
#include "base/json_write.h"
#include "promql/source.h"

#include <stdint.h>

/*
 * What alerts went through: the spans in which they were pending or fired, made of ALERTS.  Pure
 * but for the source.
 */
struct alert_history {
    const struct series_source *source; /* What rules wrote. */
    int64_t from_ms, to_ms;             /* As of evaluations; both inclusive. */
    int64_t now_ms;
    int64_t oldest_ms; /* Of what is kept; INT64_MAX: nothing is. */
    uint64_t delay_ns;
};

/* Write the answer of GET alerts/history; the latest first.  The arena is scratch; what does not
 * fit is counted. */
void alert_history_write(const struct alert_history *history, struct arena *arena,
                         struct json_write *writer);

#endif
