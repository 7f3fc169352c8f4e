/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/payload.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "intake/gunzip.h"
#include "intake/intake_limits.h"
#include "intake/unescape.h"

#include <stddef.h>

static const char payload_unknown[] =
    "a record that is no payload of a log subscription (is message extraction on?)";

static const char payload_deep[] = "a payload in too many others";

static bool payload_is_gzip(struct slice bytes)
{
    return bytes.size >= 2 && bytes.base[0] == 0x1f && bytes.base[1] == 0x8b;
}

/* JSON values in a row, with anything blank or a comma between them. */
static void payload_take_json(struct shapes *shapes, struct slice text, unsigned level)
{
    struct json_read reader;
    struct object object;
    for (;;) {
        while (text.size > 0 && (text.base[0] <= ' ' || text.base[0] == ',')) {
            text = slice_skip(text, 1);
        }
        if (text.size == 0) {
            return;
        }
        json_read_init(&reader, text, INTAKE_JSON_DEPTH_MAX);
        if (text.base[0] == '{' && object_read(&reader, &object)) {
            shape_take(shapes, &object, OBJECT_KEY_COUNT, level);
            text = slice_skip(text, reader.position);
            continue;
        }
        /* Broken, or no object: go on where a line begins with the next one. */
        size_t next = slice_find(slice_skip(text, 1), SLICE("\n{"));
        size_t size = next == SLICE_NONE ? text.size : next + 2;
        const char *why = text.base[0] == '{' ? "broken JSON" : payload_unknown;
        shapes->teller->counts->broken++;
        if (!shape_salvage(shapes, slice_take(text, size), why, level)) {
            teller_refuse(shapes->teller, why, slice_take(text, size));
        }
        text = slice_skip(text, size);
    }
}

/* Whether the bytes are no text: what metric streams deliver is Protocol Buffers. */
static bool payload_is_binary(struct slice bytes)
{
    for (size_t i = 0; i < bytes.size && i < 64; i++) {
        if (bytes.base[i] < '\t') {
            return true;
        }
    }
    return false;
}

static bool payload_looks_packed(struct slice text)
{
    for (size_t i = 0; i < text.size && i < 64; i++) {
        unsigned char byte = text.base[i];
        bool fits = (byte >= 'A' && byte <= 'Z') || (byte >= 'a' && byte <= 'z') ||
                    (byte >= '0' && byte <= '9') || byte == '+' || byte == '/' || byte == '=' ||
                    byte == '-' || byte == '_';
        if (!fits) {
            return false;
        }
    }
    return text.size >= 4;
}

/* What payloads may still inflate to: a bomb may lie inside of base64 as well as around it. */
static uint64_t payload_room(const struct teller *teller)
{
    uint64_t size_max = teller->options->inflated_size_max;
    if (size_max == 0) {
        return INTAKE_PAYLOAD_SIZE_MAX;
    }
    return teller->payload_bytes >= size_max ? 0 : size_max - teller->payload_bytes;
}

void payload_take(struct shapes *shapes, struct slice bytes, unsigned level)
{
    struct shape_level *memory = &shapes->levels[level];
    struct teller *teller = shapes->teller;
    struct slice text = slice_trim(bytes);
    if (text.size == 0) {
        return; /* Firehose allows records without data. */
    }
    if (level + 1 >= INTAKE_PAYLOAD_LEVELS_MAX) {
        teller_refuse(teller, payload_deep, text);
        return;
    }
    if (!payload_is_gzip(bytes) && payload_looks_packed(text)) {
        buf_reset(&memory->packed);
        if (!base64_decode(text, &memory->packed) || buf_overflowed(&memory->packed)) {
            teller_refuse(teller, payload_unknown, text);
            return;
        }
        bytes = buf_bytes(&memory->packed);
        text = slice_trim(bytes);
    }
    if (payload_is_gzip(bytes)) {
        buf_reset(&memory->text);
        enum status status = gunzip(bytes, payload_room(teller), &memory->text);
        teller->payload_bytes += memory->text.size;
        if (status != STATUS_OK) {
            teller_refuse(teller,
                          status == STATUS_FULL ? "a payload that is too large when inflated"
                                                : "a payload of broken gzip",
                          text);
        }
        text = slice_trim(buf_bytes(&memory->text));
    }
    if (payload_is_binary(text)) {
        teller_refuse(teller, "binary data, as of a CloudWatch metric stream, not logs",
                      SLICE("(binary)"));
        return;
    }
    if (text.size > 0 && text.base[0] != '{') {
        teller_refuse(teller, payload_unknown, text);
        return;
    }
    payload_take_json(shapes, text, level + 1);
}

