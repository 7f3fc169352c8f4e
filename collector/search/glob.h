/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_SEARCH_GLOB_H
#define THAW_COLLECTOR_SEARCH_GLOB_H

#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/*
 * Patterns in which each * stands for any text, the empty one too; nothing else has a meaning.
 * Pure, without recursion: no more steps than the pattern has bytes for each byte of the text.
 */

/* Whether all of a text is like it. */
bool glob_whole(struct slice pattern, struct slice text) THAW_CHECK;

/* Whether a part of a text is, where ASCII letters are the same in either case; the pattern's are
 * small.  Where the pattern does not begin, or end, with a *, a word does there. */
bool glob_within(struct slice pattern, struct slice text) THAW_CHECK;

/* The longest part of a pattern without a *. */
struct slice glob_part(struct slice pattern);

#endif
