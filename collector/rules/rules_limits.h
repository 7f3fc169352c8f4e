/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_RULES_RULES_LIMITS_H
#define THAW_RULES_RULES_LIMITS_H

#include <stddef.h>

/* The limits of rules/ and their reasons. */

/* Bytes of a file of rules: ten thousand rules of 400 bytes. */
#define RULES_FILE_SIZE_MAX ((size_t)4 << 20)

/* Memory that a file of that size may take when it is read: its tree has about a hundred bytes for
 * each scalar, and each expression its tree. */
#define RULES_MEMORY_SIZE_MAX ((size_t)256 << 20)

/* Values of one series in a test of rules: a month of minutes. */
#define RULES_TEST_VALUE_COUNT_MAX 50000u

/* Evaluations of one test, as many. */
#define RULES_TEST_STEP_COUNT_MAX 50000u

/* Series that a test has, those included that its rules write, and bytes of their samples. */
#define RULES_TEST_SERIES_MAX 20000u
#define RULES_TEST_BYTES_MAX  ((size_t)256 << 20)

/* Memory of one evaluation of one rule in a test. */
#define RULES_TEST_SCRATCH_SIZE ((size_t)64 << 20)

/* Evaluations of the past that one query is asked for at once: a day of quarter minutes.  Beyond it
 * little is saved. */
#define PAST_STEP_COUNT_MAX 5760u

/* How much of the past is walked at once, each rule in it behind those that it reads: what was read
 * of a piece is forgotten behind it. */
#define PAST_PIECE_MS INT64_C(86400000)

/* Queries of one rule: its expression, guard, clear and data, and two that show what it compares.
 */
#define PAST_QUERY_COUNT_MAX 6u

/* Actions that are open in a template at once: {{ if }} in {{ range }} in ... */
#define TEMPLATE_DEPTH_MAX 32

/* Variables that one template declares. */
#define TEMPLATE_VARIABLE_COUNT_MAX 32

/* Actions, elements and replacements of one expansion: a page of text has some tens. */
#define TEMPLATE_STEP_COUNT_MAX 20000

/* Queries of one expansion, each of which may read as much as a rule. */
#define TEMPLATE_QUERY_COUNT_MAX 16

/* Bytes of a text that was expanded: more than any receiver takes. */
#define TEMPLATE_SIZE_MAX ((size_t)64 << 10)

/* Parentheses that are open in one action at once. */
#define TEMPLATE_PARENTHESIS_MAX 16

#endif
