/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_PRIVATE_H
#define THAW_INGEST_PRIVATE_H

#include "ingest/ingest.h"
#include "ingest/refusals.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* What the receivers share. */
struct ingest {
    struct store *store;
    _Atomic uint64_t memory; /* Bytes reserved by requests between decoding and answer. */
    _Atomic uint64_t lag_ns; /* Of the latest request that was kept. */
    struct refusals refusals;
};

/* Reserve memory for decoding; who has all of it may have more than the limit. */
bool ingest_reserve(struct ingest *ingest, uint64_t size);
void ingest_release(struct ingest *ingest, uint64_t size);

#endif
