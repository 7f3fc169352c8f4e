/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_LAMBDA_JSON_H
#define THAW_STREAMS_LAMBDA_JSON_H

#include "streams/line.h"

#include "base/slice.h"

#include <stdbool.h>

/* The platform's objects of the JSON format: {"time", "type": "platform.*", "record"}.  Pure. */

/*
 * Whether a value of "type" is the platform's; what is made of such an object.  record is the
 * value of that member, an object or (of old) a string, or empty.  line has its time already.
 */
bool lambda_json_type(struct slice type);
void lambda_json_read(struct slice type, struct slice record, struct line *line);

#endif
