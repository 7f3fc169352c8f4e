/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_REPORT_LIMITS_H
#define THAW_COLLECTOR_REPORT_REPORT_LIMITS_H

/*
 * The limits of report/ and their reasons.  Together they keep a report at some hundred megabytes
 * whatever is poured into it; most reports need a few.
 */

/* Functions that have a row of their own; those after them share one, "(other functions)".  An
 * account may have more, a page that somebody reads has not. */
#define REPORT_FUNCTION_COUNT_MAX 1000

/* Groups of errors; what comes after them is counted together. */
#define REPORT_GROUP_COUNT_MAX 512

/* Bytes kept of a name: function names have at most 140, request ids 36, streams mostly 60. */
#define REPORT_LABEL_SIZE_MAX 190

/* Configured memory sizes of a function that are told apart: a change in the period makes two. */
#define REPORT_SIZE_COUNT_MAX 4

/* The worst requests that are shown: the failed ones, and the slowest of the others. */
#define REPORT_FAILED_COUNT_MAX 6
#define REPORT_SLOW_COUNT_MAX   10
#define REPORT_WORST_COUNT_MAX  10

/* Of them as many of one group of errors: more of the same would say nothing new. */
#define REPORT_FAILED_PER_GROUP_MAX 2

/* Invocations whose lines are held until they turn out to be one of the worst or not, and the bytes
 * of each: the first half of them as it comes, the latest of the rest.  (64 MiB in all, of which
 * only what is used is touched.) */
#define REPORT_TRAIL_COUNT_MAX 4096
#define REPORT_TRAIL_SIZE_MAX  16384u

/* Bytes kept of a line.  Half of a trail holds several of the longest. */
#define REPORT_LINE_SIZE_MAX 2000u

/* Invocations without their REPORT yet.  One per stream is usual. */
#define REPORT_PENDING_COUNT_MAX 8192

/* Invocations that are recognised when they come again are the latest, at least so many and at most
 * twice as many; each takes 16 bytes. */
#define REPORT_SEEN_COUNT_MAX (1u << 20)

/* Steps of time that are counted; their width grows with the range. */
#define REPORT_TIME_COUNT_MAX 256

/* Reasons for which lines are refused, and the examples of each. */
#define REPORT_REASON_COUNT_MAX 32
#define REPORT_SAMPLE_COUNT_MAX 3

/* Formats of files that are counted: all that intake knows, and some. */
#define REPORT_FORMATS_MAX 24

/* Bars of a histogram that is drawn. */
#define REPORT_BAR_COUNT_MAX 40

#endif