/* The payload under a member: a string's text, or an object as it is. */
static void payload_take_value(struct shapes *shapes, const struct object_value *value,
                               unsigned level)
{
    if (value->token == JSON_STRING) {
        struct buf *words = &shapes->levels[level].words;
        buf_reset(words);
        payload_take(shapes, unescape(value->string, words), level);
    } else if (value->token == JSON_OBJECT_BEGIN) {
        payload_take(shapes, value->string.raw, level);
    } else {
        teller_refuse(shapes->teller, payload_unknown, value->string.raw);
    }
}

/* The payload under a member of a member: {"awslogs": {"data": ...}}. */
static void payload_take_inner(struct shapes *shapes, const struct object *object,
                               enum object_key outer, enum object_key inner, unsigned level)
{
    struct json_read reader;
    struct object found;
    json_read_init(&reader, object->values[outer].string.raw, INTAKE_JSON_DEPTH_MAX);
    if (object->values[outer].token != JSON_OBJECT_BEGIN || !object_read(&reader, &found) ||
        (found.keys >> inner & 1) == 0) {
        teller_refuse(shapes->teller, payload_unknown, object->raw);
        return;
    }
    payload_take_value(shapes, &found.values[inner], level);
}

void payload_take_wrapper(struct shapes *shapes, const struct object *object,
                          enum object_key member_of, unsigned level)
{
    struct teller *teller = shapes->teller;
    if (object_has(object, AWSLOGS)) {
        teller_format(teller, INTAKE_LAMBDA_EVENT);
        payload_take_inner(shapes, object, OBJECT_AWSLOGS, OBJECT_DATA, level);
    } else if (object_has(object, KINESIS)) {
        teller_format(teller, INTAKE_KINESIS);
        payload_take_inner(shapes, object, OBJECT_KINESIS, OBJECT_DATA, level);
    } else if (object_has(object, CAPITAL_DATA)) {
        teller_format(teller, INTAKE_KINESIS);
        payload_take_value(shapes, &object->values[OBJECT_CAPITAL_DATA], level);
    } else if (object_has(object, RAW_DATA)) {
        teller_format(teller, INTAKE_FIREHOSE);
        payload_take_value(shapes, &object->values[OBJECT_RAW_DATA], level);
    } else if (object_has(object, DATA) && member_of != OBJECT_CAPITAL_RECORDS) {
        teller_format(teller, INTAKE_FIREHOSE);
        payload_take_value(shapes, &object->values[OBJECT_DATA], level);
    } else if (object_has(object, BODY)) {
        teller_format(teller, INTAKE_LAMBDA_EVENT);
        payload_take_value(shapes, &object->values[OBJECT_BODY], level);
    } else if (object_has(object, SNS)) {
        teller_format(teller, INTAKE_LAMBDA_EVENT);
        payload_take_inner(shapes, object, OBJECT_SNS, OBJECT_CAPITAL_MESSAGE, level);
    } else {
        bool notice = object_has(object, CAPITAL_MESSAGE);
        payload_take_value(shapes, &object->values[notice ? OBJECT_CAPITAL_MESSAGE : OBJECT_DETAIL],
                           level);
    }
}

/* The elements of one list. */
static void payload_take_elements(struct shapes *shapes, struct slice array, enum object_key key,
                                  unsigned level)
{
    struct json_read reader;
    struct object element;
    struct slice raw;
    json_read_init(&reader, array, INTAKE_JSON_DEPTH_MAX);
    bool begun = json_read_array(&reader) == JSON_GOT;
    while (begun && json_read_element(&reader)) {
        if (json_read_peek(&reader) == JSON_OBJECT_BEGIN) {
            if (object_read(&reader, &element)) {
                shape_take(shapes, &element, key, level);
            }
        } else if (json_read_raw(&reader, &raw) == JSON_GOT) {
            teller_refuse(shapes->teller, payload_unknown, raw);
        }
    }
}

void payload_take_list(struct shapes *shapes, const struct object *object, unsigned level)
{
    if (level + 1 >= INTAKE_PAYLOAD_LEVELS_MAX) {
        teller_refuse(shapes->teller, payload_deep, object->raw);
        return;
    }
    for (unsigned key = 0; key < OBJECT_KEY_COUNT; key++) {
        bool list = (object->keys >> key & 1) != 0 && shape_is_list((enum object_key)key, 0);
        if (list && object->values[key].token == JSON_ARRAY_BEGIN) {
            payload_take_elements(shapes, object->values[key].string.raw, (enum object_key)key,
                                  level + 1);
        }
    }
}
