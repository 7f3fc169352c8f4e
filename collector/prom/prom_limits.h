/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROM_LIMITS_H
#define THAW_PROM_LIMITS_H

#include <stdint.h>

/* Memory of one query: samples that are read, what is computed of them, and the answer's. */
#define PROM_ARENA_SIZE (UINT64_C(256) << 20)

/* Bytes of an answer. */
#define PROM_ANSWER_SIZE_MAX ((size_t)64 << 20)

/* Samples of one query, as many as Prometheus allows, and series of one selector. */
#define PROM_SAMPLE_COUNT_MAX 50000000u
#define PROM_SERIES_COUNT_MAX 100000u

/* How long a query may take, where it does not ask for less; as long as Prometheus's. */
#define PROM_TIMEOUT_NS UINT64_C(120000000000)

/* Selectors of one request. */
#define PROM_MATCH_COUNT_MAX 32

/* Names, values or series in one list. */
#define PROM_LIST_COUNT_MAX 1000000u

/* A list without a start looks so far back: thirty days. */
#define PROM_LIST_LOOK_MS INT64_C(2592000000)

#endif
