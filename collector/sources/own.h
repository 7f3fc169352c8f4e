/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SOURCES_OWN_H
#define THAW_SOURCES_OWN_H

#include "base/status.h"
#include "promql/source.h"

#include <stdint.h>

/*
 * The collector's own metrics as series, so that rules and charts of them need no other Prometheus:
 * what /metrics shows of the collector itself, as it was every OWN_STEP_MS, for as long as
 * OWN_TICK_COUNT of these go.  They begin anew with the process.
 *
 *     if (own_due(own, now_ms)) { own_note(own, "thaw_collector_...", "", 1); ... own_end(own); }
 *
 * One thread notes; any thread asks.
 */
struct own;

struct own *own_create(void) THAW_CHECK; /* NULL without memory. */
void own_free(struct own *own);          /* NULL is fine. */

/* Whether it is time for the values of now; if so they follow, up to own_end(). */
bool own_due(struct own *own, int64_t now_ms) THAW_CHECK;

/* The value of a metric with labels as Prometheus writes them without their braces
 * (`reason="path",kind="x"`, no escapes in them).  Both texts live as long as *own; what has no
 * room is left out. */
void own_note(struct own *own, const char *name, const char *labels, double value);
void own_end(struct own *own);

struct series_source own_source(struct own *own);

#endif
