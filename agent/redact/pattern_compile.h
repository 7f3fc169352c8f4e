/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_PATTERN_COMPILE_H
#define THAW_AGENT_PATTERN_COMPILE_H

#include "redact/pattern.h"

/*
 * From the text of a pattern to its instructions, in one pass: a fragment's
 * jumps are relative, so it can be moved and copied as a whole.  For pattern.c.
 */

/* Append the instructions of one more pattern.  The answer is NULL, or what is wrong, and where;
 * then the caller takes back what was appended. */
const char *pattern_compile(struct pattern_set *set, struct slice pattern,
                            size_t *wrong_at) THAW_CHECK;

#endif
