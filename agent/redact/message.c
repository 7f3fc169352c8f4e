/* SPDX-License-Identifier: Apache-2.0 */
#include "redact/message.h"

#include "base/ensure.h"
#include "proto/proto_limits.h"
#include "proto/wire.h"

#include <string.h>

struct level {
    struct wire_read reader;
    const struct schema_message *message;
    bool secret; /* The name of the attribute around it says so. */
    enum redact_detector detector;
};

struct walk {
    struct redact *redact;
    unsigned char *bytes;
    uint64_t *counts;
    size_t depth;
    struct level levels[OTLP_MESSAGE_DEPTH_MAX + 1];
};

static unsigned char *place_of(const struct walk *walk, struct slice text)
{
    return walk->bytes + (text.base - walk->levels[0].reader.message.base);
}

/* A text of any size: in windows that overlap. */
static void redact_text(const struct walk *walk, struct slice text)
{
    struct redact_found found = {.carry = REDACT_CARRY_NONE, .carried = REDACT_SECRET};
    size_t at = 0;
    size_t overlap = 0;
    while (at < text.size) {
        struct redact_piece piece = {
            .text = slice_take(slice_skip(text, at), REDACT_WINDOW_MAX),
            .carry = found.carry,
            .carried = found.carried,
            .carry_at = overlap,
        };
        bool last = piece.text.size == text.size - at;
        piece.open = !last;
        redact_scan(walk->redact, &piece, &found);
        for (size_t i = 0; i < found.count; i++) {
            walk->counts[found.spans[i].detector]++;
        }
        redact_blot(walk->redact, &found, place_of(walk, piece.text));
        if (last) {
            return;
        }
        overlap = REDACT_AHEAD;
        at += REDACT_WINDOW_MAX - REDACT_AHEAD;
    }
}

/* All of a text. */
static void blot_text(const struct walk *walk, struct slice text, enum redact_detector detector)
{
    struct redact_found found = {.count = 1};
    if (text.size == 0) {
        return;
    }
    found.spans[0] =
        (struct redact_span){.end = (uint32_t)text.size, .detector = (unsigned char)detector};
    redact_blot(walk->redact, &found, place_of(walk, text));
    walk->counts[detector]++;
}

static void enter(struct walk *walk, enum schema_id id, struct slice bytes)
{
    struct level *level = &walk->levels[walk->depth];
    const struct level *outer = walk->depth > 0 ? level - 1 : NULL;
    ENSURE(walk->depth <= OTLP_MESSAGE_DEPTH_MAX);
    *level = (struct level){.message = schema_message(id),
                            .secret = outer != NULL && outer->secret,
                            .detector = outer != NULL ? outer->detector : REDACT_SECRET};
    wire_read_init(&level->reader, bytes);
    walk->depth++;
    if (id != SCHEMA_KEY_VALUE || level->secret) {
        return;
    }
    /* The name may stand behind the value. */
    struct wire_read reader = level->reader;
    struct wire_field field;
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        if (field.number == 1 && field.type == WIRE_BYTES) {
            level->secret = redact_key(walk->redact, field.bytes, &level->detector);
        }
    }
}

static void take_field(struct walk *walk, const struct wire_field *field)
{
    const struct level *level = &walk->levels[walk->depth - 1];
    const struct schema_field *known = schema_field_by_number(level->message, field->number);
    if (known == NULL || field->type != WIRE_BYTES || field->bytes.size == 0) {
        return;
    }
    bool text = known->kind == SCHEMA_STRING || known->kind == SCHEMA_BYTES;
    if (known->kind == SCHEMA_MESSAGE) {
        enter(walk, known->message, field->bytes);
    } else if (text && level->secret && level->message == schema_message(SCHEMA_ANY_VALUE)) {
        blot_text(walk, field->bytes, level->detector);
    } else if (text) {
        redact_text(walk, field->bytes);
    }
}

void message_redact(struct redact *redact, enum schema_id root, unsigned char *bytes, size_t size,
                    uint64_t counts[REDACT_DETECTORS])
{
    struct walk walk = {.redact = redact, .bytes = bytes, .counts = counts};
    struct wire_field field;
    enter(&walk, root, slice_of(bytes, size));
    while (walk.depth > 0) {
        if (wire_read_next(&walk.levels[walk.depth - 1].reader, &field) == WIRE_FIELD) {
            take_field(&walk, &field);
        } else {
            walk.depth--;
        }
    }
}
