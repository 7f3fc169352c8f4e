/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_FIREHOSE_BODY_H
#define THAW_INGEST_FIREHOSE_BODY_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * The body of a delivery of Firehose, {"requestId", "records": [{"data": BASE64}, ...]}.  Pure but
 * for the arena and the memory of one record; any thread.
 */

/* Look over the whole body before anything of it is used: its id must be this one, and there must
 * be records.  NULL, or what is wrong, static. */
const char *firehose_body_wrong(struct slice body, struct slice id) THAW_CHECK;

struct firehose_body_sink {
    /* A record, decoded and not empty; false: no more. */
    bool (*record)(void *context, struct slice bytes);
    /* A record that is none. */
    void (*refused)(void *context, const char *why, struct slice sample);
    void *context;
};

/* Give out the records of a body that is not wrong.  *usable: how many were given out or are empty.
 * False: no memory, or the sink wants no more. */
bool firehose_body_read(struct slice body, struct arena *arena,
                        const struct firehose_body_sink *sink, uint64_t *usable) THAW_CHECK;

#endif
