/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/shape.h"

#include "base/ensure.h"
#include "clouds/azure.h"
#include "clouds/gcp.h"
#include "intake/event.h"
#include "intake/intake_limits.h"
#include "intake/payload.h"
#include "intake/unescape.h"

#include <stdlib.h>

#define EVENT_IDS                                                                                  \
    (OBJECT_BIT(EVENT_ID) | OBJECT_BIT(INGESTION_TIME) | OBJECT_BIT(LOG_STREAM_NAME) |             \
     OBJECT_BIT(LOG_STREAM) | OBJECT_BIT(LOG_GROUP) | OBJECT_BIT(LOG_GROUP_NAME) |                 \
     OBJECT_BIT(LOG_GROUP_IDENTIFIER) | OBJECT_BIT(EXTRACTED))

/* What JSON log lines have and nothing that wraps them. */
#define LOG_WORDS                                                                                  \
    (OBJECT_BIT(LEVEL) | OBJECT_BIT(LOG_LEVEL) | OBJECT_BIT(SEVERITY) | OBJECT_BIT(MSG) |          \
     OBJECT_BIT(EMF))

#define LISTS                                                                                      \
    (OBJECT_BIT(EVENTS) | OBJECT_BIT(RESULTS) | OBJECT_BIT(RECORDS) |                              \
     OBJECT_BIT(CAPITAL_RECORDS) | OBJECT_BIT(ENTRIES) | OBJECT_BIT(SESSION_RESULTS))

enum status shapes_init(struct shapes *shapes, struct teller *teller)
{
    *shapes = (struct shapes){.teller = teller};
    shapes->levels = calloc(INTAKE_PAYLOAD_LEVELS_MAX, sizeof(*shapes->levels));
    if (shapes->levels == NULL) {
        return STATUS_FULL;
    }
    for (unsigned i = 0; i < INTAKE_PAYLOAD_LEVELS_MAX; i++) {
        /* Text may be unescaped beside the record that it is in. */
        buf_init_growing(&shapes->levels[i].packed, INTAKE_RECORD_SIZE_MAX);
        buf_init_growing(&shapes->levels[i].text, INTAKE_PAYLOAD_SIZE_MAX);
        buf_init_growing(&shapes->levels[i].words, 2 * (size_t)INTAKE_RECORD_SIZE_MAX);
        subscription_init(&shapes->levels[i].subscription, teller);
    }
    return STATUS_OK;
}

void shapes_fini(struct shapes *shapes)
{
    for (unsigned i = 0; shapes->levels != NULL && i < INTAKE_PAYLOAD_LEVELS_MAX; i++) {
        buf_fini(&shapes->levels[i].packed);
        buf_fini(&shapes->levels[i].text);
        buf_fini(&shapes->levels[i].words);
        subscription_fini(&shapes->levels[i].subscription);
    }
    free(shapes->levels);
    shapes->levels = NULL;
}

bool shape_is_list(enum object_key key, uint64_t keys_before)
{
    bool list = key != OBJECT_KEY_COUNT && (LISTS >> key & 1) != 0;
    return list && (keys_before & (LOG_WORDS | OBJECT_BIT(MESSAGE) | OBJECT_BIT(TIME))) == 0;
}

static bool shape_list_inside(const struct object *object)
{
    for (unsigned key = 0; key < OBJECT_KEY_COUNT; key++) {
        if ((object->keys >> key & 1) != 0 && (LISTS >> key & 1) != 0 &&
            object->values[key].token == JSON_ARRAY_BEGIN) {
            return shape_is_list((enum object_key)key, object->keys);
        }
    }
    return false;
}

static bool shape_is_event(const struct object *object, enum object_key member_of)
{
    if (!object_has(object, MESSAGE) || !object_has(object, TIMESTAMP)) {
        return false;
    }
    if (object_has_any(object, EVENT_IDS) || member_of == OBJECT_EVENTS) {
        return true;
    }
    /* What `jq '.events[] | {timestamp, message}'` leaves, and nothing that a logger writes. */
    return object->values[OBJECT_TIMESTAMP].token == JSON_NUMBER && object->others == 0 &&
           (object->keys & ~(OBJECT_BIT(MESSAGE) | OBJECT_BIT(TIMESTAMP) | OBJECT_BIT(ID))) == 0;
}

