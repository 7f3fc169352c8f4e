/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_LIMITS_H
#define THAW_INGEST_LIMITS_H

#include "proto/proto_limits.h"

#include <stdint.h>

/*
 * The limits of ingest/ and their reasons.
 */

/* Bytes of a body as sent, and once inflated or transcoded: OTLP 1.11 recommends 64 MiB. */
#define INGEST_BODY_SIZE_MAX (UINT64_C(64) << 20)

/* How much a compressed body may grow, once it has grown beyond the size below: gzip reaches 1030
 * on zeros; telemetry that was measured stays under 20, very repetitive logs under 100. */
#define INGEST_RATIO_MAX      250u
#define INGEST_RATIO_SIZE_MIN (UINT64_C(1) << 20)

/* Memory that the records of one body may take.  Usual ones take one to three times their bytes, so
 * that is tried first, and then as many times more; empty spans take a hundred times theirs. */
#define INGEST_DECODED_SIZE_MAX (UINT64_C(256) << 20)
#define INGEST_DECODED_SIZE_MIN (UINT64_C(16) << 10)
#define INGEST_DECODED_RATIO    4u

/* Memory of all requests that are decoded and wait for their sync.  Beyond it senders are told to
 * come again; one request alone always may. */
#define INGEST_MEMORY_MAX (UINT64_C(512) << 20)

/* Bytes of a body that is made of a delivery of log streams, before it is given to the store. */
#define INGEST_STREAMS_BODY_SIZE (UINT64_C(512) << 10)

/* Memory of the bodies of one delivery that the store has not got yet.  Beyond it they are given to
 * the store before the delivery has ended: what a usual one is made of fits, and the largest one
 * does not take the memory of all requests. */
#define INGEST_STREAMS_HELD_MAX (UINT64_C(64) << 20)

/* Text that one delivery of log streams may inflate to: what Firehose buffers at most (64 MiB, as
 * gzip) at the ratio of usual logs. */
#define INGEST_STREAMS_TEXT_MAX (UINT64_C(1) << 30)

/* Records of one delivery of Firehose, and its other limits: as AWS documents them. */
#define INGEST_FIREHOSE_RECORDS_MAX    10000u
#define INGEST_FIREHOSE_ID_MAX         256u
#define INGEST_FIREHOSE_PAIRS_MAX      50u
#define INGEST_FIREHOSE_KEY_SIZE_MAX   256u
#define INGEST_FIREHOSE_VALUE_SIZE_MAX 1024u

/* Reasons for which parts of log streams are refused that are told apart, and the bytes of an
 * example that are kept for each: enough to recognise a line. */
#define INGEST_REFUSALS_MAX 48u
#define INGEST_SAMPLE_SIZE  200u

/* What senders are told to wait, in seconds: a moment when many come at once, longer when the disk
 * refuses. */
#define INGEST_RETRY_BUSY_S    1u
#define INGEST_RETRY_STORAGE_S 5u

#endif
