/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/values.h"

#include "base/ensure.h"
#include "intake/intake_limits.h"

#include <stdint.h>
#include <string.h>

/* How reading one thing went. */
enum values_answer {
    VALUES_OK,
    VALUES_MORE, /* It does not end in this text. */
    VALUES_BROKEN,
};

static const char values_cut[] = "the input ends inside of a record: it was cut off";
static const char values_no_row[] = "a JSON value that is no log event";

void values_init(struct values *values, struct shapes *shapes, bool strings)
{
    *values = (struct values){
        .shapes = shapes,
        .place = VALUES_TOP,
        .list = OBJECT_KEY_COUNT,
        .fresh = true,
        .strings = strings,
    };
}

/* Step over blanks, and remember how far the line is indented. */
static size_t values_blanks(struct values *values, struct slice text, size_t at)
{
    while (at < text.size && (text.base[at] <= ' ')) {
        if (text.base[at] == '\n') {
            values->column = 0;
            values->fresh = true;
        } else if (values->fresh) {
            values->column++;
        }
        at++;
    }
    if (at < text.size) {
        values->fresh = false;
    }
    return at;
}

static enum values_answer values_answer(const struct json_read *reader, struct slice text)
{
    bool more = reader->truncated && text.size <= INTAKE_RECORD_SIZE_MAX;
    return more ? VALUES_MORE : VALUES_BROKEN;
}

/* ---- Elements. ---- */

/* Tell a whole object, which ends *size bytes behind its beginning. */
static enum values_answer values_take(struct values *values, const struct object *object,
                                      size_t *size)
{
    if (object->raw.size > INTAKE_RECORD_SIZE_MAX) {
        return VALUES_BROKEN;
    }
    shape_take_object(values->shapes, object, values->list);
    *size = object->begin + object->raw.size;
    return VALUES_OK;
}

static enum values_answer values_take_object(struct values *values, struct slice text, size_t *size)
{
    struct json_read reader;
    struct object object;
    if (flat_read(&values->flat, text, &object, size)) {
        return values_take(values, &object, size);
    }
    json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
    if (!object_read(&reader, &object)) {
        return values_answer(&reader, text);
    }
    return values_take(values, &object, size);
}

static enum values_answer values_take_other(struct values *values, struct slice text, size_t *size)
{
    struct json_read reader;
    struct slice raw;
    json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
    enum json_token token = json_read_peek(&reader);
    struct json_string string = reader.string;
    if (json_read_raw(&reader, &raw) != JSON_GOT) {
        return values_answer(&reader, text);
    }
    /* A number goes on as long as there is more. */
    if (reader.position == text.size && token == JSON_NUMBER) {
        return VALUES_MORE;
    }
    if (raw.size > INTAKE_RECORD_SIZE_MAX) {
        return VALUES_BROKEN;
    }
    if (token == JSON_ARRAY_BEGIN && values->list != OBJECT_LOG_EVENTS) {
        shape_take_array(values->shapes, raw);
    } else if (token == JSON_STRING && values->list == OBJECT_KEY_COUNT) {
        shape_take_string(values->shapes, string);
    } else if (values->list == OBJECT_LOG_EVENTS) {
        subscription_refuse(&values->shapes->levels[0].subscription, "an event that is no object",
                            raw);
    } else {
        teller_refuse(values->shapes->teller, values_no_row, raw);
    }
    *size = reader.position;
    return VALUES_OK;
}

static enum values_answer values_element(struct values *values, struct slice text, size_t *size)
{
    if (values->place == VALUES_FIRST_ELEMENT && text.base[0] == ']') {
        values->place = values->in_object ? VALUES_AFTER_LIST : VALUES_TOP;
        *size = 1;
        return VALUES_OK;
    }
    enum values_answer answer = text.base[0] == '{' ? values_take_object(values, text, size)
                                                    : values_take_other(values, text, size);
    if (answer == VALUES_OK) {
        values->place = VALUES_AFTER_ELEMENT;
    }
    return answer;
}

static enum values_answer values_after_element(struct values *values, unsigned char byte)
{
    if (byte == ',') {
        values->place = VALUES_ELEMENT;
    } else if (byte == ']') {
        values->place = values->in_object ? VALUES_AFTER_LIST : VALUES_TOP;
    } else {
        return VALUES_BROKEN;
    }
    return VALUES_OK;
}

/* ---- Around lists. ---- */

static void values_enter(struct values *values, enum object_key list, bool in_object)
{
    values->list = list;
    values->in_object = in_object;
    values->outer_column = values->column;
    values->place = VALUES_FIRST_ELEMENT;
}

