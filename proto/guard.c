/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/guard.h"

#include "proto/wire.h"

#include "base/ensure.h"

/* A message that is being checked. */
struct guard_frame {
    const struct schema_message *message;
    struct wire_read reader;
    size_t field_at; /* Where the field begins that is being checked. */
    uint64_t field_count;
    uint32_t seen; /* One bit per number of a message that may be there once. */
};

/*
 * Invariants: 1 <= depth <= limits.depth_max while there is something to
 * check, and frames[depth - 1] is the innermost message.
 */
struct guard {
    struct guard_frame frames[OTLP_MESSAGE_DEPTH_MAX];
    unsigned depth;
    struct slice body;
    const struct guard_limits *limits;
    struct guard_report *report;
};

static enum guard_answer guard_reject(struct guard *guard, const struct guard_frame *frame,
                                      enum guard_answer answer, const char *reason)
{
    size_t start = frame->reader.message.size == 0
                       ? 0
                       : (size_t)(frame->reader.message.base - guard->body.base);

    guard->report->error_at = start + frame->field_at;
    guard->report->reason = reason;
    return answer;
}

static enum guard_answer guard_charge(struct guard *guard, uint64_t size)
{
    struct guard_report *report = guard->report;

    /* A body has fewer than 2^31 bytes, and no byte costs more than a few hundred: no overflow. */
    report->unpacked_size += size;
    if (report->unpacked_size > guard->limits->unpacked_size_max) {
        return guard_reject(guard, &guard->frames[guard->depth - 1], GUARD_TOO_BIG,
                            "it would take too much memory to unpack");
    }
    return GUARD_OK;
}

static bool guard_is_record(enum schema_id id)
{
    return id == SCHEMA_SPAN || id == SCHEMA_LOG_RECORD || id == SCHEMA_NUMBER_POINT ||
           id == SCHEMA_HISTOGRAM_POINT || id == SCHEMA_EXPONENTIAL_HISTOGRAM_POINT ||
           id == SCHEMA_SUMMARY_POINT;
}

static enum guard_answer guard_enter(struct guard *guard, enum schema_id id, struct slice bytes)
{
    const struct schema_message *message = schema_message(id);

    if (guard->depth == guard->limits->depth_max) {
        return guard_reject(guard, &guard->frames[guard->depth - 1], GUARD_TOO_DEEP,
                            "nested too deep");
    }
    struct guard_frame *frame = &guard->frames[guard->depth++];
    frame->message = message;
    frame->field_at = 0;
    frame->field_count = 0;
    frame->seen = 0;
    wire_read_init(&frame->reader, bytes);

    struct guard_report *report = guard->report;
    report->message_count++;
    report->record_count += guard_is_record(id);
    if (guard->depth > report->depth) {
        report->depth = guard->depth;
    }
    return guard_charge(guard, message->unpacked_size + GUARD_ALLOCATION_OVERHEAD);
}

/* The wire type of a field's elements. */
static enum wire_type guard_wire_type(enum schema_kind kind)
{
    switch (kind) {
    case SCHEMA_STRING:
    case SCHEMA_BYTES:
    case SCHEMA_ID_BYTES:
    case SCHEMA_MESSAGE:
        return WIRE_BYTES;
    case SCHEMA_BOOL:
    case SCHEMA_ENUM:
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_UINT32:
    case SCHEMA_UINT64:
    case SCHEMA_SINT32:
        return WIRE_VARINT;
    case SCHEMA_FIXED32:
        return WIRE_FIXED32;
    case SCHEMA_FIXED64:
    case SCHEMA_SFIXED64:
    case SCHEMA_DOUBLE:
        return WIRE_FIXED64;
    }
    ENSURE(false);
    return WIRE_BYTES;
}

/* Check the content of a packed list and count its elements. */
static bool guard_packed(struct slice bytes, enum wire_type type, uint64_t *count)
{
    *count = 0;
    if (type == WIRE_FIXED64 || type == WIRE_FIXED32) {
        size_t width = type == WIRE_FIXED64 ? 8 : 4;
        *count = bytes.size / width;
        return bytes.size % width == 0;
    }
    while (bytes.size > 0) {
        uint64_t value;
        size_t size;
        if (wire_read_varint(bytes, &value, &size) != WIRE_FIELD) {
            return false;
        }
        bytes = slice_skip(bytes, size);
        (*count)++;
    }
    return true;
}

/* ---- Fields as nearly all are. ---- */

static uint64_t guard_copy_cost(size_t size)
{
    return size > 0 ? size + GUARD_ALLOCATION_OVERHEAD : 0;
}

