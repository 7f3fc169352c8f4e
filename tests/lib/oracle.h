/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_LIB_ORACLE_H
#define THAW_LIB_ORACLE_H

#include "base/buf.h"
#include "base/slice.h"
#include "proto/schema.h"

#include <protobuf-c/protobuf-c.h>

#include <stdbool.h>
#include <stddef.h>

/*
 * A second opinion on OTLP bodies: protobuf-c with the generated messages.
 */

/* What protobuf-c knows of a message of our table. */
const ProtobufCMessageDescriptor *oracle_descriptor(enum schema_id id);

/*
 * Unpack a body and pack it again, appended to out: the canonical bytes of
 * what it means.  False if protobuf-c refuses it.  peak becomes the most heap
 * that was in use at once, malloc's own overhead left out.
 */
bool oracle_canonical(struct slice body, enum schema_id root, struct buf *out, size_t *peak);

#endif
