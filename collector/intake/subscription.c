/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/subscription.h"

#include "intake/event.h"
#include "intake/intake_limits.h"

#include <inttypes.h>

static const char subscription_none[] =
    "a subscription's payload without DATA_MESSAGE and logEvents";

void subscription_init(struct subscription *subscription, struct teller *teller)
{
    *subscription = (struct subscription){.teller = teller};
    buf_init_growing(&subscription->names, 2 * (size_t)INTAKE_RECORD_SIZE_MAX);
    buf_init_growing(&subscription->where, INTAKE_RECORD_SIZE_MAX);
}

void subscription_fini(struct subscription *subscription)
{
    buf_fini(&subscription->names);
    buf_fini(&subscription->where);
}

bool subscription_is_ready(uint64_t keys)
{
    const uint64_t sent = OBJECT_BIT(MESSAGE_TYPE) | OBJECT_BIT(OWNER) | OBJECT_BIT(LOG_GROUP) |
                          OBJECT_BIT(LOG_STREAM);
    const uint64_t put = OBJECT_BIT(LOG_GROUP_NAME) | OBJECT_BIT(LOG_STREAM_NAME);
    return (keys & sent) == sent || (keys & put) == put;
}

/* The text of a member in names: what it was read from may be gone when an event is taken. */
static struct slice subscription_name(struct subscription *subscription,
                                      const struct object *object, enum object_key key)
{
    struct buf *names = &subscription->names;
    size_t at = names->size;
    struct slice text = object_text(object, key, names);
    if (names->size == at) {
        buf_append(names, text);
    }
    return slice_skip(buf_bytes(names), at);
}

/* Room for all names before the first, so that none moves; each unescaping asks for a few bytes
 * more than it needs. */
static bool subscription_room(struct subscription *subscription, const struct object *object)
{
    static const enum object_key keys[] = {OBJECT_OWNER,          OBJECT_LOG_GROUP,
                                           OBJECT_LOG_STREAM,     OBJECT_MESSAGE_TYPE,
                                           OBJECT_LOG_GROUP_NAME, OBJECT_LOG_STREAM_NAME};
    size_t size = 256;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        bool there = (object->keys >> keys[i] & 1) != 0;
        size += there ? object->values[keys[i]].string.raw.size : 0;
    }
    buf_reset(&subscription->names);
    return buf_reserve(&subscription->names, size) != NULL;
}

void subscription_begin(struct subscription *subscription, const struct object *object)
{
    struct teller *teller = subscription->teller;
    struct log_event *common = &subscription->common;
    *common = (struct log_event){.time_ns = STREAMS_UNKNOWN};
    subscription->foreign = NULL;
    subscription->ignored = true;
    subscription->events = 0;
    teller_format(teller, INTAKE_SUBSCRIPTION);
    if (!subscription_room(subscription, object)) {
        teller_refuse(teller, "a payload that does not fit in memory", object->raw);
        return;
    }
    struct slice type = subscription_name(subscription, object, OBJECT_MESSAGE_TYPE);
    if (slice_equal(type, SLICE("CONTROL_MESSAGE"))) {
        teller->counts->control_messages++;
        teller->counts->payloads++;
        return;
    }
    bool put = !object_has(object, MESSAGE_TYPE); /* As PutLogEvents names them. */
    if (!put && !slice_equal(type, SLICE("DATA_MESSAGE"))) {
        teller_refuse(teller, subscription_none, object->raw);
        return;
    }
    teller->counts->payloads++;
    common->account = subscription_name(subscription, object, OBJECT_OWNER);
    common->group =
        subscription_name(subscription, object, put ? OBJECT_LOG_GROUP_NAME : OBJECT_LOG_GROUP);
    common->stream =
        subscription_name(subscription, object, put ? OBJECT_LOG_STREAM_NAME : OBJECT_LOG_STREAM);
    subscription->foreign = teller_foreign(common->group, common->stream);
    subscription->ignored = false;
}