/* A delivery, or what a program gave to PutLogEvents. */
static bool shape_is_subscription(const struct object *object)
{
    const uint64_t others = OBJECT_BIT(MESSAGE_TYPE) | OBJECT_BIT(LOG_GROUP_NAME);
    return object_has(object, LOG_EVENTS) && object_has_any(object, others) &&
           object->values[OBJECT_LOG_EVENTS].token == JSON_ARRAY_BEGIN;
}

static bool shape_is_wrapper(const struct object *object, enum object_key member_of)
{
    if (object_has_any(object, OBJECT_BIT(AWSLOGS) | OBJECT_BIT(RAW_DATA) | OBJECT_BIT(KINESIS))) {
        return true;
    }
    if (member_of == OBJECT_RECORDS && object_has(object, DATA)) {
        return object->values[OBJECT_DATA].token == JSON_STRING;
    }
    if (member_of == OBJECT_CAPITAL_RECORDS) {
        return object_has_any(object,
                              OBJECT_BIT(BODY) | OBJECT_BIT(SNS) | OBJECT_BIT(CAPITAL_DATA));
    }
    if (object_has(object, CAPITAL_MESSAGE) && object_has(object, CAPITAL_TYPE)) {
        return true;
    }
    if (object_has(object, DETAIL) && !object_has_any(object, LOG_WORDS)) {
        return true;
    }
    /* {"data": "H4sI..."}, line by line. */
    return object->others == 0 && object->keys == OBJECT_BIT(DATA);
}

static bool shape_is_foreign(const struct object *object, enum object_key member_of)
{
    return object_has(object, METRIC_STREAM) || object_has(object, S3) ||
           (object_has(object, EVENT_VERSION) && object_has(object, EVENT_SOURCE) &&
            member_of != OBJECT_KEY_COUNT);
}

static bool shape_is_log(const struct object *object)
{
    if (object_has_any(object, LOG_WORDS)) {
        return true;
    }
    if (object_has(object, TYPE) && object_has(object, TIME)) {
        return true; /* {"time", "type": "platform.start", "record"} */
    }
    return object_has_any(object, OBJECT_BIT(MESSAGE) | OBJECT_BIT(REQUEST_ID)) ||
           (object_has(object, TIMESTAMP) && object->others > 0);
}

enum shape shape_of(const struct object *object, enum object_key member_of)
{
    if (shape_is_event(object, member_of)) {
        return SHAPE_EVENT;
    }
    if (shape_is_subscription(object)) {
        return SHAPE_SUBSCRIPTION;
    }
    if (object_has_any(object, OBJECT_BIT(ROW_MESSAGE) | OBJECT_BIT(ROW_PTR) |
                                   OBJECT_BIT(ROW_LOG_STREAM) | OBJECT_BIT(ROW_LOG) |
                                   OBJECT_BIT(ROW_REQUEST_ID) | OBJECT_BIT(ROW_BILLED)) ||
        (object_has(object, ROW_TYPE) && object_has(object, ROW_TIMESTAMP))) {
        return SHAPE_ROW;
    }
    if (gcp_is(object->raw)) {
        return SHAPE_GCP;
    }
    if (azure_is(object->raw)) {
        return SHAPE_AZURE;
    }
    if (shape_is_foreign(object, member_of)) {
        return SHAPE_FOREIGN;
    }
    if (shape_is_wrapper(object, member_of)) {
        return SHAPE_WRAPPER;
    }
    if (shape_list_inside(object)) {
        return SHAPE_LIST;
    }
    return shape_is_log(object) ? SHAPE_LOG : SHAPE_UNKNOWN;
}

static const char *shape_why_foreign(const struct object *object)
{
    if (object_has(object, METRIC_STREAM)) {
        return "metrics of a CloudWatch metric stream, not logs";
    }
    if (object_has(object, S3)) {
        return "a notice about an object in S3: give the object itself";
    }
    return "a record of CloudTrail, not a function's log";
}