/* Whether the member that the reader stands before is a list that can be entered. */
static bool values_is_list(struct values *values, struct json_read *reader, enum object_key key,
                           struct object *object)
{
    bool events = key == OBJECT_LOG_EVENTS;
    if ((!events && !shape_is_list(key, object->keys)) ||
        json_read_peek(reader) != JSON_ARRAY_BEGIN) {
        return false;
    }
    object->raw = slice_of(reader->text.base + object->begin, reader->position - object->begin);
    return !events || shape_begin_subscription(values->shapes, object);
}

/* An object from its brace on: up to the beginning of its list, or all of it. */
static enum values_answer values_object(struct values *values, struct slice text, size_t *size)
{
    struct json_read reader;
    struct json_string name;
    struct object object;
    json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
    bool begun = object_begin(&reader, &object);
    while (begun && json_read_member(&reader, &name)) {
        enum object_key key = object_key(name);
        if (values_is_list(values, &reader, key, &object)) {
            values->keys = object.keys | UINT64_C(1) << key;
            values_enter(values, key, true);
            *size = reader.position;
            return VALUES_OK;
        }
        object_member(&reader, name, &object);
    }
    if (json_read_failed(&reader)) {
        return values_answer(&reader, text);
    }
    object_end(&reader, &object);
    return values_take(values, &object, size);
}

/* A member behind an object's list: another list, or something to step over. */
static enum values_answer values_member(struct values *values, struct slice text, size_t *size)
{
    struct json_read reader;
    struct json_string name;
    json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
    if (json_read_string(&reader, &name) != JSON_GOT) {
        return json_read_failed(&reader) ? values_answer(&reader, text) : VALUES_BROKEN;
    }
    size_t at = reader.position;
    while (at < text.size && text.base[at] <= ' ') {
        at++;
    }
    if (at < text.size && text.base[at] != ':') {
        return VALUES_BROKEN;
    }
    for (at++; at < text.size && text.base[at] <= ' ';) {
        at++;
    }
    if (at >= text.size) {
        return text.size <= INTAKE_RECORD_SIZE_MAX ? VALUES_MORE : VALUES_BROKEN;
    }
    enum object_key key = object_key(name);
    if (shape_is_list(key, values->keys) && text.base[at] == '[') {
        values_enter(values, key, true);
        *size = at + 1;
        return VALUES_OK;
    }
    struct slice rest = slice_skip(text, at);
    json_read_init(&reader, rest, INTAKE_JSON_DEPTH_MAX);
    json_read_skip(&reader);
    if (json_read_failed(&reader)) {
        return values_answer(&reader, rest);
    }
    if (reader.position == rest.size) {
        return VALUES_MORE; /* A number may go on, and a brace must follow anyway. */
    }
    values->place = VALUES_AFTER_LIST;
    *size = at + reader.position;
    return VALUES_OK;
}

static enum values_answer values_after_list(struct values *values, unsigned char byte)
{
    if (byte == ',') {
        values->place = VALUES_MEMBER;
    } else if (byte == '}') {
        values->list = OBJECT_KEY_COUNT;
        values->place = VALUES_TOP;
    } else {
        return VALUES_BROKEN;
    }
    return VALUES_OK;
}

static enum values_answer values_top(struct values *values, struct slice text, size_t *size)
{
    *size = 1;
    values->list = OBJECT_KEY_COUNT;
    switch (text.base[0]) {
    case '{':
        return values_object(values, text, size);
    case '[':
        values_enter(values, OBJECT_KEY_COUNT, false);
        return VALUES_OK;
    case ',':
        return VALUES_OK;
    case ']':
    case '}':
        return values->mended ? VALUES_OK : VALUES_BROKEN;
    case 0x1e: /* A JSON text sequence. */
        return VALUES_OK;
    case '"':
        return values->strings ? values_take_other(values, text, size) : VALUES_BROKEN;
    default:
        return VALUES_BROKEN;
    }
}

/* ---- What is broken. ---- */

/* Whether a line begins a value that is not inside of the broken one.  False with *more: its
 * beginning is not there yet. */
static bool values_begins(const struct values *values, struct slice line, bool *more)
{
    size_t at = 0;
    while (at < line.size && (line.base[at] == ' ' || line.base[at] == '\t')) {
        at++;
    }
    *more = at == line.size;
    return at < line.size && at <= values->column &&
           (line.base[at] == '{' || (values->strings && line.base[at] == '"'));
}

