/* SPDX-License-Identifier: Apache-2.0 */
#include "otlp/block.h"

#include "base/ensure.h"
#include "proto/names.h"
#include "proto/wire.h"

enum {
    REQUEST_BLOCK = 1,
    BLOCK_RESOURCE = 1,
    BLOCK_SCOPE_ITEMS = 2,
    ITEMS_SCOPE = 1,
    ITEMS_ITEM = 2,
    SCOPE_NAME = 1,
    SCOPE_VERSION = 2,
};

struct slice block_path(enum block_signal signal)
{
    static const struct slice paths[BLOCK_SIGNALS] = {
        [BLOCK_LOGS] = SLICE_INIT("/v1/logs"),
        [BLOCK_TRACES] = SLICE_INIT("/v1/traces"),
        [BLOCK_METRICS] = SLICE_INIT("/v1/metrics"),
    };
    ENSURE(signal < BLOCK_SIGNALS);
    return paths[signal];
}

void block_read_init(struct block_read *reader, struct slice request)
{
    reader->request = request;
    reader->position = 0;
}

enum block_answer block_read_next(struct block_read *reader, struct slice *block)
{
    struct wire_read wire;
    struct wire_field field;
    wire_read_init(&wire, reader->request);
    wire.position = reader->position;
    for (;;) {
        switch (wire_read_next(&wire, &field)) {
        case WIRE_END:
            return BLOCK_END;
        case WIRE_PARTIAL:
        case WIRE_BAD:
            return BLOCK_BAD;
        case WIRE_FIELD:
            break;
        }
        reader->position = wire.position;
        if (field.number == REQUEST_BLOCK) {
            if (field.type != WIRE_BYTES) {
                return BLOCK_BAD;
            }
            *block = field.bytes;
            return BLOCK_GOT;
        }
    }
}

/* Whether the fields of a message are well-formed, and those that we descend into are messages. */
static bool fields_valid(struct slice message, uint32_t inner, bool (*valid)(struct slice))
{
    struct wire_read wire;
    struct wire_field field;
    enum wire_answer answer;
    wire_read_init(&wire, message);
    while ((answer = wire_read_next(&wire, &field)) == WIRE_FIELD) {
        if (valid != NULL && field.number == inner &&
            (field.type != WIRE_BYTES || !valid(field.bytes))) {
            return false;
        }
    }
    return answer == WIRE_END;
}

static bool pair_valid(struct slice pair)
{
    return fields_valid(pair, 0, NULL);
}

static bool resource_valid(struct slice resource)
{
    return fields_valid(resource, 1, pair_valid);
}

bool block_valid(struct slice block)
{
    return fields_valid(block, BLOCK_RESOURCE, resource_valid);
}

void block_complete(const struct resource *resource, struct slice block, uint64_t seq,
                    struct buf *out)
{
    struct wire_read wire;
    struct wire_field field;
    struct slice sent = SLICE_EMPTY;
    size_t opened = wire_write_open(out, REQUEST_BLOCK);
    wire_read_init(&wire, block);
    while (wire_read_next(&wire, &field) == WIRE_FIELD) {
        if (field.number == BLOCK_RESOURCE && field.type == WIRE_BYTES) {
            sent = field.bytes;
        }
    }
    size_t inner = wire_write_open(out, BLOCK_RESOURCE);
    resource_complete(resource, sent, seq, out);
    wire_write_close(out, inner);

    wire_read_init(&wire, block);
    size_t before = 0;
    while (wire_read_next(&wire, &field) == WIRE_FIELD) {
        if (field.number != BLOCK_RESOURCE) {
            buf_append(out, slice_of(block.base + before, wire.position - before));
        }
        before = wire.position;
    }
    wire_write_close(out, opened);
}

struct block_own block_own_open(const struct resource *resource, struct buf *out)
{
    struct block_own own;
    own.block = wire_write_open(out, REQUEST_BLOCK);
    size_t inner = wire_write_open(out, BLOCK_RESOURCE);
    resource_write(resource, out);
    wire_write_close(out, inner);
    own.scope = wire_write_open(out, BLOCK_SCOPE_ITEMS);
    size_t scope = wire_write_open(out, ITEMS_SCOPE);
    wire_write_bytes(out, SCOPE_NAME, NAME_SCOPE_AGENT);
    wire_write_bytes(out, SCOPE_VERSION, resource->agent_version);
    wire_write_close(out, scope);
    return own;
}

void block_record(struct buf *out, struct slice record)
{
    wire_write_bytes(out, ITEMS_ITEM, record);
}

void block_own_close(struct buf *out, struct block_own own)
{
    wire_write_close(out, own.scope);
    wire_write_close(out, own.block);
}

uint64_t block_rejected(struct slice answer)
{
    struct wire_read reader;
    struct wire_field field;
    struct slice partial = SLICE_EMPTY;
    uint64_t rejected = 0;
    wire_read_init(&reader, answer);
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        if (field.number == 1 && field.type == WIRE_BYTES) {
            partial = field.bytes;
        }
    }
    wire_read_init(&reader, partial);
    while (wire_read_next(&reader, &field) == WIRE_FIELD) {
        if (field.number == 1 && field.type == WIRE_VARINT) {
            rejected = field.value;
        }
    }
    return rejected;
}
