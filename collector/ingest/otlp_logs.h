/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_LOGS_H
#define THAW_INGEST_OTLP_LOGS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * A logs request to records, straight from the wire: log lines are most of what there is, and
 * unpacking them into messages first was most of the time.  What the batch points to is in the
 * arena or in the body, which must live as long as the batch.
 *
 * The guard has seen the body; what is malformed nevertheless is refused, and nothing is read
 * outside of it.  Does not recurse.  Pure but for the arena; any thread.
 */

/* Fill the batch, which is empty but for its signal.  False: malformed, or the arena is full. */
bool otlp_logs_decode(struct slice body, struct arena *arena, struct batch *batch) THAW_CHECK;

#endif
