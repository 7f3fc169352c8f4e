/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/guard.h"
#include "proto/transcode.h"
#include "proto/wire.h"

#include "base/ensure.h"

/*
 * A message that is being written as an object.  Its fields are written in the
 * order of the table, and for each of them the bytes are gone through anew: so
 * a list becomes one array wherever its elements stand.
 */
struct transcode_level {
    const struct schema_message *message;
    struct slice bytes;
    size_t index;            /* The field that is being written. */
    bool in_list;            /* Its array is open, */
    struct wire_read reader; /* and this is how far it has come. */
};

/* The next field of the message; false at its end.  The guard has found nothing wrong in it. */
static bool transcode_next(struct wire_read *reader, struct wire_field *field)
{
    enum wire_answer answer = wire_read_next(reader, field);

    ENSURE(answer == WIRE_FIELD || answer == WIRE_END);
    return answer == WIRE_FIELD;
}

/*
 * Find the last occurrence of a field, which is the one that counts.  A member
 * of a oneof counts only if no other member comes after it.
 */
static bool transcode_last(const struct transcode_level *level, const struct schema_field *schema,
                           struct wire_field *last)
{
    struct wire_read reader;
    struct wire_field field;
    bool found = false;

    wire_read_init(&reader, level->bytes);
    while (transcode_next(&reader, &field)) {
        if (field.number == schema->number) {
            *last = field;
            found = true;
        } else if (schema->oneof && found) {
            const struct schema_field *other = schema_field_by_number(level->message, field.number);
            found = other == NULL || !other->oneof;
        }
    }
    return found;
}

static bool transcode_is_default(const struct schema_field *schema, const struct wire_field *field)
{
    if (schema->presence || schema->kind == SCHEMA_MESSAGE) {
        return false;
    }
    return field->type == WIRE_BYTES ? field->bytes.size == 0 : field->value == 0;
}

/* Write a value that is no message. */
static void transcode_scalar(struct json_write *writer, enum schema_kind kind,
                             const struct wire_field *field)
{
    switch (kind) {
    case SCHEMA_STRING:
        json_write_string(writer, field->bytes);
        return;
    case SCHEMA_BYTES:
        json_write_base64(writer, field->bytes);
        return;
    case SCHEMA_ID_BYTES:
        json_write_hex(writer, field->bytes);
        return;
    case SCHEMA_BOOL:
        json_write_bool(writer, field->value != 0);
        return;
    case SCHEMA_ENUM:
    case SCHEMA_INT32:
        json_write_i64(writer, (int32_t)(uint32_t)field->value);
        return;
    case SCHEMA_SINT32:
        json_write_i64(writer, (int32_t)wire_as_sint(field));
        return;
    case SCHEMA_UINT32:
    case SCHEMA_FIXED32:
        json_write_u64(writer, (uint32_t)field->value);
        return;
    case SCHEMA_INT64:
    case SCHEMA_SFIXED64:
        json_write_i64_text(writer, (int64_t)field->value);
        return;
    case SCHEMA_UINT64:
    case SCHEMA_FIXED64:
        json_write_u64_text(writer, field->value);
        return;
    case SCHEMA_DOUBLE:
        json_write_double(writer, wire_as_double(field), JSON_NONFINITE_TEXT);
        return;
    case SCHEMA_MESSAGE:
        break;
    }
    ENSURE(false);
}

/* Take the next element off a packed list. */
static struct wire_field transcode_take(enum schema_kind kind, struct slice *bytes)
{
    struct wire_field element = {.type = WIRE_VARINT};
    size_t size = 8;

    if (kind == SCHEMA_FIXED64 || kind == SCHEMA_SFIXED64 || kind == SCHEMA_DOUBLE) {
        for (size_t i = 0; i < size; i++) {
            element.value |= (uint64_t)bytes->base[i] << (8 * i);
        }
    } else {
        enum wire_answer answer = wire_read_varint(*bytes, &element.value, &size);
        ENSURE(answer == WIRE_FIELD);
    }
    *bytes = slice_skip(*bytes, size);
    return element;
}

static struct transcode_level transcode_level(enum schema_id id, struct slice bytes)
{
    return (struct transcode_level){.message = schema_message(id), .bytes = bytes};
}

/* Write the next element of the open list; true if it is a message, then child is it. */
static bool transcode_element(struct transcode_level *level, struct json_write *writer,
                              struct transcode_level *child)
{
    const struct schema_field *schema = &level->message->fields[level->index];
    struct wire_field field;

    while (transcode_next(&level->reader, &field)) {
        if (field.number != schema->number) {
            continue;
        }
        if (schema->kind == SCHEMA_MESSAGE) {
            *child = transcode_level(schema->message, field.bytes);
            return true;
        }
        bool text = schema->kind == SCHEMA_STRING || schema->kind == SCHEMA_BYTES ||
                    schema->kind == SCHEMA_ID_BYTES;
        if (field.type == WIRE_BYTES && !text) {
            while (field.bytes.size > 0) {
                struct wire_field element = transcode_take(schema->kind, &field.bytes);
                transcode_scalar(writer, schema->kind, &element);
            }
        } else {
            transcode_scalar(writer, schema->kind, &field);
        }
    }
    json_write_array_end(writer);
    level->in_list = false;
    level->index++;
    return false;
}

/* Write the next field of the message, or open its list; true if it is a message, then child is
 * it. */
static bool transcode_field(struct transcode_level *level, struct json_write *writer,
                            struct transcode_level *child)
{
    const struct schema_field *schema = &level->message->fields[level->index];
    struct wire_field last;

    if (!transcode_last(level, schema, &last) ||
        (!schema->repeated && transcode_is_default(schema, &last))) {
        level->index++;
        return false;
    }
    json_write_key(writer, schema_field_name(schema));
    if (schema->repeated) {
        json_write_array_begin(writer);
        level->in_list = true;
        wire_read_init(&level->reader, level->bytes);
        return false;
    }
    level->index++;
    if (schema->kind == SCHEMA_MESSAGE) {
        *child = transcode_level(schema->message, last.bytes);
        return true;
    }
    transcode_scalar(writer, schema->kind, &last);
    return false;
}

enum status transcode_to_json(struct slice message, enum schema_id root, struct json_write *writer,
                              struct transcode_error *error)
{
    struct transcode_level levels[OTLP_MESSAGE_DEPTH_MAX];
    struct guard_limits limits = {
        .depth_max = OTLP_MESSAGE_DEPTH_MAX,
        .unpacked_size_max = UINT64_MAX, /* Nothing is unpacked here. */
    };
    struct guard_report report;

    *error = (struct transcode_error){.reason = NULL};
    if (guard_check(message, root, &limits, &report) != GUARD_OK) {
        *error = (struct transcode_error){.at = report.error_at, .reason = report.reason};
        return STATUS_BAD;
    }
    unsigned depth = 1;
    levels[0] = transcode_level(root, message);
    json_write_object_begin(writer);
    while (depth > 0) {
        struct transcode_level *level = &levels[depth - 1];
        struct transcode_level child;
        bool entered = false;
        if (level->in_list) {
            entered = transcode_element(level, writer, &child);
        } else if (level->index < level->message->count) {
            entered = transcode_field(level, writer, &child);
        } else {
            json_write_object_end(writer);
            depth--;
        }
        if (entered) {
            levels[depth++] = child; /* No deeper than the guard went. */
            json_write_object_begin(writer);
        }
    }
    return buf_overflowed(writer->out) ? STATUS_FULL : STATUS_OK;
}
