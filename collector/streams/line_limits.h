/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LINE_LIMITS_H
#define THAW_STREAMS_LINE_LIMITS_H

#include <stdint.h>

/*
 * The limits of the line parser and their reasons.  What the platform says beyond the first three
 * was not said by the platform, and is refused.
 */

/* A duration: functions and inits are cut at 15 minutes; four times that is generous. */
#define LINE_DURATION_NS_MAX INT64_C(3600000000000)

/* Memory: 10,240 MB can be configured, and managed instances have some dozen times that. */
#define LINE_MEMORY_MB_MAX INT64_C(131072)

/* Memory used, of the size configured: the platform counts some MB more than that at times. */
#define LINE_MEMORY_USED_FACTOR 2

/* A count of bytes or records in one event. */
#define LINE_COUNT_MAX INT64_C(1000000000000)

/* Nesting of an object in a line; a deeper one is text.  One bit each in a word of the machine. */
#define JSON_SCAN_DEPTH_MAX 64

/* Words between a time and a level: request id, thread, logger and what separates them. */
#define LINE_PREFIX_WORD_COUNT_MAX 8

/* Bytes of a name of an exception. */
#define LINE_ERROR_TYPE_SIZE_MAX 160

/* Bytes behind the prefix where a trace id is looked for: such ids stand in front of the text. */
#define LINE_TRACE_SEARCH_SIZE 256

/* Pairs of a logfmt line that are looked at. */
#define LINE_LOGFMT_PAIR_COUNT_MAX 64

/* What is looked at of a message that grows line by line, at its beginning and at its end. */
#define STACK_TRACE_HEAD_SIZE 512
#define STACK_TRACE_TAIL_SIZE 1024

/* An embedded metric: what its specification allows for one object. */
#define EMF_NAME_SIZE_MAX       1024
#define EMF_DIMENSION_COUNT_MAX 30
#define EMF_METRIC_COUNT_MAX    100
#define EMF_VALUE_COUNT_MAX     100

/* Members at the root of such an object: all its metrics and dimensions, and some more. */
#define EMF_MEMBER_COUNT_MAX 512

/* Series that one object makes (metrics times sets of dimensions); the service bills each. */
#define EMF_SERIES_COUNT_MAX 3000

#endif
