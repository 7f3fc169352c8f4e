/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SERIES_LIMITS_H
#define THAW_SERIES_LIMITS_H

#include <stdint.h>

/*
 * The limits of series/ and their reasons.  What is over a limit is refused, counted by reason, and
 * named with its function and metric (struct series_refusal).
 */

/* Series in all: a histogram with all its buckets is one.  About 600 bytes each beside samples. */
#define SERIES_COUNT_MAX 65536

/* Of one function, or of one service that is no function: a hundred metrics of forty instances. */
#define SERIES_OWNER_COUNT_MAX 4096

/* Functions and services that have series. */
#define SERIES_OWNERS_MAX 16384

/* Names of metrics, with their types. */
#define SERIES_METRIC_COUNT_MAX 8192

/* Bytes of samples, compressed.  Beyond it samples are thinned earlier, beyond a quarter more the
 * oldest of a series make room for its newest. */
#define SERIES_BYTES_MAX (UINT64_C(96) << 20)

/* Labels of one series, bytes of a name and of a value; more labels are refused, longer texts are
 * cut. */
#define SERIES_LABEL_COUNT_MAX      64
#define SERIES_LABEL_NAME_SIZE_MAX  200
#define SERIES_LABEL_VALUE_SIZE_MAX 512

/* Bytes of a metric's name, and of its description and unit, which are cut. */
#define SERIES_NAME_SIZE_MAX 255
#define SERIES_HELP_SIZE_MAX 512
#define SERIES_UNIT_SIZE_MAX 64

/* Numbers of one sample: buckets, sum, count.  SDKs make at most 160 exponential buckets a side. */
#define SERIES_WIDTH_MAX 512

/* How fine exponential buckets are kept: what PromQL's native histograms have. */
#define SERIES_SCALE_MIN (-4)
#define SERIES_SCALE_MAX 8

/* The ends of the latest intervals of a delta stream, by which one that comes again, or late, is
 * known: exporters repeat the latest few. */
#define SERIES_RECENT_COUNT 8

/* Samples of one chunk, and bytes from which on it is closed: chunks are what thinning and
 * forgetting work on. */
#define SERIES_CHUNK_COUNT_MAX 120
#define SERIES_CHUNK_SIZE_MAX  4096

/*
 * How dense samples are that are so old: of each step the last one is kept.  A step divides the
 * next, so it does not matter in how many goes a sample gets old.  Functions tell their metrics
 * once a minute or at the end of an invocation; nobody reads last week by the minute.
 */
#define SERIES_TIER_COUNT 4
#define SERIES_STEP_0_MS  INT64_C(1000)
#define SERIES_STEP_1_MS  INT64_C(60000)
#define SERIES_STEP_2_MS  INT64_C(300000)
#define SERIES_STEP_3_MS  INT64_C(3600000)
#define SERIES_AGE_1_MS   INT64_C(21600000)   /* Six hours. */
#define SERIES_AGE_2_MS   INT64_C(172800000)  /* Two days. */
#define SERIES_AGE_3_MS   INT64_C(1209600000) /* Two weeks. */
#define SERIES_AGE_MAX_MS INT64_C(7776000000) /* 90 days: then they are forgotten. */

/* How often ages may be halved for want of room. */
#define SERIES_PRESSURE_MAX 10

/* Every series is looked at once in so many ticks (seconds). */
#define SERIES_ROUND_TICKS 600

/* A series that had no sample for so long may be forgotten when another one wants its place: its
 * instance is gone. */
#define SERIES_IDLE_MS INT64_C(7200000)

/* A counter that is new began with zero: so long before its first value, or when its start says.  A
 * start that is longer ago is of before we were here, so its first value is no increase. */
#define SERIES_ZERO_STEP_MS  INT64_C(15000)
#define SERIES_ZERO_START_MS INT64_C(600000)

/* Points of later than this are refused: they would keep out all that come in the right time. */
#define SERIES_AHEAD_MS INT64_C(600000)

/* Refusals by reason, function and metric that are told apart. */
#define SERIES_REFUSAL_COUNT_MAX 64

#endif
