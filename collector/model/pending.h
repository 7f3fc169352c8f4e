/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_PENDING_H
#define THAW_COLLECTOR_MODEL_PENDING_H

#include "model/view_private.h"

/*
 * What was told of an instance without saying of which invocation, and waits until it is known in
 * whose window it lies (struct pending, struct failure, struct line_print in model/instances.h).
 * All touch what they change; for derive_settle().
 */

/* Spans: their traces are tied, their messages taken. */
void pending_settle(struct view *view, struct instance *instance);

/* Lines that say that their invocation failed. */
void pending_settle_failures(struct view *view, struct instance *instance);

/* Lines of streams. */
void pending_settle_lines(struct view *view, struct instance *instance);

/* Such a line will be counted soon, probably: let the memory that it needs be at hand. */
void pending_expect_line(const struct view *view, struct id16 id, const struct line_print *print);

/* Count a line of a stream for its request, or trace, unless it has come before: in whatever
 * format, with the name of its stream or without. */
void pending_count_line(struct view *view, uint32_t id, const struct line_print *print);

#endif