/* Read on at the beginning of a line. */
static void values_resume(struct values *values, struct slice line)
{
    size_t column = 0;
    while (line.base[column] == ' ' || line.base[column] == '\t') {
        column++;
    }
    bool inside = values->list == OBJECT_LOG_EVENTS && column > values->outer_column;
    values->place = inside ? VALUES_ELEMENT : VALUES_TOP;
    values->column = 0;
    values->fresh = true;
}

/* Behind something broken: step to the next line that begins a value. */
static size_t values_find(struct values *values, struct slice text, bool last)
{
    size_t at = 0;
    for (;;) {
        const unsigned char *newline =
            at == text.size ? NULL : memchr(text.base + at, '\n', text.size - at);
        if (newline == NULL) {
            return text.size;
        }
        size_t next = (size_t)(newline - text.base) + 1;
        bool more;
        if (values_begins(values, slice_skip(text, next), &more)) {
            values_resume(values, slice_skip(text, next));
            return next;
        }
        if (more && !last) {
            return next - 1; /* The newline is looked at again. */
        }
        at = next;
    }
}

/* Whether what is being read is in an entered payload. */
static bool values_in_payload(const struct values *values)
{
    return values->list == OBJECT_LOG_EVENTS && values->place != VALUES_TOP;
}

static void values_refuse(struct values *values, const char *why, struct slice text)
{
    /* Its first line, or more where that is only a brace. */
    size_t end = slice_find_byte(text, '\n');
    struct slice sample = end < 4 ? text : slice_take(text, end);
    struct intake_counts *counts = values->shapes->teller->counts;
    counts->cut = counts->cut || why == values_cut;
    if (values_in_payload(values)) {
        subscription_refuse(&values->shapes->levels[0].subscription, why, sample);
    } else if (!shape_salvage(values->shapes, text, why, 0)) {
        teller_refuse(values->shapes->teller, why, sample);
    }
}

/* Whether all is there that a refusal shows of what is broken, so that it does not depend on the
 * pieces that the text comes in. */
static bool values_is_shown(struct slice text)
{
    size_t end = slice_find_byte(text, '\n');
    return (end != SLICE_NONE && end >= 4) || text.size > 2 * INTAKE_SAMPLE_SIZE_MAX;
}

static void values_break(struct values *values, struct slice text, bool ended)
{
    const char *why = ended ? values_cut : "broken JSON";
    bool begun =
        text.base[0] == '{' || text.base[0] == '[' || (values->strings && text.base[0] == '"');
    if (!ended && values->place == VALUES_TOP && !begun) {
        why = "text between JSON records";
        values->column = SIZE_MAX; /* It has no depth that the next value could be inside of. */
    }
    if (text.size > INTAKE_RECORD_SIZE_MAX) {
        why = "a record that is too large";
    }
    values->shapes->teller->counts->broken++;
    values_refuse(values, why, text);
    values->place = VALUES_LOST;
    values->mended = true;
}

static enum values_answer values_step(struct values *values, struct slice text, size_t *size)
{
    *size = 1;
    switch (values->place) {
    case VALUES_TOP:
        return values_top(values, text, size);
    case VALUES_FIRST_ELEMENT:
    case VALUES_ELEMENT:
        return values_element(values, text, size);
    case VALUES_AFTER_ELEMENT:
        return values_after_element(values, text.base[0]);
    case VALUES_AFTER_LIST:
        return values_after_list(values, text.base[0]);
    case VALUES_MEMBER:
        return values_member(values, text, size);
    case VALUES_LOST:
        break;
    }
    return VALUES_BROKEN;
}

size_t values_read(struct values *values, struct slice text, size_t enough, bool last)
{
    size_t at = 0;
    while (at < text.size && at < enough) {
        if (values->place == VALUES_LOST) {
            size_t found = values_find(values, slice_skip(text, at), last);
            at += found;
            if (values->place == VALUES_LOST) {
                return last ? text.size : at;
            }
            continue; /* It stands before a value now. */
        }
        at = values_blanks(values, text, at);
        if (at == text.size) {
            break;
        }
        size_t size = 0;
        enum values_answer answer = values_step(values, slice_skip(text, at), &size);
        if (!last && (answer == VALUES_MORE ||
                      (answer == VALUES_BROKEN && !values_is_shown(slice_skip(text, at))))) {
            return at;
        }
        if (answer == VALUES_OK) {
            at += size;
        } else {
            values_break(values, slice_skip(text, at), answer == VALUES_MORE);
        }
    }
    if (last && values->place != VALUES_TOP && values->place != VALUES_LOST) {
        values_refuse(values, values_cut, SLICE("(the end of the input)"));
        values->place = VALUES_LOST;
    }
    return at;
}
