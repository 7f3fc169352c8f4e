/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLUMNS_NESTED_H
#define THAW_COLUMNS_NESTED_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"
#include "model/record.h"

#include <stdbool.h>

/*
 * What has no column of its own as bytes: values inside of values, resources, events, links.
 *
 *     value   byte kind, then STRING, BYTES: text; BOOL: byte; INT: varint, folded; DOUBLE: 8
 * bytes; ARRAY: varint count, values; MAP: varint count, times text and value text    varint size,
 * bytes attrs   varint count, varint dropped, times text and value
 *
 * Neither side recurses.  Equal values have equal bytes.
 */

/* False: lists and maps are nested deeper than VALUE_DEPTH_MAX. */
bool nested_write(struct buf *out, const struct value *value) THAW_CHECK;
bool nested_write_attrs(struct buf *out, struct attrs attrs) THAW_CHECK;
bool nested_write_events(struct buf *out, const struct span *span) THAW_CHECK;
bool nested_write_links(struct buf *out, const struct span *span) THAW_CHECK;
void nested_write_text(struct buf *out, struct slice text);

/* Take one from the front of source into the arena; texts point into source.  STATUS_BAD: it is
 * none; STATUS_FULL: the arena is. */
enum status nested_read(struct slice *source, struct arena *arena, struct value *value) THAW_CHECK;
enum status nested_read_attrs(struct slice *source, struct arena *arena,
                              struct attrs *attrs) THAW_CHECK;
/* Into a span whose start is set. */
enum status nested_read_events(struct slice *source, struct arena *arena,
                               struct span *span) THAW_CHECK;
enum status nested_read_links(struct slice *source, struct arena *arena,
                              struct span *span) THAW_CHECK;
bool nested_read_text(struct slice *source, struct slice *text) THAW_CHECK;

#endif
