/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_REPLAY_H
#define THAW_COLLECTOR_QUERY_REPLAY_H

#include "base/status.h"
#include "model/view.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Records that the store has shown in pieces, put together again as they came: those of one time of
 * arrival are one batch, and batches are applied in order of arrival.  Records are pointed to until
 * they are applied.  For the files of query/ only.
 */
struct replay_record {
    uint64_t arrival_ns;
    uint32_t order; /* In which it was added. */
    const struct span *span;
    const struct log_line *line; /* Either of the two. */
};

struct replay {
    struct replay_record *records;
    uint32_t count, capacity;
};

/* All zero is an empty one. */
void replay_fini(struct replay *replay);

/* False: without memory, or there are too many (REPLAY_RECORD_COUNT_MAX). */
bool replay_span(struct replay *replay, uint64_t arrival_ns, const struct span *span) THAW_CHECK;
bool replay_line(struct replay *replay, uint64_t arrival_ns,
                 const struct log_line *line) THAW_CHECK;

/* Apply them, and be empty again.  FULL without memory: some were not. */
enum status replay_apply(struct replay *replay, struct view *view) THAW_CHECK;

#endif
