/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SOURCES_LIMITS_H
#define THAW_SOURCES_LIMITS_H

#include <stdint.h>

/* How far apart samples of derived metrics are: what is counted is counted by minutes. */
#define DERIVED_STEP_MS INT64_C(60000)

/* Who asks for now has a clock of his own, or took a moment to ask. */
#define DERIVED_NOW_MS INT64_C(5000)

/* A function of which nothing was heard for so long has no samples any more. */
#define DERIVED_SILENT_MS INT64_C(86400000)

/* Sums of functions that are kept, some 700 bytes for each trigger of a function.  The others' are
 * added up each time. */
#define DERIVED_KEEP_SIZE_MAX ((size_t)16 << 20)

/* How often the collector's own metrics are noted, and how often they have been before the oldest
 * go: six hours.  All series together take 3 MB. */
#define OWN_STEP_MS          INT64_C(15000)
#define OWN_TICK_COUNT       1440
#define OWN_SERIES_COUNT_MAX 256

/* Selectors that one evaluation remembers. */
#define MEMO_COUNT_MAX 65536u

/* Lines of metrics of functions that a scrape shows, some eighty for each trigger of a function,
 * and bytes of those of one metric. */
#define EXPOSED_LINE_COUNT_MAX 50000u
#define EXPOSED_SIZE_MAX       ((size_t)32 << 20)

/* Samples of what is kept by the hour are repeated so often, so that they are not taken for a
 * series that has ended (which is five minutes without one). */
#define SENT_REPEAT_MS INT64_C(240000)

#endif
