/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_METRICS_H
#define THAW_INGEST_OTLP_METRICS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * A metrics request: its blocks straight from the wire (otlp_read.h, which says what is promised),
 * its metrics, which are few, by protobuf-c; the one file that knows it.  Unpacking recurses, so
 * the guard looks at the body first.  Data points are counted only, and not those of a
 * thaw agent, which the collector derives itself.
 */

/* Fill the batch, which is empty but for its signal.  False: malformed, or the arena is full. */
bool otlp_metrics_decode(struct slice body, struct arena *arena, struct batch *batch) THAW_CHECK;

#endif
