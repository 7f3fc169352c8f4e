/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_ATTRIBUTE_H
#define THAW_AGENT_ATTRIBUTE_H

#include "base/buf.h"
#include "base/json_read.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Attributes in OTLP: KeyValue messages in a repeated field, whose number the
 * caller gives because it differs from message to message.  Pure.
 */

/* The field numbers of attributes, by the message that has them. */
#define ATTRIBUTE_OF_RESOURCE 1
#define ATTRIBUTE_OF_LOG      6
#define ATTRIBUTE_OF_SPAN     9
#define ATTRIBUTE_OF_POINT    7 /* NumberDataPoint. */

/* Append an attribute.  Text that is not valid UTF-8 is mended: one such byte would make a
 * receiver refuse the whole batch. */
void attribute_text(struct buf *out, uint32_t field, struct slice key, struct slice value);
void attribute_json(struct buf *out, uint32_t field, struct slice key, struct json_string value);
void attribute_int(struct buf *out, uint32_t field, struct slice key, int64_t value);
void attribute_double(struct buf *out, uint32_t field, struct slice key, double value);
void attribute_bool(struct buf *out, uint32_t field, struct slice key, bool value);

/* Open a text attribute, whose value, valid UTF-8, is appended until it is closed. */
struct attribute_open {
    size_t pair;
    size_t any;
    size_t string;
};
struct attribute_open attribute_text_open(struct buf *out, uint32_t field, struct slice key);
void attribute_text_close(struct buf *out, struct attribute_open open);

/* Append only what is known: nothing for an empty text or for INT64_MIN. */
void attribute_text_known(struct buf *out, uint32_t field, struct slice key, struct slice value);
void attribute_int_known(struct buf *out, uint32_t field, struct slice key, int64_t value);

/* Append a string field of valid UTF-8. */
void attribute_string_field(struct buf *out, uint32_t field, struct slice text);

#endif
