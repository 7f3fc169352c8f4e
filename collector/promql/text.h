/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_PROMQL_TEXT_H
#define THAW_COLLECTOR_PROMQL_TEXT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "promql/labels.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What single words of a query say, and how things are written for people.  Pure.
 */

/* The value of a number word: decimal, hexadecimal (0x1f), octal (017), Inf and NaN in any case. */
bool text_number(struct slice text, double *value) THAW_CHECK;

/* The milliseconds of a duration (1h30m); false where units are out of order or it is too long. */
bool text_duration(struct slice text, int64_t *duration_ms) THAW_CHECK;

/*
 * What a quoted word says, in the arena where it has escapes.  False, and a reason, for an escape
 * that does not exist.  Without room it is empty, and the arena remembers.
 */
bool text_unquote(struct slice text, struct arena *arena, struct slice *value,
                  const char **reason) THAW_CHECK;

/* A text in double quotes, with escapes. */
void text_quote(struct slice text, struct buf *out);

/* Labels as Prometheus writes them in messages: {__name__="up", job="a"}. */
void text_labels(const struct label_set *labels, struct buf *out);

/* Whether a name needs no quotes: [a-zA-Z_][a-zA-Z0-9_]*. */
bool text_is_plain_label(struct slice name);

#endif
