/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SOURCES_EXPOSED_H
#define THAW_SOURCES_EXPOSED_H

#include "base/buf.h"
#include "sources/derived.h"

#include <stdint.h>

/*
 * Metrics of functions in the text format of Prometheus, as of now, for who scrapes the collector.
 * Counters count from the minute in which the process began, or from the latest Monday if that was
 * later: so they never fall but to begin anew, whatever the collector forgets.
 */
struct exposed {
    const struct query *query;
    uint64_t (*now_ns)(void);
    uint64_t start_ns;         /* Of the process. */
    struct derived_keep *keep; /* Its own: derived.h. */
};

/* What does not fit into EXPOSED_LINE_COUNT_MAX lines is left out, and a last metric says so. */
void exposed_write(const struct exposed *exposed, struct arena *arena, struct buf *out);

#endif
