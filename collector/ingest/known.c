/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/known.h"

#include "base/hash.h"
#include "proto/names.h"
#include "proto/wire.h"

#include <string.h>

/* The key is fixed, and so are the ids: a restart finds what was kept before.  It guards against
 * accidents; who may send may also lie in simpler ways. */
static const struct hash_key known_key = {
    {UINT64_C(0x7468617777687961), UINT64_C(0x6c6f677374726561)}};

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

struct id16 known_id(struct slice protobuf)
{
    struct hash_128 hash = hash_sip128(&known_key, protobuf);
    struct id16 id;
    memcpy(id.bytes, hash.bytes, sizeof(id.bytes));
    return id;
}

bool known_has(struct store *store, struct slice protobuf)
{
    struct frame_ref ref;
    struct id16 id = known_id(protobuf);
    return store_find(store, &id, 1, &ref, 1) > 0;
}
