/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_STORED_H
#define THAW_COLLECTOR_QUERY_STORED_H

#include "query/deadline.h"
#include "query/query.h"

/*
 * What is kept of whom: spans, lines and bytes of each function (a service that is none: its name).
 * The bytes of a block, or of a frame of a log, are shared among its records, so they sum to what
 * all blocks and frames take; dictionaries and ids of segments, which belong to all, are not in it.
 */
struct stored_row {
    struct slice function;
    uint64_t spans, lines, bytes;
};

struct stored {
    struct stored_row *rows; /* Who has the most bytes first. */
    uint32_t row_count;
    struct stored_row all;    /* Of all functions; its name is empty. */
    enum query_limit partial; /* What is not in it is older. */
};

/* In the arena.  FULL when that is too small. */
enum status stored_read(const struct query *query, struct deadline deadline, struct arena *arena,
                        struct stored *stored) THAW_CHECK;

#endif
