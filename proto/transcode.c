/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/transcode.h"

#include "proto/proto_limits.h"
#include "proto/wire.h"

#include "base/base64.h"
#include "base/ensure.h"
#include "base/hex.h"
#include "base/json_read.h"
#include "base/number.h"

#include <math.h>
#include <string.h>

/* Text of numbers and names is decoded into a small buffer: longer is none of them. */
enum { TRANSCODE_WORD_SIZE_MAX = 128 };

/*
 * A container of the JSON text that is open.  An object is a message that is
 * being written; an array is a list field of the message below it.
 */
struct transcode_frame {
    const struct schema_message *message; /* Of an object; NULL for an array. */
    const struct schema_field *list;      /* Of an array; NULL for an object. */
    size_t opened;                        /* For wire_write_close(); 0 if nothing is to close. */
    uint32_t seen; /* Of an object: one bit per number of a message that may be there once. */
};

/*
 * Invariants: frames[0 .. depth - 1] are the open containers, the innermost
 * last; message_depth of them are objects.
 */
struct transcode {
    struct json_read reader;
    struct buf *out;
    unsigned depth;
    unsigned message_depth;
    struct transcode_frame frames[JSON_DEPTH_MAX];
};

/* ---- Scalars: each writer stands before the value and answers false if the text is wrong. ---- */

static bool transcode_reject(struct transcode *transcode, const char *reason)
{
    json_read_fail(&transcode->reader, reason);
    return false;
}

/* Decode the string that was just read into word.  False if it is longer. */
static bool transcode_word(const struct transcode *transcode, char word[TRANSCODE_WORD_SIZE_MAX],
                           struct slice *text)
{
    struct buf out;

    buf_init_fixed(&out, word, TRANSCODE_WORD_SIZE_MAX);
    json_string_decode(transcode->reader.string, &out);
    *text = buf_bytes(&out);
    return !buf_overflowed(&out);
}

/* Read a value that is a number, or a string that holds one. */
static bool transcode_read_number(struct transcode *transcode, char word[TRANSCODE_WORD_SIZE_MAX],
                                  struct slice *text)
{
    switch (json_read_next(&transcode->reader)) {
    case JSON_NUMBER:
        *text = transcode->reader.number;
        return true;
    case JSON_STRING:
        return transcode_word(transcode, word, text) ||
               transcode_reject(transcode, "a number was expected");
    case JSON_BAD:
    case JSON_END:
    case JSON_OBJECT_BEGIN:
    case JSON_OBJECT_END:
    case JSON_ARRAY_BEGIN:
    case JSON_ARRAY_END:
    case JSON_KEY:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        break;
    }
    return transcode_reject(transcode, "a number was expected");
}

static bool transcode_is_signed(enum schema_kind kind)
{
    return kind == SCHEMA_INT32 || kind == SCHEMA_INT64 || kind == SCHEMA_SINT32 ||
           kind == SCHEMA_SFIXED64 || kind == SCHEMA_ENUM;
}

static bool transcode_is_32_bit(enum schema_kind kind)
{
    return kind == SCHEMA_INT32 || kind == SCHEMA_SINT32 || kind == SCHEMA_UINT32 ||
           kind == SCHEMA_FIXED32 || kind == SCHEMA_ENUM;
}

/* The integer of a kind that text stands for, negative ones as two's complement of 64 bits. */
static bool transcode_parse_integer(enum schema_kind kind, struct slice text, uint64_t *value)
{
    int64_t integer = 0;

    if (!transcode_is_signed(kind)) {
        uint64_t max = transcode_is_32_bit(kind) ? UINT32_MAX : UINT64_MAX;
        if (number_parse_u64(text, value) != NUMBER_OK) {
            /* 1e9 and 1.0 are integers too. */
            if (number_parse_scaled(text, 0, &integer) != NUMBER_OK || integer < 0) {
                return false;
            }
            *value = (uint64_t)integer;
        }
        return *value <= max;
    }
    if (number_parse_scaled(text, 0, &integer) != NUMBER_OK) {
        return false;
    }
    *value = (uint64_t)integer;
    return !transcode_is_32_bit(kind) || (integer >= INT32_MIN && integer <= INT32_MAX);
}

