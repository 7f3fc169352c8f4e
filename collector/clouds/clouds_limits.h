/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_CLOUDS_LIMITS_H
#define THAW_CLOUDS_LIMITS_H

#include <stddef.h>

/*
 * The limits of clouds/ and their reasons.  Together they bound the memory to about 64 MiB,
 * whatever an export holds.
 */

/* Bytes of one entry: Cloud Logging's are at most 256 KB, and a query's answer with its tables
 * comes whole: as large as the largest document that intake hands over. */
#define CLOUDS_ENTRY_SIZE_MAX ((size_t)64 << 20)

/* Bytes of one record's decoded texts: the largest entry of Cloud Logging, doubled for jsonPayload
 * that is also decoded in part. */
#define CLOUDS_RECORD_SIZE_MAX ((size_t)1 << 20)

/* Columns of a table: Application Insights has about 40, and queries add theirs. */
#define CLOUDS_COLUMN_COUNT_MAX 256

/* Invocations that wait for what else is said of them.  More than any instance-minute has; when
 * they are full the older half (by when it was last spoken of) is told.  A power of two, as are
 * those below. */
#define CLOUDS_CALL_COUNT_MAX ((size_t)1 << 15)

/* Lines that wait for their invocation, and bytes of their text; told likewise when full. */
#define CLOUDS_HELD_COUNT_MAX ((size_t)1 << 16)
#define CLOUDS_HELD_SIZE_MAX  ((size_t)16 << 20)

/* Instances that are remembered at once.  When there are more, all is told and they begin anew. */
#define CLOUDS_SOURCE_COUNT_MAX ((size_t)1 << 13)

/* Bytes of one instance's names. */
#define CLOUDS_SOURCE_TEXT_MAX 1024

/* Starts of one instance: it has one, and a second after a crash. */
#define CLOUDS_START_COUNT_MAX 4

/* Entries that are recognised when they come again: an hour of a busy project, and the overlap of
 * two pages or two files. */
#define CLOUDS_SEEN_COUNT_MAX ((size_t)1 << 18)

/* Bytes of an id or an error type that are kept while an invocation waits. */
#define CLOUDS_TEXT_MAX 96

/* A duration that is longer is none: beyond the longest time limit of both (Cloud Run jobs: 7
 * days). */
#define CLOUDS_DURATION_NS_MAX (INT64_C(8) * 86400 * 1000000000)

#endif
