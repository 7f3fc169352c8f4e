/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_LIMITS_H
#define THAW_COLLECTOR_API_API_LIMITS_H

/* The limits of api/ and their reasons. */

/* Bytes of one answer.  50,000 spans with their resources are about 100 MB. */
#define API_ANSWER_SIZE_MAX ((size_t)384 << 20)

/* What a request asks when it does not say since when: the last hour. */
#define API_RANGE_DEFAULT_NS INT64_C(3600000000000)

/* Depth of an attribute's value that is written; ingest lets no deeper one in. */
#define API_VALUE_DEPTH_MAX 40

/* Answers that many ask for at once: how often within a second makes it many, how long they share
 * one, how many there are, and how large they may be. */
#define API_SHARE_ASKED     4u
#define API_SHARE_SECOND_NS UINT64_C(1000000000)
#define API_SHARE_NS        UINT64_C(250000000)
#define API_SHARE_COUNT     32
#define API_SHARE_SIZE_MAX  ((size_t)512 << 10)

/* Steps of a critical path that an answer lists. */
#define API_PATH_STEPS_MAX 5000u

/* Records of a piece of an export, about: usually, and at most; and how often one is begun anew
 * because what was looked for went meanwhile. */
#define API_EXPORT_RECORDS     5000
#define API_EXPORT_RECORDS_MAX 50000
#define API_EXPORT_TRIES       5

/* How long a search may take, in milliseconds: usually, and at most. */
#define API_TIMEOUT_MS     5000
#define API_TIMEOUT_MS_MAX 30000

/* Steps of a histogram, if nothing else is said. */
#define API_STEPS 60

/* Bytes of a name in a parameter. */
#define API_NAME_SIZE_MAX 512

#endif