static bool transcode_read_integer(struct transcode *transcode, enum schema_kind kind,
                                   uint64_t *value)
{
    char word[TRANSCODE_WORD_SIZE_MAX];
    struct slice text;

    if (!transcode_read_number(transcode, word, &text)) {
        return false;
    }
    return transcode_parse_integer(kind, text, value) ||
           transcode_reject(transcode, "an integer of another range was expected");
}

static bool transcode_read_enum(struct transcode *transcode, const struct schema_field *field,
                                uint64_t *value)
{
    char word[TRANSCODE_WORD_SIZE_MAX];
    struct slice text;

    if (!transcode_read_number(transcode, word, &text)) {
        return false;
    }
    for (const struct schema_name *name = schema_names(field->names); name->name.size > 0; name++) {
        if (slice_equal(name->name, text)) {
            *value = (uint64_t)name->value;
            return true;
        }
    }
    return transcode_parse_integer(SCHEMA_ENUM, text, value) ||
           transcode_reject(transcode, "an enum has no such value");
}

static bool transcode_read_double(struct transcode *transcode, double *value)
{
    char word[TRANSCODE_WORD_SIZE_MAX];
    struct slice text;

    if (!transcode_read_number(transcode, word, &text)) {
        return false;
    }
    if (slice_equal(text, SLICE("NaN"))) {
        *value = (double)NAN;
    } else if (slice_equal(text, SLICE("Infinity"))) {
        *value = (double)INFINITY;
    } else if (slice_equal(text, SLICE("-Infinity"))) {
        *value = -(double)INFINITY;
    } else if (number_parse_double(text, value) != NUMBER_OK) {
        return transcode_reject(transcode, "a number that fits in a double was expected");
    }
    return true;
}

/* The 64 bits that a field of a number kind is written from. */
static bool transcode_read_bits(struct transcode *transcode, const struct schema_field *field,
                                uint64_t *bits)
{
    double number = 0;
    bool truth = false;

    if (field->kind == SCHEMA_DOUBLE) {
        if (!transcode_read_double(transcode, &number)) {
            return false;
        }
        memcpy(bits, &number, sizeof(*bits));
        return true;
    }
    if (field->kind == SCHEMA_ENUM) {
        return transcode_read_enum(transcode, field, bits);
    }
    if (field->kind == SCHEMA_BOOL) {
        if (json_read_bool(&transcode->reader, &truth) != JSON_GOT) {
            return transcode_reject(transcode, "true or false was expected");
        }
        *bits = truth;
        return true;
    }
    return transcode_read_integer(transcode, field->kind, bits);
}

/* Write the value of a number without its tag, as in a packed list. */
static void transcode_write_bits(struct buf *out, enum schema_kind kind, uint64_t bits)
{
    switch (kind) {
    case SCHEMA_SINT32:
        wire_write_varint(out, bits << 1 ^ ((int64_t)bits < 0 ? UINT64_MAX : 0));
        return;
    case SCHEMA_FIXED32:
        for (unsigned i = 0; i < 4; i++) {
            buf_append_byte(out, (unsigned char)(bits >> (8 * i)));
        }
        return;
    case SCHEMA_FIXED64:
    case SCHEMA_SFIXED64:
    case SCHEMA_DOUBLE:
        wire_write_raw64(out, bits);
        return;
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_UINT32:
    case SCHEMA_UINT64:
        wire_write_varint(out, bits);
        return;
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
    case SCHEMA_ID_BYTES:
    case SCHEMA_MESSAGE:
        break;
    }
    ENSURE(false);
}

static enum wire_type transcode_wire_type(enum schema_kind kind)
{
    if (kind == SCHEMA_FIXED32) {
        return WIRE_FIXED32;
    }
    bool wide = kind == SCHEMA_FIXED64 || kind == SCHEMA_SFIXED64 || kind == SCHEMA_DOUBLE;
    return wide ? WIRE_FIXED64 : WIRE_VARINT;
}

