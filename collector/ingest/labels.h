/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_LABELS_H
#define THAW_INGEST_LABELS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stddef.h>

/*
 * The common attributes of a Firehose stream, which become attributes of the resource of all that
 * it delivers.  Names that say who a record is of (cloud.*, faas.*, aws.*, host.*, service.*,
 * thaw.*) are the records' own: they are left out.  Pure but for the arena.
 */
struct label {
    struct slice key, value;
};

struct labels {
    const struct label *items; /* In the arena. */
    size_t count;
};

/*
 * Read {"commonAttributes": {"key": "value", ...}}; the empty text has none.  STATUS_BAD: it is
 * something else, or beyond the documented limits; STATUS_FULL: the arena is full.
 */
enum status labels_read(struct slice json, struct arena *arena, struct labels *labels) THAW_CHECK;

/* Append the body of OTLP, with the labels behind the attributes of each of its resources. */
void labels_write(const struct labels *labels, struct slice protobuf, struct buf *out);

#endif
