/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_METRICS_H
#define THAW_INGEST_OTLP_METRICS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * A metrics request, straight from the wire (otlp_read.h, which says what is promised), as
 * model/metric.h has it.  The guard looks at the body first: metrics are few, and what it has
 * accepted need not be checked while it is read.  Metrics of a thaw agent are left out: the
 * collector derives its own.
 */

/* Fill the batch, which is empty but for its signal.  False: malformed, or the arena is full. */
bool otlp_metrics_decode(struct slice body, struct arena *arena, struct batch *batch) THAW_CHECK;

#endif