void subscription_take(struct subscription *subscription, const struct object *object,
                       struct buf *words)
{
    subscription->events++;
    if (subscription->ignored) {
        return;
    }
    if (subscription->foreign != NULL) {
        teller_refuse(subscription->teller, subscription->foreign, object->raw);
        return;
    }
    event_take_part(subscription->teller, &subscription->common, object, words);
}

void subscription_refuse(struct subscription *subscription, const char *why, struct slice raw)
{
    struct buf *where = &subscription->where;
    subscription->events++;
    if (subscription->ignored) {
        return;
    }
    buf_reset(where);
    buf_printf(where, "event %" PRIu64 " of " SLICE_FMT " " SLICE_FMT ": ", subscription->events,
               SLICE_ARG(subscription->common.group), SLICE_ARG(subscription->common.stream));
    buf_append(where, slice_take(raw, INTAKE_SAMPLE_SIZE_MAX));
    teller_refuse(subscription->teller, why, buf_overflowed(where) ? raw : buf_bytes(where));
}

/* The elements of an array, as far as they can be read.  False: it ends before it should, or is
 * broken, in the element that is left in *rest. */
static bool subscription_elements(struct subscription *subscription, struct json_read *reader,
                                  struct buf *words, struct slice *rest)
{
    struct object object;
    if (json_read_array(reader) != JSON_GOT) {
        *rest = slice_skip(reader->text, reader->position);
        return false;
    }
    for (;;) {
        struct slice raw = SLICE_EMPTY;
        *rest = slice_skip(reader->text, reader->position);
        if (!json_read_element(reader)) {
            return !json_read_failed(reader);
        }
        if (json_read_peek(reader) != JSON_OBJECT_BEGIN) {
            if (json_read_raw(reader, &raw) != JSON_GOT) {
                return false;
            }
            subscription_refuse(subscription, "an event that is no object", raw);
        } else if (object_read(reader, &object)) {
            subscription_take(subscription, &object, words);
        } else {
            return false;
        }
    }
}

void subscription_take_all(struct subscription *subscription, const struct object *object,
                           struct buf *words)
{
    const struct object_value *events = &object->values[OBJECT_LOG_EVENTS];
    struct json_read reader;
    struct slice rest;
    subscription_begin(subscription, object);
    if (events->token != JSON_ARRAY_BEGIN) {
        subscription_refuse(subscription, subscription_none, object->raw);
        return;
    }
    json_read_init(&reader, events->string.raw, INTAKE_JSON_DEPTH_MAX);
    (void)subscription_elements(subscription, &reader, words, &rest);
}

bool subscription_salvage(struct subscription *subscription, struct slice text, const char *why,
                          struct buf *words)
{
    const uint64_t some = OBJECT_BIT(MESSAGE_TYPE) | OBJECT_BIT(LOG_GROUP_NAME);
    const uint64_t group = OBJECT_BIT(LOG_GROUP) | OBJECT_BIT(LOG_GROUP_NAME);
    struct json_read reader;
    struct json_string name;
    struct object object;
    json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
    bool begun = object_begin(&reader, &object);
    while (begun && json_read_member(&reader, &name)) {
        if (object_key(name) != OBJECT_LOG_EVENTS || json_read_peek(&reader) != JSON_ARRAY_BEGIN) {
            object_member(&reader, name, &object);
            continue;
        }
        if (!object_has_any(&object, some) || !object_has_any(&object, group)) {
            return false;
        }
        struct slice rest;
        object_end(&reader, &object);
        subscription_begin(subscription, &object);
        if (subscription_elements(subscription, &reader, words, &rest)) {
            rest = slice_skip(text, reader.position); /* It is broken behind its events. */
        }
        while (rest.size > 0 && (rest.base[0] <= ' ' || rest.base[0] == ',')) {
            rest = slice_skip(rest, 1);
        }
        size_t end = slice_find_byte(rest, '\n');
        subscription_refuse(subscription, why, end < 4 ? rest : slice_take(rest, end));
        return true;
    }
    return false;
}
