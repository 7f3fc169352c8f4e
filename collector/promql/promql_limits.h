/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_PROMQL_LIMITS_H
#define THAW_COLLECTOR_PROMQL_PROMQL_LIMITS_H

/*
 * The limits of collector/promql and their reasons.
 */

/* Bytes of a query.  Dashboards write queries of a few KiB, and lists of chosen values in them. */
#define PROMQL_TEXT_SIZE_MAX 262144

/* Expressions inside each other: parser, check and evaluation call themselves for each level.  A
 * chain of operators (a or b or c ...) is one level for each operator. */
#define PROMQL_DEPTH_MAX 128

/* Arguments of a call, labels of a grouping, matchers of a selector: label_join() takes any number.
 */
#define PROMQL_LIST_COUNT_MAX 1024

/* Seconds of a subquery's step where it names none: Prometheus's default interval of evaluation. */
#define PROMQL_SUBQUERY_STEP_MS INT64_C(60000)

/* Steps of a subquery: a month by the second is not what anybody looks at. */
#define PROMQL_SUBQUERY_STEP_COUNT_MAX 1000000

/* How far from the epoch a time may be, in milliseconds: so that sums of times, offsets and ranges
 * of a query (PROMQL_DEPTH_MAX of them) stay far inside an int64_t. */
#define PROMQL_TIME_MS_MAX     (INT64_C(1) << 52)
#define PROMQL_DURATION_MS_MAX (INT64_C(1) << 52)

/* Looks at the patience of the run once in so many samples or values. */
#define PROMQL_PATIENCE_EVERY 4096

#endif
