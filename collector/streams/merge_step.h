/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_STEP_H
#define THAW_STREAMS_MERGE_STEP_H

#include "streams/merge_private.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Goes through the events of one stream, in the order of rows, and tells what they say.
 *
 * The rules of place, for lines that do not name their request:
 *
 *  1. What falls into one millisecond has no order.  The facts of it are taken in the order in
 * which they can only have happened: starts of inits, their reports, STARTs, ENDs and REPORTs.
 *  2. Behind START a line is of that invocation, until END (or REPORT, where there is no END); in
 * the milliseconds of START and of END as well.  Where one invocation ends and another one begins
 * in the same millisecond, the lines between are parted at the END.
 *  3. Behind INIT_START a line is of the init (phase init), until START.  In a stream that begins
 *     without INIT_START, too, unless the input is a piece, or began inside of an invocation: then
 *     it is of the one that ends next, as far back as its Duration reaches.
 *  4. Behind END a line is of none (phase idle) - unless the next START comes with an INIT_REPORT
 * of phase invoke: as far back as that init reaches, lines are of that invocation.  Therefore such
 *     lines are held until the next START.
 *  5. Where several invocations may be open (a managed instance, an export without stream names) a
 *     line is of the one that is open, if it is one.
 *
 * If hold is true, what the end of the rows leaves open (the last millisecond, held lines) is not
 * told: the answer is the first row that is to be kept for the next window.  Rows of which only the
 * place is open are marked as stepped.
 */
size_t merge_step(struct merge *merge, struct merge_stream *stream, const uint32_t *rows,
                  size_t count, bool hold);

/* Whether among these there is a line of the platform of a function. */
bool merge_step_finds_platform(struct merge *merge, const uint32_t *rows, size_t count);

#endif
