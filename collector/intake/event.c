/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/event.h"

#include "intake/intake_limits.h"
#include "intake/moment.h"
#include "intake/unescape.h"

#include <stdint.h>

/* Strings of one record lie beside each other in words: room for all of them is made before the
 * first, so that none moves.  Each unescaping asks for a few bytes more than it needs. */
static bool event_words(struct buf *words, struct slice raw)
{
    buf_reset(words);
    return buf_reserve(words, raw.size + 256) != NULL;
}

void event_set_group(struct log_event *event, struct slice text)
{
    struct slice part, rest;
    if (slice_starts(text, SLICE("arn:"))) {
        /* arn:aws:logs:region:account:log-group:name[:*] */
        slice_cut(text, ':', &part, &rest);
        slice_cut(rest, ':', &part, &rest);
        slice_cut(rest, ':', &part, &rest);
        slice_cut(rest, ':', &event->region, &rest);
        slice_cut(rest, ':', &event->account, &rest);
        slice_cut(rest, ':', &part, &rest);
        slice_cut(rest, ':', &event->group, &rest);
        return;
    }
    if (slice_cut(text, ':', &part, &rest) && part.size == 12 && rest.size > 0) {
        event->account = part;
        event->group = rest;
        return;
    }
    event->group = text;
}

void event_tell(struct teller *teller, struct log_event *event, struct slice time,
                struct slice sample)
{
    if (!moment_parse(time, &event->time_ns)) {
        if (!moment_is_vague(time)) {
            teller_refuse(teller, "an event whose time cannot be", sample);
            return;
        }
        if (!teller->vague) {
            teller_refuse(teller,
                          "times as a spreadsheet has left them (rounded, or day and month in "
                          "doubt): the rows are taken in their order, without time",
                          sample);
        }
        teller->vague = true;
        event->time_ns = STREAMS_UNKNOWN;
    }
    event_tell_untimed(teller, event, sample);
}

void event_tell_untimed(struct teller *teller, struct log_event *event, struct slice sample)
{
    const char *foreign = teller_foreign(event->group, event->stream);
    if (foreign != NULL) {
        teller_refuse(teller, foreign, sample);
        return;
    }
    teller_event(teller, event);
}

void event_tell_fields(struct teller *teller, struct log_event *event,
                       const struct insights_row *row, struct slice time, struct slice sample)
{
    unsigned char memory[INSIGHTS_LINE_SIZE_MAX];
    struct buf line;
    buf_init_fixed(&line, memory, sizeof(memory));
    const char *why = insights_line(row, &line);
    if (why != NULL) {
        teller_refuse(teller, why, sample);
        return;
    }
    event->message = buf_bytes(&line);
    if (time.size > 0) {
        event_tell(teller, event, time, sample);
    } else {
        event_tell_untimed(teller, event, sample);
    }
}

static void event_extracted(struct log_event *event, const struct object_value *value,
                            struct buf *words)
{
    struct json_read reader;
    struct json_string name, text;
    if (value->token != JSON_OBJECT_BEGIN) {
        return;
    }
    json_read_init(&reader, value->string.raw, INTAKE_JSON_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return;
    }
    while (json_read_member(&reader, &name)) {
        bool account = json_string_equal(name, SLICE("@aws.account"));
        bool region = json_string_equal(name, SLICE("@aws.region"));
        if (!account && !region) {
            json_read_skip(&reader);
        } else if (json_read_string(&reader, &text) == JSON_GOT) {
            *(account ? &event->account : &event->region) = unescape(text, words);
        }
    }
}

/* The members of an event that every export has, over what its container said. */
static void event_members(struct teller *teller, struct log_event *event,
                          const struct object *object, struct buf *words)
{
    const struct object_value *message = &object->values[OBJECT_MESSAGE];
    if (!object_has(object, MESSAGE) || message->token != JSON_STRING) {
        teller_refuse(teller, "an event whose message is no text", object->raw);
        return;
    }
    event->message = unescape(message->string, words);
    event->id =
        object_text(object, object_has(object, EVENT_ID) ? OBJECT_EVENT_ID : OBJECT_ID, words);
    if (object_has(object, EXTRACTED)) {
        event_extracted(event, &object->values[OBJECT_EXTRACTED], words);
    }
    event_tell(teller, event, object_text(object, OBJECT_TIMESTAMP, words), object->raw);
}

