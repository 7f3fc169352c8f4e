/* SPDX-License-Identifier: Apache-2.0 */
#include "intake/object.h"

#include "base/ensure.h"
#include "intake/unescape.h"

#include <string.h>

_Static_assert(OBJECT_KEY_COUNT <= 64, "one bit for each member in 64 bits");

static const struct slice object_names[OBJECT_KEY_COUNT] = {
#define OBJECT_KEY(name, text) SLICE_INIT(text),
#include "intake/object.def"
#undef OBJECT_KEY
};

#define OBJECT_NAME_SIZE_MAX 19

/* The first member whose name is this long or longer: few names are compared with. */
static const unsigned char object_longer[OBJECT_NAME_SIZE_MAX + 2] = {
    OBJECT_ID,
    OBJECT_ID,
    OBJECT_ID,
    OBJECT_SNS,
    OBJECT_ROW_LOG,
    OBJECT_ROW_TYPE,
    OBJECT_DETAIL,
    OBJECT_CAPITAL_MESSAGE,
    OBJECT_ROW_MESSAGE,
    OBJECT_LOG_EVENTS,
    OBJECT_ROW_LOG_STREAM,
    OBJECT_ROW_MEMORY,
    OBJECT_ROW_TRACE_ID,
    OBJECT_ROW_INIT,
    OBJECT_SESSION_RESULTS,
    OBJECT_EXTRACTED,
    OBJECT_LOG_GROUP_IDENTIFIER,
    OBJECT_LOG_GROUP_IDENTIFIER,
    OBJECT_LOG_GROUP_IDENTIFIER,
    OBJECT_SUBSCRIPTIONS,
    OBJECT_KEY_COUNT,
};

enum object_key object_key(struct json_string name)
{
    struct slice raw = name.raw;
    if (raw.size == 0 || raw.size > OBJECT_NAME_SIZE_MAX || name.escaped) {
        return OBJECT_KEY_COUNT;
    }
    for (unsigned i = object_longer[raw.size]; i < object_longer[raw.size + 1]; i++) {
        if (memcmp(object_names[i].base, raw.base, raw.size) == 0) {
            return (enum object_key)i;
        }
    }
    return OBJECT_KEY_COUNT;
}

static void object_read_value(struct json_read *reader, struct object_value *value)
{
    struct slice raw = SLICE_EMPTY;
    value->token = json_read_peek(reader);
    value->string = reader->string;
    if (json_read_raw(reader, &raw) == JSON_GOT && value->token != JSON_STRING) {
        value->string = (struct json_string){.raw = raw};
    }
}

bool object_begin(struct json_read *reader, struct object *object)
{
    object->keys = 0;
    object->others = 0;
    object->raw = SLICE_EMPTY;
    if (json_read_object(reader) != JSON_GOT) {
        return false;
    }
    object->begin = reader->token_at;
    return true;
}

void object_member(struct json_read *reader, struct json_string name, struct object *object)
{
    enum object_key key = object_key(name);
    if (key == OBJECT_KEY_COUNT) {
        object->others++;
        json_read_skip(reader);
        return;
    }
    object->keys |= UINT64_C(1) << key;
    object->values[key] = (struct object_value){.token = JSON_BAD};
    object_read_value(reader, &object->values[key]);
}

void object_end(struct json_read *reader, struct object *object)
{
    object->raw = slice_of(reader->text.base + object->begin, reader->position - object->begin);
}

bool object_read(struct json_read *reader, struct object *object)
{
    struct json_string name;
    if (!object_begin(reader, object)) {
        return false;
    }
    while (json_read_member(reader, &name)) {
        object_member(reader, name, object);
    }
    object_end(reader, object);
    return !json_read_failed(reader);
}

struct slice object_text(const struct object *object, enum object_key key, struct buf *out)
{
    if ((object->keys >> key & 1) == 0) {
        return SLICE_EMPTY;
    }
    const struct object_value *value = &object->values[key];
    if (value->token == JSON_NUMBER) {
        return value->string.raw;
    }
    return value->token == JSON_STRING ? unescape(value->string, out) : SLICE_EMPTY;
}
