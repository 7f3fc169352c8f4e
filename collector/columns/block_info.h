/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_BLOCK_INFO_H
#define THAW_COLUMNS_BLOCK_INFO_H

#include "base/slice.h"
#include "model/record.h"

#include <stddef.h>
#include <stdint.h>

/* Something in the block ... */
enum block_flag {
    BLOCK_ERRORS = 1,  /* is a span with status ERROR, or a line of severity 17 (ERROR) or more. */
    BLOCK_LOOSE = 2,   /* is a line with neither a trace id nor a request id. */
    BLOCK_EVENTS = 4,  /* is a record of the scope thaw.agent or thaw.logs with an event name. */
    BLOCK_SENDERS = 8, /* Its filter has the attributes of those that sent the records, too. */
};

/*
 * What is known of a block without reading it: whoever keeps blocks keeps this beside them.  The
 * pointers are valid as long as the call that shows them.
 */
struct block_info {
    enum signal signal; /* SIGNAL_TRACES or SIGNAL_LOGS: a block holds one kind. */
    uint32_t rows;
    uint32_t flags;             /* enum block_flag */
    uint64_t first_ns, last_ns; /* Starts of spans; times of lines (observed where time is 0). */
    uint64_t first_arrival_ns, last_arrival_ns;
    /* End minus start of its spans, those that end before they start left out; of lines, and where
     * all are left out: UINT64_MAX and 0. */
    uint64_t duration_min_ns, duration_max_ns;
    struct slice filter;    /* filter.h: what words and values it may hold. */
    const struct id16 *ids; /* model/record_ids.h of all its rows, each once, in no order. */
    size_t id_count;
};

#endif