void event_take(struct teller *teller, const struct object *object, struct buf *words)
{
    struct log_event event = {.time_ns = STREAMS_UNKNOWN};
    if (!event_words(words, object->raw)) {
        teller_refuse(teller, "an event that does not fit in memory", object->raw);
        return;
    }
    bool stream_known = object_has_any(object, OBJECT_BIT(LOG_STREAM_NAME) | OBJECT_BIT(EVENT_ID) |
                                                   OBJECT_BIT(LOG_STREAM));
    teller_format(teller, stream_known ? INTAKE_FILTER_LOG_EVENTS : INTAKE_GET_LOG_EVENTS);
    event.stream = object_text(
        object, object_has(object, LOG_STREAM_NAME) ? OBJECT_LOG_STREAM_NAME : OBJECT_LOG_STREAM,
        words);
    enum object_key group = object_has(object, LOG_GROUP_IDENTIFIER) ? OBJECT_LOG_GROUP_IDENTIFIER
                            : object_has(object, LOG_GROUP_NAME)     ? OBJECT_LOG_GROUP_NAME
                                                                     : OBJECT_LOG_GROUP;
    event_set_group(&event, object_text(object, group, words));
    if (object_has(object, OWNER)) {
        event.account = object_text(object, OBJECT_OWNER, words);
    }
    event_members(teller, &event, object, words);
}

void event_take_log(struct teller *teller, const struct object *object, struct buf *words)
{
    struct log_event event = {.time_ns = STREAMS_UNKNOWN, .message = object->raw};
    if (!event_words(words, object->raw)) {
        teller_refuse(teller, "a line that does not fit in memory", object->raw);
        return;
    }
    teller_format(teller, INTAKE_JSON_LINES);
    if (!object_has(object, TYPE) || !object_has(object, RECORD) || !object_has(object, TIME)) {
        teller_event(teller, &event);
        return;
    }
    if (object->values[OBJECT_RECORD].token == JSON_STRING) {
        event.message = unescape(object->values[OBJECT_RECORD].string, words);
    }
    event_tell(teller, &event, object_text(object, OBJECT_TIME, words), object->raw);
}

void event_take_part(struct teller *teller, const struct log_event *common,
                     const struct object *object, struct buf *words)
{
    struct log_event event = *common;
    if (!event_words(words, object->raw)) {
        teller_refuse(teller, "an event that does not fit in memory", object->raw);
        return;
    }
    event_members(teller, &event, object, words);
}

/* ---- Logs Insights. ---- */

/* The members that a row without a message may have, in the order of insights_field. */
static const enum object_key event_fields[INSIGHTS_FIELD_COUNT] = {
    OBJECT_ROW_TYPE,   OBJECT_ROW_REQUEST_ID,  OBJECT_ROW_DURATION, OBJECT_ROW_BILLED,
    OBJECT_ROW_MEMORY, OBJECT_ROW_MEMORY_USED, OBJECT_ROW_INIT,     OBJECT_ROW_TRACE_ID,
};

static void event_row(struct teller *teller, struct log_event *event, struct insights_row *row,
                      struct slice time, struct slice raw)
{
    teller_format(teller, INTAKE_INSIGHTS_JSON);
    if (event->message.base == NULL) {
        row->stream = event->stream;
        event_tell_fields(teller, event, row, time, raw);
    } else if (time.size == 0) {
        event_tell_untimed(teller, event, raw);
    } else {
        event_tell(teller, event, time, raw);
    }
}

