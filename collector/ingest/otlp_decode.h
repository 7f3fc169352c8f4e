/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_DECODE_H
#define THAW_INGEST_OTLP_DECODE_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * OTLP protobuf to records.  The batch and all that it points to is in the arena or in the body,
 * which must live as long.  Pure but for the arena; any thread.
 *
 * What a record lacks: a span without valid ids is left out and counted in batch->rejected; a log
 * line with wrong ids is kept without them; a link with wrong ids is left out.  Metrics of a thaw
 * agent are left out, too: the collector derives its own.
 */

/* False: it is no such message, it nests too deep, or the arena is too small (which the arena
 * knows).  But for memory, this accepts what the guard accepts (proto/guard.h), which can say why
 * something is refused. */
bool otlp_decode(enum signal signal, struct slice body, struct arena *arena,
                 struct batch *batch) THAW_CHECK;

#endif
