/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_QUERY_QUERY_LIMITS_H
#define THAW_COLLECTOR_QUERY_QUERY_LIMITS_H

#include <stdint.h>

/* The limits of query/ and their reasons. */

/* Frames read for one transaction.  An agent sends one or two per invocation. */
#define QUERY_FRAME_COUNT_MAX 65536

/* Spans and log lines of one transaction: what a browser can still draw. */
#define QUERY_SPAN_COUNT_MAX 200000
#define QUERY_LOG_COUNT_MAX  200000

/* Functions and services of one transaction that are told apart by time and cost. */
#define PATH_FUNCTION_COUNT_MAX 256

/* Records that are applied at once to a view of a query's own: what one transaction may have. */
#define REPLAY_RECORD_COUNT_MAX (QUERY_SPAN_COUNT_MAX + QUERY_LOG_COUNT_MAX)

/* Ids that are looked for to answer from the store what the view has forgotten: those of the
 * largest transaction, and of the minutes of its invocations.  Rounds: from a batch up to its
 * sender, and down again, each takes two or three. */
#define COLD_ID_COUNT_MAX    262144
#define COLD_ROUND_COUNT_MAX 64

/* How long before an invocation that waited for no init that is looked for; and the minutes of an
 * instance that one invocation makes it look at, which lasts a quarter of an hour. */
#define COLD_PROACTIVE_BACK_NS INT64_C(900000000000)
#define COLD_MINUTE_COUNT_MAX  18

/* Attempts of one request that are looked at there: retries are few. */
#define COLD_ATTEMPT_COUNT_MAX 256

/* Clocks that differ by less are taken as equal: the platform tells milliseconds. */
#define SKEW_SLACK_NS INT64_C(2000000)

/* A caller that waits for an answer spends most of its span waiting.  Below this nothing is
 * concluded from how long it took: an asynchronous call is acknowledged in a few milliseconds. */
#define SKEW_WAIT_NS_MIN INT64_C(20000000)

/* A line of a stream is the same as an agent's with the same text when it is this close: the
 * runtime writes to both at once, but CloudWatch tells when it took it. */
#define LINE_SAME_NS INT64_C(2000000000)

/* What goes on with the line before was written right after it, and ends somewhere. */
#define LINE_GOES_ON_NS     INT64_C(1000000000)
#define LINE_PART_COUNT_MAX 1000

/* Rows of a list: what a page can show, and the default. */
#define SEARCH_LIMIT_MAX     1000
#define SEARCH_LIMIT_DEFAULT 50

/* Transactions and invocations looked at for one list.  Beyond it the answer is partial and says
 * so. */
#define SEARCH_TRANSACTION_COUNT_MAX 100000
#define SEARCH_INVOCATION_COUNT_MAX  200000

/* How long behind the beginning of a transaction, and how long before it, its spans and lines are
 * looked for. */
#define SEARCH_REACH_NS  INT64_C(3600000000000)
#define SEARCH_BEFORE_NS UINT64_C(900000000000)

/* Records that lead to transactions, so many a turn: first and at most. */
#define SEARCH_TURN_MIN 128
#define SEARCH_TURN_MAX 4096

/* Of a transaction that is asked itself: ids by which its spans and lines are found, and places. */
#define SEARCH_ID_COUNT_MAX 512
#define SEARCH_REF_MAX      4096

/* Spans or lines that are gathered for one page, and of one moment: what is sent again, and what
 * has the same time, is gathered before it is left out. */
#define RECORDS_COUNT_MAX  200000
#define RECORDS_MOMENT_MAX 10000

/* Points of a series: what a chart of usual width can show twice over. */
#define SERIES_POINT_COUNT_MAX 360

/* Lanes, and invocations in all of them. */
#define LANE_LIMIT_DEFAULT        50
#define LANE_LIMIT_MAX            500
#define LANE_INVOCATION_COUNT_MAX 20000

/* No sign of an instance for so long: it has ended without saying so. */
#define LANE_SILENT_NS INT64_C(7200000000000)

/* The slowest cold starts that are listed. */
#define COLDSTART_SLOWEST_COUNT 20

/* Functions, and services that are none, of which it is told what is kept: as many as the view
 * knows. */
#define STORED_ROWS_MAX 16384

/* Groups of errors, and examples of each. */
#define ERROR_GROUP_COUNT_MAX   1000
#define ERROR_EXAMPLE_COUNT_MAX 5

/* Triggers of one function: there are forty-odd kinds, and senders may make up others. */
#define TRIGGER_COUNT_MAX 128

/* Invocations of a function that are looked at to say what keeping instances would have been: 15
 * MB.
 */
#define KEEP_IFS_CALLS_MAX 150000

/* Routes that a cost table tells one by one, and invocations that are looked at for them. */
#define COSTS_ROUTE_COUNT_MAX      200
#define COSTS_INVOCATION_COUNT_MAX 1000000

/* Ids under which spans told a route (24 MB), and the texts of all routes. */
#define ROUTES_TOLD_COUNT_MAX 1000000
#define ROUTES_TOLD_TEXT_SIZE ((size_t)1 << 20)

/* Groups of a cost or cold-start table. */
#define GROUP_COUNT_MAX 4096

/* Invocations looked at for errors in one answer; beyond it the answer is partial. */
#define ERROR_INVOCATION_COUNT_MAX 1000000

/* Records of a span of time that are in memory at once: a view of them takes some 30 MB.  How many
 * there will be is guessed; so many times as many are too many. */
#define EXCERPT_RECORD_COUNT 131072
#define EXCERPT_TIMES_MAX    8

/* Requests that are looked up at once because a span may not have all of them, and in one answer.
 * What happened this close to the edge of a span may be told by records beyond it. */
#define EXCERPT_LOOK_COUNT     4096
#define EXCERPT_LOOK_COUNT_MAX 262144
#define EXCERPT_EDGE_NS        INT64_C(1000000000)

/* Records that are read from the store to look at invocations that the view has forgotten: some
 * seconds' work; beyond it, or after so long, the answer is partial. */
#define SWEEP_RECORD_COUNT_MAX 2000000
#define SWEEP_NS_MAX           INT64_C(20000000000)

/* Invocations looked at while the view is held: a millisecond or two, so that the writer waits no
 * longer. */
#define HOLD_INVOCATION_COUNT 8192

/* Rows that look-ups of transactions walk while the view is held, for the same reason, and for one
 * answer: twenty for each of the invocations that a search looks at are usual.  Whoever gives one
 * trace id to everything makes every look-up a long one. */
#define HOLD_STEP_COUNT   16384
#define ANSWER_STEP_COUNT 16000000

/* Memory for the members of one transaction at a time. */
#define SCRATCH_SIZE ((size_t)32 << 20)

/* Trace ids that a row lists; the transaction itself lists all. */
#define ROW_TRACE_ID_COUNT_MAX 32
#define ROW_FUNCTION_COUNT_MAX 64

#endif