void event_take_row(struct teller *teller, const struct object *object, struct buf *words)
{
    struct log_event event = {.time_ns = STREAMS_UNKNOWN};
    struct insights_row row = {.stream = SLICE_EMPTY};
    if (!event_words(words, object->raw)) {
        teller_refuse(teller, "a row that does not fit in memory", object->raw);
        return;
    }
    event_set_group(&event, object_text(object, OBJECT_ROW_LOG, words));
    event.stream = object_text(object, OBJECT_ROW_LOG_STREAM, words);
    event.message = object_text(object, OBJECT_ROW_MESSAGE, words);
    if (object_has(object, ROW_ACCOUNT)) {
        event.account = object_text(object, OBJECT_ROW_ACCOUNT, words);
    }
    if (object_has(object, ROW_REGION)) {
        event.region = object_text(object, OBJECT_ROW_REGION, words);
    }
    for (size_t i = 0; !object_has(object, ROW_MESSAGE) && i < INSIGHTS_FIELD_COUNT; i++) {
        row.fields[i] = object_text(object, event_fields[i], words);
    }
    event_row(teller, &event, &row, object_text(object, OBJECT_ROW_TIMESTAMP, words), object->raw);
}

/* One pair of a row.  False: it is no pair. */
static bool event_pair(struct log_event *event, struct insights_row *row, struct slice *time,
                       const struct object *pair, struct buf *words)
{
    if (!object_has(pair, FIELD) || pair->values[OBJECT_FIELD].token != JSON_STRING) {
        return false;
    }
    struct slice value = object_text(pair, OBJECT_VALUE, words);
    enum object_key key = object_key(pair->values[OBJECT_FIELD].string);
    if (key == OBJECT_ROW_TIMESTAMP) {
        *time = value;
    } else if (key == OBJECT_ROW_MESSAGE) {
        event->message = value;
    } else if (key == OBJECT_ROW_LOG_STREAM) {
        event->stream = value;
    } else if (key == OBJECT_ROW_LOG) {
        event_set_group(event, value);
    } else if (key == OBJECT_ROW_ACCOUNT) {
        event->account = value;
    } else if (key == OBJECT_ROW_REGION) {
        event->region = value;
    }
    for (size_t i = 0; key != OBJECT_KEY_COUNT && i < INSIGHTS_FIELD_COUNT; i++) {
        if (event_fields[i] == key) {
            row->fields[i] = value;
        }
    }
    return true;
}

/* [1700000000000, "message"], as `--query 'events[].[timestamp, message]'` writes it. */
static void event_take_two(struct teller *teller, struct json_read *reader, struct slice raw,
                           struct buf *words)
{
    struct log_event event = {.time_ns = STREAMS_UNKNOWN};
    struct json_string time, message;
    struct slice number;
    bool quoted = json_read_peek(reader) == JSON_STRING;
    bool timed = quoted ? json_read_string(reader, &time) == JSON_GOT
                        : json_read_raw(reader, &number) == JSON_GOT;
    if (!timed || !json_read_element(reader) || json_read_string(reader, &message) != JSON_GOT ||
        json_read_element(reader)) {
        teller_refuse(teller, "an array that is no row of log events", raw);
        return;
    }
    teller_format(teller, INTAKE_GET_LOG_EVENTS);
    event.message = unescape(message, words);
    event_tell(teller, &event, quoted ? unescape(time, words) : number, raw);
}

void event_take_array(struct teller *teller, struct slice raw, struct buf *words)
{
    struct log_event event = {.time_ns = STREAMS_UNKNOWN};
    struct insights_row fields = {.stream = SLICE_EMPTY};
    struct json_read reader;
    struct object pair;
    struct slice time = SLICE_EMPTY;
    bool row = true, some = false;
    json_read_init(&reader, raw, INTAKE_JSON_DEPTH_MAX);
    if (!event_words(words, raw) || json_read_array(&reader) != JSON_GOT) {
        teller_refuse(teller, "a row that does not fit in memory", raw);
        return;
    }
    while (row && json_read_element(&reader)) {
        enum json_token token = json_read_peek(&reader);
        if (!some && (token == JSON_NUMBER || token == JSON_STRING)) {
            event_take_two(teller, &reader, raw, words);
            return;
        }
        some = true;
        row = token == JSON_OBJECT_BEGIN && object_read(&reader, &pair) &&
              event_pair(&event, &fields, &time, &pair, words);
    }
    if (!row || !some) {
        teller_refuse(teller, "an array that is no row of log events", raw);
        return;
    }
    event_row(teller, &event, &fields, time, raw);
}
