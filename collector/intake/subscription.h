/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_SUBSCRIPTION_H
#define THAW_INTAKE_SUBSCRIPTION_H

#include "intake/object.h"
#include "intake/teller.h"

#include "base/buf.h"
#include "base/slice.h"
#include "streams/log_event.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * A subscription's payload: {"messageType", "owner", "logGroup", "logStream", "logEvents"}, or what
 * a program gave to PutLogEvents, with logGroupName, logStreamName and no type.  What stands before
 * logEvents is kept, so that events can be taken one by one, as they come.
 */
struct subscription {
    struct teller *teller;
    struct log_event common; /* What all of its events have; points into names. */
    struct buf names;
    struct buf where;    /* The beginning of a refused event, with its place. */
    const char *foreign; /* Why no event is a function's; NULL: they may be. */
    bool ignored;        /* A control message, or told to be no payload. */
    uint64_t events;     /* That have been read. */
};

void subscription_init(struct subscription *subscription, struct teller *teller);
void subscription_fini(struct subscription *subscription);

/* Whether the members before logEvents say all that its events need. */
bool subscription_is_ready(uint64_t keys);

/* Begin with what stands before logEvents: object is a payload up to there, or all of it. */
void subscription_begin(struct subscription *subscription, const struct object *object);

/* Take one event, or refuse an element that is none.  words is memory for its strings. */
void subscription_take(struct subscription *subscription, const struct object *object,
                       struct buf *words);
void subscription_refuse(struct subscription *subscription, const char *why, struct slice raw);

/* Take a whole payload. */
void subscription_take_all(struct subscription *subscription, const struct object *object,
                           struct buf *words);

/* Take the events of a payload that is broken or was cut off, up to there; what follows is refused.
 * False: it is no payload, or its events come before what they need; nothing was told. */
bool subscription_salvage(struct subscription *subscription, struct slice text, const char *why,
                          struct buf *words);

#endif
