/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_INGEST_OTLP_FIELDS_H
#define THAW_INGEST_OTLP_FIELDS_H

#include "base/bytes.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The fields of one message of protobuf, one after the other.  proto/wire.h is for all that is not
 * most of the work: this one has its common cases in the caller's code.  Nothing outside of the
 * message is read, whatever it says, and what it takes is what proto/guard.h takes.
 *
 *     struct fields fields = fields_of(message);
 *     uint32_t tag;
 *     while ((tag = fields_tag(&fields)) != FIELDS_END) {
 *         bool good = tag == TAG_BYTES(1) ? fields_bytes(&fields, &name)
 *                                         : otlp_fields_other(&fields, tag, FIELDS_TO(1));
 *         if (!good) { it is malformed }
 *     }
 */
struct fields {
    const unsigned char *at;
    const unsigned char *end;
};

/* Number and type, as they stand there. */
#define TAG_VARINT(number)  ((number) << 3 | 0u)
#define TAG_FIXED64(number) ((number) << 3 | 1u)
#define TAG_BYTES(number)   ((number) << 3 | 2u)
#define TAG_FIXED32(number) ((number) << 3 | 5u)

/* What is no tag: there is no field left, or none begins like this. */
#define FIELDS_END 0u
#define FIELDS_BAD 7u

/* A set of the numbers 1 to number, which is less than 31. */
#define FIELDS_TO(number) ((UINT32_C(2) << (number)) - 2)

static inline struct fields fields_of(struct slice message)
{
    static const unsigned char nothing[1] = {0};
    const unsigned char *base = message.size > 0 ? message.base : nothing;
    return (struct fields){base, base + message.size};
}

/* What is longer than one byte. */
uint32_t otlp_fields_tag(struct fields *fields) THAW_CHECK;
bool otlp_fields_varint(struct fields *fields, uint64_t *value) THAW_CHECK;
bool otlp_fields_bytes(struct fields *fields, struct slice *bytes) THAW_CHECK;

static inline size_t fields_left(const struct fields *fields)
{
    return (size_t)(fields->end - fields->at);
}

/* The tag of the next field, whose value is to be read next; or one of the two above. */
static inline uint32_t fields_tag(struct fields *fields)
{
    if (fields->at == fields->end) {
        return FIELDS_END;
    }
    if (*fields->at >= TAG_VARINT(1u) && *fields->at < 0x80) {
        return *fields->at++;
    }
    return otlp_fields_tag(fields);
}

static inline bool fields_varint(struct fields *fields, uint64_t *value)
{
    if (fields->at < fields->end && *fields->at < 0x80) {
        *value = *fields->at++;
        return true;
    }
    return otlp_fields_varint(fields, value);
}

static inline bool fields_bytes(struct fields *fields, struct slice *bytes)
{
    size_t left = fields_left(fields);
    if (left > 0 && fields->at[0] < 0x80 && fields->at[0] < left) {
        *bytes = (struct slice){fields->at + 1, fields->at[0]};
        fields->at += 1 + (size_t)fields->at[0];
        return true;
    }
    if (left > 1 && fields->at[0] >= 0x80 && fields->at[1] < 0x80) {
        size_t size = (fields->at[0] & 0x7fu) | (size_t)fields->at[1] << 7;
        if (size <= left - 2) {
            *bytes = (struct slice){fields->at + 2, size};
            fields->at += 2 + size;
            return true;
        }
    }
    return otlp_fields_bytes(fields, bytes);
}

static inline bool fields_fixed64(struct fields *fields, uint64_t *value)
{
    if (fields_left(fields) < 8) {
        return false;
    }
    *value = bytes_get64(fields->at);
    fields->at += 8;
    return true;
}

static inline bool fields_fixed32(struct fields *fields, uint32_t *value)
{
    if (fields_left(fields) < 4) {
        return false;
    }
    *value = bytes_get32(fields->at);
    fields->at += 4;
    return true;
}

/* Pass over a field.  False: it is malformed, or its number is one of those that the message has,
 * so that it has another type than it should. */
bool otlp_fields_other(struct fields *fields, uint32_t tag, uint32_t numbers) THAW_CHECK;

/* How many fields of this tag a message has, as far as it is well-formed. */
size_t otlp_fields_count(struct slice message, uint32_t tag);

#endif
