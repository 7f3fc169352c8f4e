/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/known.h"

#include "proto/names.h"
#include "proto/wire.h"

/* The first field of this number, empty where there is none. */
static struct slice known_field(struct slice message, uint32_t number)
{
    struct wire_read reader;
    struct wire_field field;
    wire_read_init(&reader, message);
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        if (field.number == number && field.type == WIRE_BYTES) {
            return field.bytes;
        }
    }
    return SLICE_EMPTY;
}

bool known_kind(struct slice protobuf)
{
    /* Requests of logs and of metrics have the same outer form: blocks of a resource (1), in them
     * blocks of a scope (2), in them the scope (1) and its name (1). */
    struct slice block = known_field(known_field(protobuf, 1), 2);
    struct slice name = known_field(known_field(block, 1), 1);
    return slice_equal(name, NAME_SCOPE_LOGS) || slice_equal(name, NAME_SCOPE_EMF);
}

bool known_has(struct store *store, struct id16 hash)
{
    return store_knows(store, hash);
}

void known_note(struct store *store, const struct frame *frame, struct frame_ref ref)
{
    if (known_kind(frame->body)) {
        bool hashed = frame->hash.bytes[0] != 0;
        store_note(store, hashed ? frame->hash : store_hash(store, frame->body), ref);
    }
}