/* Log lines in an array are told as long as nothing else is in the file. */
static bool shape_may_be_lines(const struct teller *teller)
{
    enum intake_format format = teller->counts->format;
    return format == INTAKE_UNKNOWN || format == INTAKE_JSON_LINES;
}

static void shape_take_log(struct shapes *shapes, const struct object *object)
{
    /* {"time", "type": "function", "record"} is of the Telemetry API whatever the record says. */
    const uint64_t telemetry = OBJECT_BIT(TIME) | OBJECT_BIT(TYPE) | OBJECT_BIT(RECORD);
    if (shapes->teller->lines_taken || (object->keys & telemetry) == telemetry) {
        event_take_log(shapes->teller, object, &shapes->levels[0].words);
    } else {
        teller_refuse(shapes->teller, TELLER_WHOSE, object->raw);
    }
}

void shape_take(struct shapes *shapes, const struct object *object, enum object_key member_of,
                unsigned level)
{
    struct teller *teller = shapes->teller;
    switch (shape_of(object, member_of)) {
    case SHAPE_EVENT:
        event_take(teller, object, &shapes->levels[level].words);
        break;
    case SHAPE_ROW:
        event_take_row(teller, object, &shapes->levels[level].words);
        break;
    case SHAPE_SUBSCRIPTION:
        subscription_take_all(&shapes->levels[level].subscription, object,
                              &shapes->levels[level].words);
        break;
    case SHAPE_GCP:
        teller_format(teller, INTAKE_GCP);
        if (teller->options->gcp != NULL) {
            teller->counts->events++;
            teller->options->gcp(teller->options->context, object->raw);
        }
        break;
    case SHAPE_AZURE:
        teller_format(teller, INTAKE_AZURE);
        if (teller->options->azure != NULL) {
            teller->counts->events++;
            teller->options->azure(teller->options->context, object->raw);
        }
        break;
    case SHAPE_FOREIGN:
        teller_format(teller, INTAKE_REFUSED);
        teller_refuse(teller, shape_why_foreign(object), object->raw);
        break;
    case SHAPE_WRAPPER:
        payload_take_wrapper(shapes, object, member_of, level);
        break;
    case SHAPE_LIST:
        payload_take_list(shapes, object, level);
        break;
    case SHAPE_LOG:
        if (member_of == OBJECT_KEY_COUNT && level == 0 && shape_may_be_lines(teller)) {
            shape_take_log(shapes, object);
        } else {
            teller_refuse(teller, "a JSON log line among records of another kind", object->raw);
        }
        break;
    case SHAPE_UNKNOWN:
        teller_refuse(teller, "a JSON object that is no log event of a kind known here",
                      object->raw);
        break;
    }
}

bool shape_begin_subscription(struct shapes *shapes, const struct object *object)
{
    if (!subscription_is_ready(object->keys)) {
        return false;
    }
    subscription_begin(&shapes->levels[0].subscription, object);
    return true;
}

bool shape_salvage(struct shapes *shapes, struct slice text, const char *why, unsigned level)
{
    struct shape_level *memory = &shapes->levels[level];
    return subscription_salvage(&memory->subscription, text, why, &memory->words);
}

void shape_take_object(struct shapes *shapes, const struct object *object,
                       enum object_key member_of)
{
    if (member_of == OBJECT_LOG_EVENTS) {
        subscription_take(&shapes->levels[0].subscription, object, &shapes->levels[0].words);
        return;
    }
    shape_take(shapes, object, member_of, 0);
}

void shape_take_array(struct shapes *shapes, struct slice raw)
{
    event_take_array(shapes->teller, raw, &shapes->levels[0].words);
}

void shape_take_string(struct shapes *shapes, struct json_string string)
{
    struct buf *words = &shapes->levels[0].words;
    buf_reset(words);
    struct log_event event = {
        .time_ns = STREAMS_UNKNOWN,
        .message = unescape(string, words),
    };
    teller_format(shapes->teller, INTAKE_TEXT);
    teller_event(shapes->teller, &event);
}
