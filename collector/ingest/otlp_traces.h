/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_TRACES_H
#define THAW_INGEST_OTLP_TRACES_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * A traces request to records, straight from the wire (otlp_read.h, which says what is promised).
 * A span without valid ids is left out and counted in batch->rejected, a link without them is left
 * out; an enum that is not known counts as internal, or as not set.
 */

/* Fill the batch, which is empty but for its signal.  False: malformed, or the arena is full. */
bool otlp_traces_decode(struct slice body, struct arena *arena, struct batch *batch) THAW_CHECK;

#endif
