/* SPDX-License-Identifier: Apache-2.0 */
#include "base/xray.h"

#include "base/base_limits.h"
#include "base/hex.h"

#include <stddef.h>
#include <string.h>

enum xray_field {
    XRAY_ROOT,
    XRAY_PARENT,
    XRAY_SAMPLED,
    XRAY_SELF,
    XRAY_LINEAGE,
    XRAY_UNKNOWN,
};

static enum xray_field xray_field(struct slice name)
{
    static const struct slice names[] = {
        [XRAY_ROOT] = SLICE_INIT("Root"),       [XRAY_PARENT] = SLICE_INIT("Parent"),
        [XRAY_SAMPLED] = SLICE_INIT("Sampled"), [XRAY_SELF] = SLICE_INIT("Self"),
        [XRAY_LINEAGE] = SLICE_INIT("Lineage"),
    };

    for (unsigned i = 0; i < XRAY_UNKNOWN; i++) {
        if (slice_equal_nocase(name, names[i])) {
            return (enum xray_field)i;
        }
    }
    return XRAY_UNKNOWN;
}

/* Take the next field that is not blank off rest; false at the end. */
static bool xray_next(struct slice *rest, struct slice *field)
{
    while (rest->size > 0) {
        struct slice head;
        slice_cut(*rest, ';', &head, rest);
        *field = slice_trim(head);
        if (field->size > 0) {
            return true;
        }
    }
    return false;
}

static enum xray_field xray_split(struct slice field, struct slice *value)
{
    struct slice name;

    slice_cut(field, '=', &name, value);
    *value = slice_trim(*value);
    return xray_field(slice_trim(name));
}

bool xray_root_parse(struct slice text, unsigned char root[16])
{
    unsigned char parsed[16];

    if (text.size != XRAY_ROOT_TEXT_SIZE || !slice_starts(text, SLICE("1-")) ||
        text.base[10] != '-') {
        return false;
    }
    if (!hex_decode(slice_take(slice_skip(text, 2), 8), parsed, 4) ||
        !hex_decode(slice_skip(text, 11), parsed + 4, 12)) {
        return false;
    }
    memcpy(root, parsed, sizeof(parsed));
    return true;
}

static bool xray_sampled_parse(struct slice text, enum xray_sampled *sampled)
{
    static const unsigned char letters[] = {'0', '1', '?'};
    static const enum xray_sampled meanings[] = {XRAY_SAMPLED_NO, XRAY_SAMPLED_YES,
                                                 XRAY_SAMPLED_ASKED};

    for (unsigned i = 0; i < 3; i++) {
        if (text.size == 1 && text.base[0] == letters[i]) {
            *sampled = meanings[i];
            return true;
        }
    }
    return false;
}

/* Take one known field into the header; false if it is malformed. */
static bool xray_take(struct xray *header, enum xray_field field, struct slice value)
{
    switch (field) {
    case XRAY_ROOT:
        header->has_root = true;
        return xray_root_parse(value, header->root);
    case XRAY_PARENT:
        header->has_parent = true;
        return hex_decode(value, header->parent, sizeof(header->parent));
    case XRAY_SAMPLED:
        return xray_sampled_parse(value, &header->sampled);
    case XRAY_SELF:
        header->self = value;
        return value.size > 0;
    case XRAY_LINEAGE:
        header->lineage = value;
        return true;
    case XRAY_UNKNOWN:
        break;
    }
    return true;
}

bool xray_parse(struct slice text, struct xray *header)
{
    struct xray parsed = {.text = text};
    struct slice rest = text;
    struct slice field;
    unsigned seen = 0;
    unsigned count = 0;

    if (text.size > XRAY_HEADER_SIZE_MAX) {
        return false;
    }
    while (xray_next(&rest, &field)) {
        struct slice value;
        enum xray_field known = xray_split(field, &value);
        if (++count > XRAY_FIELD_COUNT_MAX) {
            return false;
        }
        if (known != XRAY_UNKNOWN && (seen >> known & 1) != 0) {
            return false;
        }
        seen |= 1U << known;
        if (!xray_take(&parsed, known, value)) {
            return false;
        }
    }
    if (!parsed.has_root && parsed.self.size == 0) {
        return false;
    }
    *header = parsed;
    return true;
}

/* Append a field, with a semicolon if it is not the first since start. */
static void xray_append(struct buf *out, size_t start, const char *name, struct slice value)
{
    if (out->size > start) {
        buf_append_byte(out, ';');
    }
    buf_append_text(out, name);
    buf_append(out, value);
}

void xray_format(const struct xray *header, struct buf *out)
{
    size_t start = out->size;
    char text[XRAY_ROOT_TEXT_SIZE + 1];

    if (header->has_root) {
        xray_root_format(header->root, text);
        xray_append(out, start, "Root=", slice_of(text, XRAY_ROOT_TEXT_SIZE));
    }
    if (header->has_parent) {
        hex_encode(slice_of(header->parent, sizeof(header->parent)), text);
        xray_append(out, start, "Parent=", slice_of(text, 2 * sizeof(header->parent)));
    }
    switch (header->sampled) {
    case XRAY_SAMPLED_UNSAID:
        break;
    case XRAY_SAMPLED_NO:
        xray_append(out, start, "Sampled=", SLICE("0"));
        break;
    case XRAY_SAMPLED_YES:
        xray_append(out, start, "Sampled=", SLICE("1"));
        break;
    case XRAY_SAMPLED_ASKED:
        xray_append(out, start, "Sampled=", SLICE("?"));
        break;
    }
    if (header->self.size > 0) {
        xray_append(out, start, "Self=", header->self);
    }
    if (header->lineage.size > 0) {
        xray_append(out, start, "Lineage=", header->lineage);
    }
    struct slice rest = header->text;
    struct slice field;
    while (xray_next(&rest, &field)) {
        struct slice value;
        if (xray_split(field, &value) == XRAY_UNKNOWN) {
            xray_append(out, start, "", field);
        }
    }
}

void xray_root_format(const unsigned char root[16], char text[XRAY_ROOT_TEXT_SIZE + 1])
{
    memcpy(text, "1-", 2);
    hex_encode(slice_of(root, 4), text + 2);
    text[10] = '-';
    hex_encode(slice_of(root + 4, 12), text + 11);
    text[XRAY_ROOT_TEXT_SIZE] = '\0';
}

bool xray_to_traceparent(const struct xray *header, struct traceparent *context)
{
    struct traceparent made = {
        .flags = header->sampled == XRAY_SAMPLED_YES ? TRACEPARENT_FLAG_SAMPLED : 0,
    };
    static const unsigned char zero[16];

    if (!header->has_root || !header->has_parent || memcmp(header->root, zero, 16) == 0 ||
        memcmp(header->parent, zero, 8) == 0) {
        return false;
    }
    memcpy(made.trace_id, header->root, sizeof(made.trace_id));
    memcpy(made.parent_id, header->parent, sizeof(made.parent_id));
    *context = made;
    return true;
}

void xray_from_traceparent(const struct traceparent *context, struct xray *header)
{
    *header = (struct xray){
        .has_root = true,
        .has_parent = true,
        .sampled =
            (context->flags & TRACEPARENT_FLAG_SAMPLED) != 0 ? XRAY_SAMPLED_YES : XRAY_SAMPLED_NO,
    };
    memcpy(header->root, context->trace_id, sizeof(header->root));
    memcpy(header->parent, context->parent_id, sizeof(header->parent));
}