static bool transcode_number(struct transcode *transcode, const struct schema_field *field)
{
    uint64_t bits = 0;

    if (!transcode_read_bits(transcode, field, &bits)) {
        return false;
    }
    if (field->repeated) {
        transcode_write_bits(transcode->out, field->kind, bits);
    } else if (bits != 0 || field->presence) {
        wire_write_tag(transcode->out, field->number, transcode_wire_type(field->kind));
        transcode_write_bits(transcode->out, field->kind, bits);
    }
    return true;
}

/*
 * Decode the text of an id or of bytes that begins at start, in place: the
 * bytes are fewer than their text.
 */
static bool transcode_decode_hex(struct buf *out, size_t start)
{
    size_t size = (out->size - start) / 2;

    if (!hex_decode(slice_skip(buf_bytes(out), start), out->base + start, size)) {
        return false;
    }
    buf_rewind(out, start + size);
    return true;
}

static bool transcode_decode_base64(struct buf *out, size_t start)
{
    size_t middle = out->size;

    /* The bytes come behind the text first; room for them is made before, so that neither moves. */
    if (buf_reserve(out, base64_decoded_size_max(middle - start)) == NULL) {
        return true; /* The overflow is seen at the end. */
    }
    if (!base64_decode(slice_skip(buf_bytes(out), start), out)) {
        return false;
    }
    size_t size = out->size - middle;
    memmove(out->base + start, out->base + middle, size);
    buf_rewind(out, start + size);
    return true;
}

/* Append the bytes that the string stands for. */
static bool transcode_append_bytes(struct transcode *transcode, enum schema_kind kind)
{
    struct buf *out = transcode->out;
    size_t start = out->size;

    json_string_decode(transcode->reader.string, out);
    if (kind == SCHEMA_STRING || buf_overflowed(out) || out->size == start) {
        return true;
    }
    if (kind == SCHEMA_ID_BYTES) {
        return transcode_decode_hex(out, start) ||
               transcode_reject(transcode, "an id of hexadecimal digits was expected");
    }
    return transcode_decode_base64(out, start) ||
           transcode_reject(transcode, "base64 was expected");
}

static bool transcode_bytes(struct transcode *transcode, const struct schema_field *field)
{
    struct buf *out = transcode->out;

    if (json_read_next(&transcode->reader) != JSON_STRING) {
        return transcode_reject(transcode, "a string was expected");
    }
    if (transcode->reader.string.raw.size == 0 && !field->presence && !field->repeated) {
        return true;
    }
    size_t opened = wire_write_open(out, field->number);
    if (!transcode_append_bytes(transcode, field->kind)) {
        return false;
    }
    wire_write_close(out, opened);
    return true;
}

static bool transcode_is_bytes(enum schema_kind kind)
{
    return kind == SCHEMA_STRING || kind == SCHEMA_BYTES || kind == SCHEMA_ID_BYTES;
}

/* ---- Containers. ---- */

static bool transcode_push(struct transcode *transcode, struct transcode_frame frame)
{
    ENSURE(transcode->depth < JSON_DEPTH_MAX); /* The reader has refused deeper texts. */
    transcode->frames[transcode->depth++] = frame;
    return true;
}

static bool transcode_begin_message(struct transcode *transcode, enum schema_id id, size_t opened)
{
    if (json_read_next(&transcode->reader) != JSON_OBJECT_BEGIN) {
        return transcode_reject(transcode, "an object was expected");
    }
    if (transcode->message_depth == OTLP_MESSAGE_DEPTH_MAX) {
        return transcode_reject(transcode, "nested too deep");
    }
    transcode->message_depth++;
    return transcode_push(transcode, (struct transcode_frame){
                                         .message = schema_message(id),
                                         .opened = opened,
                                     });
}

