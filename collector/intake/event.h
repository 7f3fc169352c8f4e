/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_EVENT_H
#define THAW_INTAKE_EVENT_H

#include "intake/insights.h"
#include "intake/object.h"
#include "intake/teller.h"

#include "base/buf.h"
#include "base/slice.h"

/*
 * JSON values that are log events, told or refused.  words is memory for strings; it is emptied
 * before it is used.
 */

/* {"timestamp", "message", "logStreamName", "eventId", ...} */
void event_take(struct teller *teller, const struct object *object, struct buf *words);

/* {"@timestamp", "@message", "@logStream", "@log", ...} */
void event_take_row(struct teller *teller, const struct object *object, struct buf *words);

/* A JSON log line as it is; of the Telemetry API's {"time", "type": "function", "record"} the text.
 */
void event_take_log(struct teller *teller, const struct object *object, struct buf *words);

/* [{"field": "@timestamp", "value": "..."}, ...], or [1700000000000, "message"]. */
void event_take_array(struct teller *teller, struct slice raw, struct buf *words);

/* {"id", "timestamp", "message"}, over what its container said of all its events. */
void event_take_part(struct teller *teller, const struct log_event *common,
                     const struct object *object, struct buf *words);

/* Set group, and where it is written "123456789012:/aws/lambda/name" (Logs Insights) or as an ARN,
 * account and region too. */
void event_set_group(struct log_event *event, struct slice text);

/* Tell an event with a time that is still text; refuse it if that is none.  One that is a time, but
 * not which (see moment_is_vague()), is told as unknown, and that is said once. */
void event_tell(struct teller *teller, struct log_event *event, struct slice time,
                struct slice sample);

/* The same for what has no time, or has it already. */
void event_tell_untimed(struct teller *teller, struct log_event *event, struct slice sample);

/* The same for a row without a message, from what fields it has.  The time may be empty. */
void event_tell_fields(struct teller *teller, struct log_event *event,
                       const struct insights_row *row, struct slice time, struct slice sample);

#endif
