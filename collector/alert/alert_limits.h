/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_ALERT_ALERT_LIMITS_H
#define THAW_COLLECTOR_ALERT_ALERT_LIMITS_H

#include <stddef.h>
#include <stdint.h>

/*
 * The limits of alert/ and their reasons.
 */

/* Files of rules. */
#define ALERT_FILE_COUNT_MAX 256u

/* Address space for the rules of all files, read: ten files of the largest size. */
#define ALERT_SET_MEMORY_SIZE ((size_t)1 << 30)

/* How often files of rules are looked at: an editor's second save is not waited for long. */
#define ALERT_LOOK_NS (UINT64_C(5) * 1000000000)

/* Bytes kept of what is wrong with files of rules: the first few mistakes. */
#define ALERT_ERROR_SIZE_MAX 2048

/* Alerts of one rule that are not ok, or were resolved lately.  A thousand functions with the same
 * trouble are one trouble; what is more is an error of the rule. */
#define ALERT_OF_RULE_COUNT_MAX 1024

/* Invocations looked at for examples, newest first, while the view is held for reading. */
#define ALERT_EXAMPLE_WALK_MAX 20000

/* How far back examples are looked for where a rule names no window. */
#define ALERT_EXAMPLE_WINDOW_MS INT64_C(600000)

/* How long a resolved alert stays in the list: a person who comes back the next day still sees it.
 */
#define ALERT_RESOLVED_KEEP_MS INT64_C(86400000)

/* An alert that fired four times in an hour is kept firing for a quarter: one that comes and goes
 * every minute is one trouble. */
#define ALERT_FLAP_MS      INT64_C(3600000)
#define ALERT_FLAP_KEEP_MS INT64_C(900000)

/* Memory of what one evaluation of all rules reads, and of one rule's: address space of which what
 * is touched is given back. */
#define ALERT_MEMO_SIZE    ((size_t)512 << 20)
#define ALERT_SCRATCH_SIZE ((size_t)64 << 20)

/* Samples and series that one rule may read, as a query may. */
#define ALERT_SAMPLE_COUNT_MAX 10000000u
#define ALERT_SERIES_COUNT_MAX 50000u

/* What rules write: series, bytes of their samples, and how old they get. */
#define ALERT_WRITTEN_SERIES_MAX 100000u
#define ALERT_WRITTEN_BYTES_MAX  ((size_t)64 << 20)
#define ALERT_WRITTEN_AGE_MS     INT64_C(691200000)
#define ALERT_WRITTEN_STEP_MS    INT64_C(60000)

/* Pages of what rules wrote on the disk: hours of nine days, a day more than samples get old; bytes
 * of one, beyond which series are left out and counted; and how often the one of this hour is
 * written. */
#define ALERT_PAGE_COUNT    216
#define ALERT_PAGE_SIZE_MAX ((size_t)8 << 20)
#define ALERT_PAGE_SAVE_MS  INT64_C(60000)

/* A pause between samples of an alert that is longer than any rule's interval should be: what lies
 * behind it is another time that it was active. */
#define ALERT_HISTORY_GAP_MS INT64_C(900000)

/* Spans of one answer about the past. */
#define ALERT_HISTORY_COUNT_MAX 2000u

/* Bytes of the saved state: texts of all alerts, in base64. */
#define ALERT_STATE_SIZE_MAX ((size_t)64 << 20)

/* Bytes of an answer about alerts or rules. */
#define ALERT_ANSWER_SIZE_MAX ((size_t)64 << 20)

/* Versions that are taken as deploys in one go. */
#define ALERT_DEPLOY_COUNT_MAX 256u

/* How long another version of a function must have been there for a new one to be a deploy. */
#define ALERT_DEPLOY_APART_NS (INT64_C(600) * 1000000000)

/* What a preview looks back without a word, and at most: what is older is counted by the hour. */
#define ALERT_PREVIEW_SPAN_MS     INT64_C(604800000)
#define ALERT_PREVIEW_SPAN_MS_MAX INT64_C(2678400000)

/* How far before it a preview begins, for what a rule remembers by then. */
#define ALERT_PREVIEW_WARM_MS_MAX INT64_C(604800000)

/* How long one may take: who looks at the page waits for it. */
#define ALERT_PREVIEW_NS UINT64_C(20000000000)

/* Evaluations of one rule in it: a month of quarter minutes.  Where there would be more, they stand
 * further apart. */
#define ALERT_PREVIEW_STEP_COUNT_MAX INT64_C(200000)

/* Rules of one preview, alerts of one rule in it, and spans in which these are in a state. */
#define ALERT_PREVIEW_RULE_COUNT_MAX  64u
#define ALERT_PREVIEW_ALERT_COUNT_MAX 1000u
#define ALERT_PREVIEW_SPAN_COUNT_MAX  20000u

/* Points of a chart in it: as many as a wide screen tells apart.  Series that are folded into
 * points, and those that are shown. */
#define ALERT_PREVIEW_POINT_COUNT_MAX  480
#define ALERT_PREVIEW_SERIES_COUNT_MAX 500u
#define ALERT_PREVIEW_SHOWN_COUNT_MAX  12u

/* Selectors of which is said where their data begins. */
#define ALERT_PREVIEW_READ_COUNT_MAX 64u

/* Memory of a preview: address space of which what is touched is given back behind it.  What it
 * reads, what each query answers, an evaluation, and what is found. */
#define ALERT_PREVIEW_READ_SIZE   ((size_t)512 << 20)
#define ALERT_PREVIEW_ANSWER_SIZE ((size_t)96 << 20)
#define ALERT_PREVIEW_FOUND_SIZE  ((size_t)64 << 20)
#define ALERT_PREVIEW_WRITTEN_MAX ((size_t)256 << 20)

/* Samples that one question of it reads: a day of all functions. */
#define ALERT_PREVIEW_SAMPLE_COUNT_MAX 50000000u

/* Bytes of what is posted: a file of rules with its escapes. */
#define ALERT_PREVIEW_BODY_SIZE_MAX (12u << 20)

/* Bytes of the address of the dashboard. */
#define ALERT_URL_SIZE_MAX 2048

#endif
