/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/otlp_fields.h"

#include "proto/wire.h"

/* Tags and lengths are 32-bit numbers, field numbers 29 bits, as the guard has it. */
#define SIZE_32    5
#define NUMBER_MAX ((UINT64_C(1) << 29) - 1)

/* A varint, and how many bytes it takes; 0: it is none. */
static size_t take_varint(struct fields *fields, uint64_t *value)
{
    size_t size = 0;
    struct slice rest = slice_of(fields->at, fields_left(fields));
    if (wire_read_varint(rest, value, &size) != WIRE_FIELD) {
        return 0;
    }
    fields->at += size;
    return size;
}

uint32_t otlp_fields_tag(struct fields *fields)
{
    uint64_t tag = 0;
    size_t size = 2;
    if (fields_left(fields) > 1 && fields->at[0] >= 0x80 && fields->at[1] < 0x80) {
        tag = (fields->at[0] & 0x7fu) | (uint64_t)fields->at[1] << 7;
        fields->at += 2;
    } else {
        size = take_varint(fields, &tag);
    }
    bool good = size > 0 && size <= SIZE_32 && tag >> 3 > 0 && tag >> 3 <= NUMBER_MAX;
    return good ? (uint32_t)tag : FIELDS_BAD;
}

bool otlp_fields_varint(struct fields *fields, uint64_t *value)
{
    return take_varint(fields, value) > 0;
}

bool otlp_fields_bytes(struct fields *fields, struct slice *bytes)
{
    uint64_t length = 0;
    size_t size = take_varint(fields, &length);
    if (size == 0 || size > SIZE_32 || length > INT32_MAX || length > fields_left(fields)) {
        return false;
    }
    *bytes = slice_of(fields->at, (size_t)length);
    fields->at += length;
    return true;
}

bool otlp_fields_other(struct fields *fields, uint32_t tag, uint32_t numbers)
{
    uint64_t number = 0;
    uint32_t half = 0;
    struct slice bytes;
    if (tag >> 3 < 32 && (numbers >> (tag >> 3) & 1) != 0) {
        return false;
    }
    switch (tag & 7) {
    case WIRE_VARINT:
        return fields_varint(fields, &number);
    case WIRE_FIXED64:
        return fields_fixed64(fields, &number);
    case WIRE_BYTES:
        return fields_bytes(fields, &bytes);
    case WIRE_FIXED32:
        return fields_fixed32(fields, &half);
    default:
        return false; /* Groups, and what is no tag. */
    }
}

size_t otlp_fields_count(struct slice message, uint32_t tag)
{
    struct fields fields = fields_of(message);
    struct slice bytes;
    size_t count = 0;
    uint32_t next;
    while ((next = fields_tag(&fields)) != FIELDS_END &&
           ((next & 7) == WIRE_BYTES ? fields_bytes(&fields, &bytes)
                                     : otlp_fields_other(&fields, next, 0))) {
        count += next == tag;
    }
    return count;
}
