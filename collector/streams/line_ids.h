/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LINE_IDS_H
#define THAW_STREAMS_LINE_IDS_H

#include "streams/line.h"

#include "base/slice.h"

#include <stdbool.h>

/* Ids and times that lines write in their ways.  Pure. */

/* A request id as it is written, and its bytes where it is a UUID. */
void line_ids_request(struct line *line, struct slice text);

/*
 * A trace id in any of its forms: 32 hexadecimal digits, 1-8-24 (with "@segment" behind it or
 * not), a traceparent, an X-Ray header.  Of the last two the span and whether it is sampled are
 * taken as well.  False, and nothing is set, for anything else.
 */
bool line_ids_trace(struct line *line, struct slice text);

/* A segment's or a span's id: 16 hexadecimal digits. */
void line_ids_segment(struct line *line, struct slice text);

/*
 * Take a time off the front of rest: ISO 8601 with and without a zone (then it is UTC, as on the
 * platform), with a blank, with slashes as Go writes it, or the time of a day only, which is none:
 * *time_ns stays.  False, and rest stays, if there is none.
 */
bool line_ids_time(struct slice *rest, int64_t *time_ns);

/* A number of seconds, milliseconds, microseconds or nanoseconds since 1970, by its size. */
bool line_ids_epoch(struct slice number, int64_t *time_ns);

#endif
