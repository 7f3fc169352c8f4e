/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_LIMITS_H
#define THAW_COLLECTOR_CLI_CLI_LIMITS_H

#include <stdint.h>

/*
 * The limits of the command line and their reasons.
 */

/* Bytes of an answer that is taken: the largest transaction the collector shows, several times. */
#define CLI_ANSWER_SIZE_MAX (256u << 20)

/* Bytes of what is printed. */
#define CLI_OUTPUT_SIZE_MAX (512u << 20)

/* Words after the command: files, of which a shell may list many; and words of a query. */
#define CLI_WORD_COUNT_MAX  4096
#define CLI_QUERY_WORDS_MAX 32

/* Megabytes that somebody may give: the largest function of any provider, several times. */
#define CLI_MEMORY_MB_MAX 131072

/* Columns of a table, and the narrowest that one is squeezed to. */
#define CLI_COLUMN_COUNT_MAX 17
#define CLI_COLUMN_WIDTH_MIN 8

/* Columns of a CSV, and objects in objects that become some: an answer has a few dozen and two. */
#define CLI_CSV_COLUMN_COUNT_MAX 128
#define CLI_CSV_DEPTH_MAX        8

/* The width that is assumed where no terminal tells its own. */
#define CLI_WIDTH_DEFAULT 100

/* How deep invocations are drawn inside each other; deeper ones are drawn at this depth. */
#define CLI_DEPTH_MAX 12

/* Milliseconds until a collector must have taken the connection, and have answered. */
#define CLI_CONNECT_MS_MAX 5000L
#define CLI_ANSWER_MS_MAX  60000L

/* Records of a piece of an export: its memory here, and in the collector. */
#define CLI_EXPORT_RECORDS 5000

/* Bodies of an import that are under way at a time: enough to keep a collector busy while the next
 * ones are made. */
#define CLI_POST_LINES 4u

/* Bytes of a body that an import sends: what is read to show one transaction is whole bodies. */
#define CLI_IMPORT_BODY_SIZE (512u << 10)

/* How long a body is tried again while the collector cannot take it, the pauses between, and the
 * longest pause that a collector may ask for. */
#define CLI_POST_PATIENCE_NS  (UINT64_C(60) * 1000000000)
#define CLI_POST_PAUSE_MS_MIN 100u
#define CLI_POST_PAUSE_MS_MAX 5000u
#define CLI_RETRY_AFTER_S_MAX 60

/* Bytes of an acknowledgement. */
#define CLI_POST_ANSWER_MAX 65536u

/* Reasons for which lines were not used that are told apart in a summary, examples of each, and the
 * bytes of one. */
#define CLI_REFUSALS_MAX     32u
#define CLI_EXAMPLES_MAX     3u
#define CLI_EXAMPLE_SIZE_MAX 160u

/* How often progress is shown, on a terminal and in a log. */
#define CLI_PROGRESS_NS     (UINT64_C(100) * 1000000)
#define CLI_PROGRESS_LOG_NS (UINT64_C(5) * 1000000000)

/* Bytes of a body that are handed to the system at once. */
#define CLI_POST_PIECE 262144L

/* Bytes of what is asked: a query may become three times as long in it. */
#define CLI_PATH_SIZE_MAX 16384

/* Bytes of a query, and of a cursor. */
#define CLI_QUERY_SIZE_MAX  4096
#define CLI_CURSOR_SIZE_MAX 256

/* One event of what is followed, and its id; and how long is waited at most before a connection is
 * made again, in seconds.  Who says nothing for so long is gone: heartbeats come more often. */
#define CLI_EVENT_SIZE_MAX  ((size_t)1 << 20)
#define CLI_EVENT_ID_MAX    256u
#define CLI_TAIL_WAIT_S_MAX 10u
#define CLI_TAIL_SILENT_S   45L

/* Steps of a critical path that are shown: the longest say where time went. */
#define CLI_PATH_STEPS_MAX 10u

#endif