/* Whether size bytes are one number or flag of AnyValue and nothing else. */
static bool guard_is_number(const unsigned char *bytes, size_t size)
{
    enum { BOOL_TAG = 0x10, INT_TAG = 0x18, DOUBLE_TAG = 0x21 };
    uint64_t value;
    size_t value_size;
    if (bytes[0] == DOUBLE_TAG) {
        return size == 1 + sizeof(double);
    }
    return (bytes[0] == INT_TAG || bytes[0] == BOOL_TAG) &&
           wire_read_varint(slice_of(bytes + 1, size - 1), &value, &value_size) == WIRE_FIELD &&
           value_size + 1 == size;
}

/*
 * What an attribute of size bytes, less than 128, would take beside its two
 * messages, if it is a key and a short text or a number, in this order:
 *
 *     0a KK key  12 VV  0a TT text
 *
 * GUARD_NO_PAIR if it is anything else, good or bad.
 */
#define GUARD_NO_PAIR UINT64_MAX
static uint64_t guard_pair_cost(const unsigned char *pair, size_t size)
{
    enum { KEY_TAG = 0x0a, VALUE_TAG = 0x12, TEXT_TAG = 0x0a, HEAD = 2 };
    if (size < 3 * HEAD || pair[0] != KEY_TAG || pair[1] > size - 3 * HEAD) {
        return GUARD_NO_PAIR;
    }
    size_t key = pair[1];
    const unsigned char *value = pair + HEAD + key;
    size_t value_size = size - 2 * HEAD - key;
    if (value[0] != VALUE_TAG || value[1] != value_size) {
        return GUARD_NO_PAIR;
    }
    value += HEAD;
    if (value[0] == TEXT_TAG && value[1] == value_size - HEAD) {
        return guard_copy_cost(key) + guard_copy_cost(value_size - HEAD);
    }
    return guard_is_number(value, value_size) ? guard_copy_cost(key) : GUARD_NO_PAIR;
}

/* A field that is plain, and what it takes. */
struct guard_plain {
    size_t size;
    uint64_t cost;
    bool pair;
};

/* Whether the field at the front of rest bytes is one that the message knows, with a tag of one
 * byte and a length or a number of one byte or a fixed one, or an attribute of this kind. */
static inline bool guard_is_plain(const struct schema_message *message, const unsigned char *at,
                                  size_t rest, struct guard_plain *plain)
{
    if (rest < 2 || at[0] >= 0x80) {
        return false;
    }
    const struct schema_field *field = schema_field_by_number(message, at[0] >> 3);
    enum wire_type type = (enum wire_type)(at[0] & 7);
    if (field == NULL || field->repeated != (field->message == SCHEMA_KEY_VALUE) ||
        guard_wire_type(field->kind) != type) {
        return false;
    }
    *plain = (struct guard_plain){.size = 2};
    if (type == WIRE_FIXED64) {
        plain->size = 1 + sizeof(uint64_t);
    } else if (type == WIRE_FIXED32 || at[1] >= 0x80) {
        return false;
    } else if (type == WIRE_BYTES) {
        plain->size += at[1];
        plain->cost = guard_copy_cost(at[1]);
    }
    if (plain->size > rest) {
        return false;
    }
    if (field->kind == SCHEMA_MESSAGE) {
        plain->pair = true;
        plain->cost = field->repeated ? guard_pair_cost(at + 2, at[1]) : GUARD_NO_PAIR;
    }
    return plain->cost != GUARD_NO_PAIR;
}

/* Go on in the innermost message over plain fields.  The result is the same as field by field, and
 * guard_step() goes on where something else begins, or where a limit is near. */
static void guard_skip_plain(struct guard *guard)
{
    struct guard_frame *frame = &guard->frames[guard->depth - 1];
    struct guard_report *report = guard->report;
    const uint64_t pair_cost = (uint64_t)GUARD_LIST_POINTER_SIZE + 2 * GUARD_ALLOCATION_OVERHEAD +
                               schema_message(SCHEMA_KEY_VALUE)->unpacked_size +
                               schema_message(SCHEMA_ANY_VALUE)->unpacked_size;
    uint64_t left = guard->limits->unpacked_size_max - report->unpacked_size;
    struct slice ahead = slice_skip(frame->reader.message, frame->reader.position);
    const unsigned char *at = ahead.base;
    size_t rest = ahead.size;
    bool pairs_fit = guard->depth + 2 <= guard->limits->depth_max;
    size_t pairs = 0;
    struct guard_plain plain;
    while (guard_is_plain(frame->message, at, rest, &plain) && (pairs_fit || !plain.pair)) {
        uint64_t cost = plain.cost + (plain.pair ? pair_cost : 0);
        if (cost > left) {
            break;
        }
        left -= cost;
        at += plain.size;
        rest -= plain.size;
        pairs += plain.pair;
        frame->field_count++;
    }
    report->unpacked_size = guard->limits->unpacked_size_max - left;
    report->message_count += 2 * pairs;
    if (pairs > 0 && guard->depth + 2 > report->depth) {
        report->depth = guard->depth + 2;
    }
    frame->reader.position = frame->reader.message.size - rest;
}

