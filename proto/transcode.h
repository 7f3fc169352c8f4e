/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_TRANSCODE_H
#define THAW_PROTO_TRANSCODE_H

#include "base/buf.h"
#include "base/json_write.h"
#include "base/slice.h"
#include "base/status.h"
#include "proto/schema.h"

#include <stddef.h>

/*
 * OTLP JSON to protobuf and back, by the table of the schema.  Pure: no
 * allocation but that of the buf, no recursion.
 *
 * From JSON: ids are hexadecimal of either case, other bytes base64; 64-bit
 * integers are strings or numbers; enums are integers or names; doubles may be
 * "NaN", "Infinity", "-Infinity" or a numeric string; a null is as if it were
 * not there; unknown keys, snake_case ones among them, are ignored.  An id may
 * be of any length (the receiver decides what a wrong one means).
 */
struct transcode_error {
    size_t at;          /* Offset in the input. */
    const char *reason; /* In words, constant. */
};

/*
 * Append the protobuf form of a JSON text that is one message of this kind.
 * STATUS_BAD: the text is not such a message; error says where and why.
 * STATUS_FULL: out overflowed; while an id or bytes are decoded their text is
 * in out too, so a fixed buf needs that much room to spare.  In both cases out holds rubbish behind
 * its former content, and the caller rewinds it.
 */
enum status transcode_from_json(struct slice json, enum schema_id root, struct buf *out,
                                struct transcode_error *error) THAW_CHECK;

/*
 * Write a protobuf message as a JSON value: 64-bit integers as strings, enums
 * as integers, defaults and unknown fields left out, invalid UTF-8 as U+FFFD.
 * Fields come in the order of their numbers; of a field that may be there once
 * the last occurrence counts.  STATUS_BAD: the guard (guard.h) refuses the
 * message, and nothing is written; STATUS_FULL as above.
 */
enum status transcode_to_json(struct slice message, enum schema_id root, struct json_write *writer,
                              struct transcode_error *error) THAW_CHECK;

#endif