static bool transcode_value(struct transcode *transcode, const struct schema_field *field)
{
    if (field->kind == SCHEMA_MESSAGE) {
        return transcode_begin_message(transcode, field->message,
                                       wire_write_open(transcode->out, field->number));
    }
    return transcode_is_bytes(field->kind) ? transcode_bytes(transcode, field)
                                           : transcode_number(transcode, field);
}

static bool transcode_begin_list(struct transcode *transcode, const struct schema_field *field)
{
    size_t opened = 0;

    if (json_read_next(&transcode->reader) != JSON_ARRAY_BEGIN) {
        return transcode_reject(transcode, "an array was expected");
    }
    if (field->kind != SCHEMA_MESSAGE && !transcode_is_bytes(field->kind)) {
        opened = wire_write_open(transcode->out, field->number); /* A packed list. */
    }
    return transcode_push(transcode, (struct transcode_frame){.list = field, .opened = opened});
}

/* Leave the innermost container. */
static void transcode_end(struct transcode *transcode)
{
    struct transcode_frame *frame = &transcode->frames[--transcode->depth];
    struct buf *out = transcode->out;

    if (frame->message != NULL) {
        transcode->message_depth--;
    }
    if (frame->opened == 0 || buf_overflowed(out)) {
        return;
    }
    if (frame->list != NULL && out->size == frame->opened) {
        /* An empty list is no field: take back its tag and its length of one byte. */
        buf_rewind(out, frame->opened - 1 - wire_varint_size((uint64_t)frame->list->number << 3));
        return;
    }
    wire_write_close(out, frame->opened);
}

static const struct schema_field *transcode_find(const struct schema_message *message,
                                                 struct json_string key)
{
    if (!key.escaped) {
        return schema_field_by_name(message, key.raw);
    }
    for (size_t i = 0; i < message->count; i++) {
        if (json_string_equal(key, schema_field_name(&message->fields[i]))) {
            return &message->fields[i];
        }
    }
    return NULL;
}

static bool transcode_member(struct transcode *transcode, struct transcode_frame *frame,
                             struct json_string key)
{
    const struct schema_field *field = transcode_find(frame->message, key);

    if (field == NULL || json_read_peek(&transcode->reader) == JSON_NULL) {
        json_read_skip(&transcode->reader);
        return true;
    }
    if (field->repeated) {
        return transcode_begin_list(transcode, field);
    }
    if (field->kind == SCHEMA_MESSAGE) {
        /* What becomes of two is unclear in JSON; on the wire the guard refuses them. */
        uint32_t bit = UINT32_C(1) << field->number;
        if ((frame->seen & bit) != 0) {
            return transcode_reject(transcode, "a key is there twice");
        }
        frame->seen |= bit;
    }
    return transcode_value(transcode, field);
}

/* Go one member or element on in the innermost container, or leave it. */
static bool transcode_step(struct transcode *transcode)
{
    struct transcode_frame *frame = &transcode->frames[transcode->depth - 1];
    struct json_string key;

    if (frame->message != NULL) {
        if (json_read_member(&transcode->reader, &key)) {
            return transcode_member(transcode, frame, key);
        }
    } else if (json_read_element(&transcode->reader)) {
        return transcode_value(transcode, frame->list);
    }
    transcode_end(transcode);
    return !json_read_failed(&transcode->reader);
}

enum status transcode_from_json(struct slice json, enum schema_id root, struct buf *out,
                                struct transcode_error *error)
{
    struct transcode transcode;

    *error = (struct transcode_error){.reason = NULL};
    json_read_init(&transcode.reader, json, JSON_DEPTH_MAX);
    transcode.out = out;
    transcode.depth = 0;
    transcode.message_depth = 0;

    bool good = transcode_begin_message(&transcode, root, 0);
    while (good && transcode.depth > 0) {
        good = transcode_step(&transcode);
    }
    if (!good || !json_read_finish(&transcode.reader)) {
        *error = (struct transcode_error){
            .at = transcode.reader.error_at,
            .reason = transcode.reader.reason,
        };
        return STATUS_BAD;
    }
    return buf_overflowed(out) ? STATUS_FULL : STATUS_OK;
}
