/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_PROTO_WIRE_H
#define THAW_PROTO_WIRE_H

#include "base/buf.h"
#include "base/slice.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The wire format of Protocol Buffers, field by field and without a schema.
 * Pure: no allocation, no recursion.
 *
 * Reading: a wire_read goes over the fields of one message; to descend, begin
 * another one over the bytes of a field.
 *
 * Writing: append to a buf.  Submessages are opened and closed; their length
 * is written at the close with as few bytes as it needs, and what was written
 * since then moves up by up to four bytes.  So the bytes are the canonical
 * ones, the same that any other encoder makes, at the price of one memmove per
 * submessage of more than 127 bytes.  Running out of room is asked of the buf.
 */
enum wire_type {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5,
};

struct wire_field {
    uint32_t number; /* 1 to 2^29 - 1. */
    enum wire_type type;
    uint64_t value;     /* Of WIRE_VARINT, WIRE_FIXED64 and WIRE_FIXED32. */
    struct slice bytes; /* Of WIRE_BYTES, inside of the message. */
};

enum wire_answer {
    WIRE_FIELD,   /* There is a field. */
    WIRE_END,     /* The message ended with the field before. */
    WIRE_PARTIAL, /* The message ends inside of a field. */
    WIRE_BAD,     /* No message continues like this: a wrong tag, a group, a varint too long. */
};

struct wire_read {
    struct slice message;
    size_t position; /* After a field: behind it.  After an error: where that field begins. */
};

/* Read the fields of message, which must outlive the reader and its fields. */
void wire_read_init(struct wire_read *reader, struct slice message);

/* Read the next field.  After WIRE_PARTIAL and WIRE_BAD the answer stays the same. */
enum wire_answer wire_read_next(struct wire_read *reader, struct wire_field *field) THAW_CHECK;

/* Read one varint at the front of bytes and its size: WIRE_FIELD, WIRE_PARTIAL or WIRE_BAD. */
enum wire_answer wire_read_varint(struct slice bytes, uint64_t *value, size_t *size) THAW_CHECK;

/* The value of a field as the schema's type. */
int64_t wire_as_sint(const struct wire_field *field);  /* sint32, sint64: zigzag. */
double wire_as_double(const struct wire_field *field); /* A fixed64 that is a double. */

/* Bytes that a varint takes. */
size_t wire_varint_size(uint64_t value);

/* Append a field.  They write what they are given, zero included: leaving out defaults is the
 * caller's choice.  Negative int32 and int64 take ten bytes. */
void wire_write_u64(struct buf *out, uint32_t number, uint64_t value);
void wire_write_i64(struct buf *out, uint32_t number, int64_t value);
void wire_write_sint(struct buf *out, uint32_t number, int64_t value);
void wire_write_bool(struct buf *out, uint32_t number, bool value);
void wire_write_fixed64(struct buf *out, uint32_t number, uint64_t value);
void wire_write_fixed32(struct buf *out, uint32_t number, uint32_t value);
void wire_write_double(struct buf *out, uint32_t number, double value);
void wire_write_bytes(struct buf *out, uint32_t number, struct slice bytes);

/* Append the parts of a field: for packed lists, between wire_write_open() and _close(). */
void wire_write_tag(struct buf *out, uint32_t number, enum wire_type type);
void wire_write_varint(struct buf *out, uint64_t value);
void wire_write_raw64(struct buf *out, uint64_t value); /* Eight bytes, little end first. */

/*
 * Begin a submessage (or a packed list) in field number.  What is appended
 * until wire_write_close() is called with the answer is its content.  Several
 * may be open; the last opened is closed first.
 */
size_t wire_write_open(struct buf *out, uint32_t number) THAW_CHECK;
void wire_write_close(struct buf *out, size_t opened);

/* Begin one whose content is known to have size bytes, which are appended next: there is nothing to
 * be closed.  And what the head of such a field takes, number and size. */
void wire_write_head(struct buf *out, uint32_t number, size_t size);
size_t wire_head_size(uint32_t number, size_t size);

#endif
