/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_PAYLOAD_H
#define THAW_INTAKE_PAYLOAD_H

#include "intake/object.h"
#include "intake/shape.h"

#include "base/slice.h"

/*
 * What deliveries wrap: Lambda's, Kinesis', Firehose's, SQS', SNS' and EventBridge's events, their
 * base64 and their gzip.  Payloads nest, at most INTAKE_PAYLOAD_LEVELS_MAX deep.
 */

/* Take the payload that a wrapping object holds. */
void payload_take_wrapper(struct shapes *shapes, const struct object *object,
                          enum object_key member_of, unsigned level);

/* Take the elements of the list that an object holds. */
void payload_take_list(struct shapes *shapes, const struct object *object, unsigned level);

/* Take bytes: JSON values in a row, gzip of them, base64 of either. */
void payload_take(struct shapes *shapes, struct slice bytes, unsigned level);

#endif
