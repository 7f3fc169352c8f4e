/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_EVENT_H
#define THAW_TAIL_TAIL_EVENT_H

#include "base/buf.h"
#include "tail/tail_lines.h"

/*
 * A line, or the end of an invocation, as a server-sent event: its kind and its data, JSON on one
 * line.  Pure.
 */
void tail_event_write(const struct tail_line *line, struct buf *out);

#endif
