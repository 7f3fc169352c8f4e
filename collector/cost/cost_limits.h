/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_COST_COST_LIMITS_H
#define THAW_COLLECTOR_COST_COST_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The limits of cost/ and their reasons.
 */

/* Bytes of a price table.  A row takes about 100 bytes, and a table of every region, architecture
 * and tier of one provider with ten years of changes has some thousands. */
#define PRICES_TEXT_SIZE_MAX ((size_t)1 << 20)

/* Rows of a price table, for the same reason: what fits in the text. */
#define PRICES_ROW_COUNT_MAX 16384

/* Sources that a table may name. */
#define PRICES_SOURCE_COUNT_MAX 64

/* A bound on a plausible memory size, so that products fit: ten times the largest function. */
#define COST_MEMORY_MB_MAX 131072

/* A bound on a plausible number of processors, in thousandths: ten times the largest instance. */
#define COST_CPU_MILLI_MAX INT64_C(640000)

/* A bound on a plausible billed duration: 100 days, far beyond any limit of a platform. */
#define COST_BILLED_MS_MAX INT64_C(8640000000)

/* Bytes of each answer that cost nothing: what one that is not streamed may have. */
#define COST_STREAM_FREE_BYTES (INT64_C(6) << 20)

#endif