/* ---- Whatever there may be. ---- */

/*
 * Descend into a submessage.  Decoders are to merge a message that is there
 * twice; no encoder writes one, and protobuf-c 1.4 fails on some of them, so
 * they are refused.
 */
static enum guard_answer guard_submessage(struct guard *guard, const struct schema_field *schema,
                                          struct slice bytes)
{
    struct guard_frame *frame = &guard->frames[guard->depth - 1];
    uint32_t bit = UINT32_C(1) << schema->number;

    if (schema->repeated) {
        enum guard_answer answer = guard_charge(guard, GUARD_LIST_POINTER_SIZE);
        return answer == GUARD_OK ? guard_enter(guard, schema->message, bytes) : answer;
    }
    if ((frame->seen & bit) != 0) {
        return guard_reject(guard, frame, GUARD_MALFORMED,
                            "a message that may be there once is there twice");
    }
    frame->seen |= bit;
    return guard_enter(guard, schema->message, bytes);
}

static enum guard_answer guard_known(struct guard *guard, const struct schema_field *schema,
                                     const struct wire_field *field)
{
    struct guard_frame *frame = &guard->frames[guard->depth - 1];
    enum wire_type type = guard_wire_type(schema->kind);
    bool packed = schema->repeated && type != WIRE_BYTES && field->type == WIRE_BYTES;

    if (packed) {
        uint64_t count;
        if (!guard_packed(field->bytes, type, &count)) {
            return guard_reject(guard, frame, GUARD_MALFORMED, "a packed list is malformed");
        }
        return guard_charge(guard, count * GUARD_LIST_SCALAR_SIZE + GUARD_ALLOCATION_OVERHEAD);
    }
    if (field->type != type) {
        return guard_reject(guard, frame, GUARD_MALFORMED, "a field has the wrong wire type");
    }
    if (schema->kind == SCHEMA_MESSAGE) {
        return guard_submessage(guard, schema, field->bytes);
    }
    if (type == WIRE_BYTES) {
        uint64_t copy = guard_copy_cost(field->bytes.size);
        return guard_charge(guard, copy + (schema->repeated ? GUARD_LIST_BYTES_SIZE : 0));
    }
    return guard_charge(guard, schema->repeated ? GUARD_LIST_SCALAR_SIZE : 0);
}

static enum guard_answer guard_field(struct guard *guard, const struct wire_field *field)
{
    struct guard_frame *frame = &guard->frames[guard->depth - 1];
    const struct schema_field *schema = schema_field_by_number(frame->message, field->number);

    frame->field_count++;
    if (schema != NULL) {
        return guard_known(guard, schema, field);
    }
    uint64_t copy = field->type == WIRE_BYTES ? field->bytes.size + 5 : 10;
    return guard_charge(guard, copy + GUARD_UNKNOWN_FIELD_SIZE + GUARD_ALLOCATION_OVERHEAD);
}

/* Go one field on in the innermost message, or leave it. */
static enum guard_answer guard_step(struct guard *guard)
{
    struct guard_frame *frame = &guard->frames[guard->depth - 1];
    struct wire_field field;
    enum guard_answer answer = GUARD_OK;

    guard_skip_plain(guard);
    frame->field_at = frame->reader.position;
    switch (wire_read_next(&frame->reader, &field)) {
    case WIRE_FIELD:
        return guard_field(guard, &field);
    case WIRE_END:
        if (frame->field_count > GUARD_SLAB_FREE_COUNT) {
            answer = guard_charge(guard, frame->field_count * GUARD_SLAB_FIELD_SIZE);
        }
        guard->depth--;
        return answer;
    case WIRE_PARTIAL:
        return guard_reject(guard, frame, GUARD_MALFORMED, "it ends inside of a field");
    case WIRE_BAD:
        break;
    }
    return guard_reject(guard, frame, GUARD_MALFORMED, "no protobuf field begins like this");
}

enum guard_answer guard_check(struct slice body, enum schema_id root,
                              const struct guard_limits *limits, struct guard_report *report)
{
    struct guard guard;

    ENSURE(limits->depth_max >= 1 && limits->depth_max <= OTLP_MESSAGE_DEPTH_MAX);
    guard.depth = 0;
    guard.body = body;
    guard.limits = limits;
    guard.report = report;
    *report = (struct guard_report){.reason = NULL};

    enum guard_answer answer = guard_enter(&guard, root, body);
    while (answer == GUARD_OK && guard.depth > 0) {
        answer = guard_step(&guard);
    }
    return answer;
}
