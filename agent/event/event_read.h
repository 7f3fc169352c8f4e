/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_AGENT_EVENT_READ_H
#define THAW_AGENT_EVENT_READ_H

#include "base/arena.h"
#include "base/json_read.h"
#include "event/event.h"

#include <stdint.h>

/*
 * Reads the events of one Telemetry API delivery, in order.  Pure: it copies
 * nothing but strings with escapes, allocates nothing, does not recurse.
 *
 * The platform may add types and members at any time, so what is not known is
 * counted and skipped.  A delivery that is malformed somewhere still gives the
 * events before that place.
 */
enum event_answer {
    EVENT_GOT, /* *event is filled. */
    EVENT_END, /* There are no more. */
    EVENT_BAD, /* The delivery is not what it should be from here on. */
};

struct event_read {
    struct json_read json;
    struct arena *arena; /* Of the caller; reset for every event. */
    bool begun;
    bool ended;
    uint64_t skipped; /* Elements that were no events: no object, no type. */
};

/* Read delivery.  It and the arena must outlive the reader and its events. */
void event_read_init(struct event_read *reader, struct slice delivery, struct arena *arena);

/* Read the next event.  After EVENT_END and EVENT_BAD the answer stays the same. */
enum event_answer event_read_next(struct event_read *reader, struct event *event) THAW_CHECK;

/* An event of this type that tells nothing. */
struct event event_read_blank(enum event_type type) THAW_CHECK;

#endif
