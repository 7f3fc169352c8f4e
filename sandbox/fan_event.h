/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_SANDBOX_FAN_EVENT_H
#define THAW_SANDBOX_FAN_EVENT_H

#include "base/buf.h"
#include "base/json_read.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * What a topic and a bus are told, and the events that they make of it for the
 * functions behind them.  Pure.
 */

/* Where and when it was told. */
struct fan_place {
    struct slice region;
    struct slice account;
    struct slice id; /* Of the message, or the event. */
    uint64_t wall_ns;
};

/* The value of a key in a form (application/x-www-form-urlencoded), decoded and appended.  False:
 * it is not there. */
bool fan_event_form(struct slice form, const char *key, struct buf *value);

/* The event of one message that was published as the form says (Action=Publish).  False: it has no
 * message. */
bool fan_event_topic(struct slice form, struct slice topic, const struct fan_place *place,
                     struct buf *out);

/* The event of one entry of PutEvents, which reader is at; it is read over.  False: it lacks a
 * source, a detail-type, or a detail that is a JSON object.  trace gets its TraceHeader, bus the
 * name of its bus. */
bool fan_event_bus(struct json_read *reader, const struct fan_place *place, struct buf *trace,
                   struct buf *bus, struct buf *out);

#endif
