/* SPDX-License-Identifier: Apache-2.0 */
#include "base/traceparent.h"

#include "base/base_limits.h"
#include "base/hex.h"

#include <stddef.h>
#include <string.h>

/* Where the fields stand, in every version: 2-32-16-2. */
enum {
    TRACE_ID_AT = 3,
    PARENT_ID_AT = 36,
    FLAGS_AT = 53,
};

static bool traceparent_is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return true;
}

static struct slice traceparent_part(struct slice text, size_t at, size_t size)
{
    return slice_take(slice_skip(text, at), size);
}

bool traceparent_parse(struct slice text, struct traceparent *context)
{
    struct traceparent parsed = {.flags = 0};
    unsigned char version;

    text = slice_trim(text);
    if (text.size < TRACEPARENT_TEXT_SIZE) {
        return false;
    }
    if (!hex_decode_lower(slice_take(text, 2), &version, 1) || version == 0xff) {
        return false;
    }
    if (text.base[TRACE_ID_AT - 1] != '-' || text.base[PARENT_ID_AT - 1] != '-' ||
        text.base[FLAGS_AT - 1] != '-') {
        return false;
    }
    /* Later versions may append fields, each with a dash before it. */
    if (text.size > TRACEPARENT_TEXT_SIZE &&
        (version == 0 || text.base[TRACEPARENT_TEXT_SIZE] != '-')) {
        return false;
    }
    if (!hex_decode_lower(traceparent_part(text, TRACE_ID_AT, 32), parsed.trace_id, 16) ||
        !hex_decode_lower(traceparent_part(text, PARENT_ID_AT, 16), parsed.parent_id, 8) ||
        !hex_decode_lower(traceparent_part(text, FLAGS_AT, 2), &parsed.flags, 1)) {
        return false;
    }
    if (traceparent_is_zero(parsed.trace_id, sizeof(parsed.trace_id)) ||
        traceparent_is_zero(parsed.parent_id, sizeof(parsed.parent_id))) {
        return false;
    }
    parsed.flags &= TRACEPARENT_FLAG_SAMPLED | TRACEPARENT_FLAG_RANDOM;
    *context = parsed;
    return true;
}

void traceparent_format(const struct traceparent *context, char text[TRACEPARENT_TEXT_SIZE + 1])
{
    memcpy(text, "00-", 3);
    hex_encode(slice_of(context->trace_id, sizeof(context->trace_id)), text + TRACE_ID_AT);
    text[PARENT_ID_AT - 1] = '-';
    hex_encode(slice_of(context->parent_id, sizeof(context->parent_id)), text + PARENT_ID_AT);
    text[FLAGS_AT - 1] = '-';
    hex_encode(slice_of(&context->flags, 1), text + FLAGS_AT);
    text[TRACEPARENT_TEXT_SIZE] = '\0';
}

static bool tracestate_is_alnum(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
}

static bool tracestate_key_valid(struct slice key)
{
    if (key.size == 0 || key.size > 256) {
        return false;
    }
    if (!tracestate_is_alnum(key.base[0])) {
        return false;
    }
    for (size_t i = 1; i < key.size; i++) {
        unsigned char byte = key.base[i];
        if (!tracestate_is_alnum(byte) && (byte == '\0' || strchr("_-*/@", byte) == NULL)) {
            return false;
        }
    }
    return true;
}

/* The value of a member whose white space is gone, so that it cannot end in a space. */
static bool tracestate_value_valid(struct slice value)
{
    if (value.size == 0 || value.size > 256) {
        return false;
    }
    for (size_t i = 0; i < value.size; i++) {
        unsigned char byte = value.base[i];
        if (byte < 0x20 || byte > 0x7e || byte == ',' || byte == '=') {
            return false;
        }
    }
    return true;
}

/* Take the next member off rest: false at the end.  Empty members are passed over. */
static bool tracestate_next(struct slice *rest, struct slice *member)
{
    while (rest->size > 0) {
        struct slice head;
        slice_cut(*rest, ',', &head, rest);
        while (head.size > 0 && (head.base[0] == ' ' || head.base[0] == '\t')) {
            head = slice_skip(head, 1);
        }
        while (head.size > 0 &&
               (head.base[head.size - 1] == ' ' || head.base[head.size - 1] == '\t')) {
            head.size--;
        }
        if (head.size > 0) {
            *member = head;
            return true;
        }
    }
    return false;
}

bool tracestate_valid(struct slice text)
{
    struct slice member;
    size_t count = 0;

    while (tracestate_next(&text, &member)) {
        struct slice key;
        struct slice value;
        if (count == TRACESTATE_MEMBER_COUNT_MAX || !slice_cut(member, '=', &key, &value) ||
            !tracestate_key_valid(key) || !tracestate_value_valid(value)) {
            return false;
        }
        count++;
    }
    return true;
}

bool tracestate_find(struct slice text, struct slice key, struct slice *value)
{
    struct slice member;

    while (tracestate_next(&text, &member)) {
        struct slice head;
        struct slice rest;
        if (slice_cut(member, '=', &head, &rest) && slice_equal(head, key)) {
            *value = rest;
            return true;
        }
    }
    return false;
}
