/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_REFUSALS_H
#define THAW_INGEST_REFUSALS_H

#include "base/json_write.h"
#include "base/slice.h"
#include "base/status.h"
#include "ingest/ingest_limits.h"

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What could not be used of the log streams that came in, by reason, each with the beginning of the
 * latest example: so that nobody has to guess why lines are missing.  It locks itself.
 */
struct refusals {
    pthread_mutex_t mutex;
    struct refusals_row {
        const char *why; /* Static. */
        uint64_t count;
        size_t sample_size;
        unsigned char sample[INGEST_SAMPLE_SIZE];
    } rows[INGEST_REFUSALS_MAX];
    size_t row_count;
    uint64_t others; /* For reasons beyond the table. */
};

enum status refusals_init(struct refusals *refusals) THAW_CHECK;
void refusals_fini(struct refusals *refusals);

/* Count count records that were refused; why must be static. */
void refusals_add(struct refusals *refusals, const char *why, struct slice sample, uint64_t count);

/* Write [{"reason", "count", "example"}...] as the next value. */
void refusals_write(struct refusals *refusals, struct json_write *writer);

#endif
