/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_BASE_FORMAT_H
#define THAW_BASE_FORMAT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

/*
 * The part of printf() that the agent needs, in a few hundred bytes: that of a C library is a
 * twentieth of the whole agent, most of it for numbers with a point.
 *
 * The conversions are %s %.*s %d %u %x and the same with ll or z before the letter; %0N before the
 * number fills it up with zeros to N digits, N from 1 to 9.  Anything else is our bug.
 */

/* Append the text, all of it or nothing: then buf_overflowed() says so. */
void format_append(struct buf *buf, const char *format, ...) THAW_PRINTF(2, 3);

/* The text, with a NUL behind it, in memory of the arena; empty where there is no room. */
struct slice format_arena(struct arena *arena, const char *format, ...) THAW_PRINTF(2, 3);

#endif
