/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_FIELDS_H
#define THAW_INGEST_OTLP_FIELDS_H

#include "base/slice.h"
#include "proto/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The fields of one message of protobuf, one after the other.  proto/wire.h is for all that is not
 * most of the work: this one has its common cases in the caller's code.  Nothing outside of the
 * message is read, whatever it says.
 *
 *     struct fields fields = fields_of(message);
 *     while (fields_next(&fields, &field)) { ... }
 *     if (fields.bad) { it is malformed }
 */
struct fields {
    const unsigned char *at;
    const unsigned char *end;
    bool bad;
};

static inline struct fields fields_of(struct slice message)
{
    static const unsigned char nothing[1] = {0};
    const unsigned char *base = message.size > 0 ? message.base : nothing;
    return (struct fields){base, base + message.size, false};
}

static inline bool fields_varint(struct fields *fields, uint64_t *value)
{
    if (fields->at < fields->end && *fields->at < 0x80) {
        *value = *fields->at++;
        return true;
    }
    size_t size = 0;
    struct slice rest = slice_of(fields->at, (size_t)(fields->end - fields->at));
    if (wire_read_varint(rest, value, &size) != WIRE_FIELD) {
        return false;
    }
    fields->at += size;
    return true;
}

static inline bool fields_payload(struct fields *fields, struct wire_field *field)
{
    size_t left;
    switch (field->type) {
    case WIRE_VARINT:
        return fields_varint(fields, &field->value);
    case WIRE_FIXED64:
    case WIRE_FIXED32: {
        size_t size = field->type == WIRE_FIXED64 ? 8 : 4;
        if ((size_t)(fields->end - fields->at) < size) {
            return false;
        }
        field->value = 0;
        for (size_t i = 0; i < size; i++) {
            field->value |= (uint64_t)fields->at[i] << (8 * i);
        }
        fields->at += size;
        return true;
    }
    case WIRE_BYTES:
        if (!fields_varint(fields, &field->value)) {
            return false;
        }
        left = (size_t)(fields->end - fields->at);
        if (field->value > left) {
            return false;
        }
        field->bytes = slice_of(fields->at, (size_t)field->value);
        fields->at += field->value;
        return true;
    }
    return false; /* Groups, and types that there are not. */
}

/* The next field; false at the end, or where the message is malformed. */
static inline bool fields_next(struct fields *fields, struct wire_field *field)
{
    uint64_t tag;
    if (fields->bad || fields->at == fields->end) {
        return false;
    }
    if (!fields_varint(fields, &tag) || tag >> 3 == 0 || tag >> 32 != 0) {
        fields->bad = true;
        return false;
    }
    field->number = (uint32_t)(tag >> 3);
    field->type = (enum wire_type)(tag & 7);
    if (!fields_payload(fields, field)) {
        fields->bad = true;
        return false;
    }
    return true;
}

/* Whether the field is of this type; else the message is malformed. */
static inline bool fields_type(struct fields *fields, const struct wire_field *field,
                               enum wire_type type)
{
    fields->bad = fields->bad || field->type != type;
    return !fields->bad;
}

/* How many fields of this number a message has. */
static inline size_t fields_count(struct slice message, uint32_t number)
{
    struct fields fields = fields_of(message);
    struct wire_field field;
    size_t count = 0;
    while (fields_next(&fields, &field)) {
        count += field.number == number && field.type == WIRE_BYTES ? 1 : 0;
    }
    return count;
}

#endif
