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

/* Mistakes that are told of one file: who made more of them will run it again. */
#define RULES_ERROR_COUNT_MAX 100

/* Actions that are open in a template at once: {{ if }} in {{ range }} in ... */
#define TEMPLATE_DEPTH_MAX 32

/* Variables that one template declares. */
#define TEMPLATE_VARIABLE_COUNT_MAX 32

/* Parentheses that are open in one action at once. */
#define TEMPLATE_PARENTHESIS_MAX 16

#endif
