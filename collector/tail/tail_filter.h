/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_TAIL_TAIL_FILTER_H
#define THAW_TAIL_TAIL_FILTER_H

#include "base/slice.h"
#include "base/status.h"
#include "tail/tail_lines.h"

#include <stdbool.h>

/* Which lines a client wants.  Read-only once made; any thread. */
struct tail_filter;

/* BAD: the text is no query, and reason says why; FULL: no memory. */
enum status tail_filter_create(struct tail_filter **filter, struct slice text, char *reason,
                               size_t reason_size) THAW_CHECK;
void tail_filter_free(struct tail_filter *filter); /* NULL is fine. */

bool tail_filter_wants(const struct tail_filter *filter, const struct tail_line *line);

#endif
