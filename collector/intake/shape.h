/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INTAKE_SHAPE_H
#define THAW_INTAKE_SHAPE_H

#include "intake/object.h"
#include "intake/subscription.h"
#include "intake/teller.h"

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>

/*
 * What a JSON value stands for: an event, a row of Logs Insights, a subscription's payload, a
 * wrapping of one of these, another cloud's entry - or nothing of ours.  Takes the value apart and
 * tells what is in it.
 */

/* What a value may be, asked before anything is told. */
enum shape {
    SHAPE_UNKNOWN,      /* No member that tells. */
    SHAPE_LOG,          /* An application's or the platform's own JSON log line. */
    SHAPE_EVENT,        /* {"timestamp", "message", "logStreamName", ...} */
    SHAPE_ROW,          /* {"@timestamp", "@message"} */
    SHAPE_SUBSCRIPTION, /* {"messageType", "logEvents"} */
    SHAPE_WRAPPER,      /* Something that holds base64 or JSON text of one of ours. */
    SHAPE_LIST,         /* {"events": [...]}, "results", "records", "Records", "entries" */
    SHAPE_FOREIGN,      /* Known, and nothing of ours. */
    SHAPE_GCP,
    SHAPE_AZURE,
};

/* The memory of one level of payloads in payloads. */
struct shape_level {
    struct buf packed;                /* Decoded base64. */
    struct buf text;                  /* Inflated. */
    struct buf words;                 /* Strings without their escapes. */
    struct subscription subscription; /* The payload whose events are being taken. */
};

/* One for an intake. */
struct shapes {
    struct teller *teller;
    struct shape_level *levels; /* INTAKE_PAYLOAD_LEVELS_MAX of them. */
};

/* STATUS_FULL without memory. */
enum status shapes_init(struct shapes *shapes, struct teller *teller) THAW_CHECK;
void shapes_fini(struct shapes *shapes);

/* What a whole object is; member_of is the list that it is in (OBJECT_KEY_COUNT: none). */
enum shape shape_of(const struct object *object, enum object_key member_of);

/* Whether the array under this name is a list to be taken apart element by element, in an object
 * with these members so far. */
bool shape_is_list(enum object_key key, uint64_t keys_before);

/* Whether logEvents, an array, can be taken apart so, in an object up to there; then it is begun.
 */
bool shape_begin_subscription(struct shapes *shapes, const struct object *object);

/* Take what can be read of a broken object; why is said of the rest.  False: nothing was told. */
bool shape_salvage(struct shapes *shapes, struct slice text, const char *why, unsigned level);

/* Take a whole object. */
void shape_take_object(struct shapes *shapes, const struct object *object,
                       enum object_key member_of);

/* The same at a level of payloads in payloads below INTAKE_PAYLOAD_LEVELS_MAX. */
void shape_take(struct shapes *shapes, const struct object *object, enum object_key member_of,
                unsigned level);

/* Take an element of a list that is an array or a string: rows as pairs of field and value,
 * [time, message], or a message alone. */
void shape_take_array(struct shapes *shapes, struct slice raw);
void shape_take_string(struct shapes *shapes, struct json_string string);

#endif
