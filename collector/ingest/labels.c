/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/labels.h"

#include "base/json_read.h"
#include "ingest/ingest_limits.h"
#include "proto/wire.h"

#include <stdbool.h>

/* {"commonAttributes": {}} and nothing deeper. */
#define LABELS_DEPTH_MAX 4

static bool labels_own(struct slice key)
{
    static const struct slice prefixes[] = {
        SLICE_INIT("cloud."), SLICE_INIT("faas."), SLICE_INIT("thaw."),
        SLICE_INIT("aws."),   SLICE_INIT("host."), SLICE_INIT("service."),
    };
    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        if (slice_starts(key, prefixes[i])) {
            return true;
        }
    }
    return false;
}

static enum status labels_read_pairs(struct json_read *reader, struct arena *arena,
                                     struct labels *labels)
{
    struct label *items = arena_alloc_array(arena, INGEST_FIREHOSE_PAIRS_MAX, sizeof(*items));
    struct json_string key;
    size_t pairs = 0;
    labels->items = items;
    if (items == NULL) {
        return STATUS_FULL;
    }
    while (json_read_member(reader, &key)) {
        struct json_string text;
        if (json_read_string(reader, &text) != JSON_GOT) {
            return STATUS_BAD;
        }
        struct label label = {json_string_text(key, arena), json_string_text(text, arena)};
        pairs++;
        if (pairs > INGEST_FIREHOSE_PAIRS_MAX || label.key.size == 0 ||
            label.key.size > INGEST_FIREHOSE_KEY_SIZE_MAX ||
            label.value.size > INGEST_FIREHOSE_VALUE_SIZE_MAX) {
            return STATUS_BAD;
        }
        if (!labels_own(label.key)) {
            items[labels->count++] = label;
        }
    }
    return STATUS_OK;
}

enum status labels_read(struct slice json, struct arena *arena, struct labels *labels)
{
    struct json_read reader;
    struct json_string key;
    *labels = (struct labels){.count = 0};
    if (slice_trim(json).size == 0) {
        return STATUS_OK;
    }
    json_read_init(&reader, json, LABELS_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return STATUS_BAD;
    }
    bool seen = false;
    while (json_read_member(&reader, &key)) {
        if (seen || !json_string_equal(key, SLICE("commonAttributes"))) {
            json_read_skip(&reader);
            continue;
        }
        seen = true;
        if (json_read_object(&reader) != JSON_GOT) {
            return STATUS_BAD;
        }
        enum status status = labels_read_pairs(&reader, arena, labels);
        if (status != STATUS_OK) {
            return status;
        }
    }
    if (!json_read_finish(&reader)) {
        return STATUS_BAD;
    }
    return arena_overflowed(arena) ? STATUS_FULL : STATUS_OK;
}

static void labels_write_resource(const struct labels *labels, struct slice resource,
                                  struct buf *out)
{
    size_t opened = wire_write_open(out, 1);
    buf_append(out, resource);
    for (size_t i = 0; i < labels->count; i++) {
        size_t pair = wire_write_open(out, 1);
        wire_write_bytes(out, 1, labels->items[i].key);
        size_t value = wire_write_open(out, 2);
        wire_write_bytes(out, 1, labels->items[i].value);
        wire_write_close(out, value);
        wire_write_close(out, pair);
    }
    wire_write_close(out, opened);
}

void labels_write(const struct labels *labels, struct slice protobuf, struct buf *out)
{
    struct wire_read blocks;
    struct wire_field block;
    wire_read_init(&blocks, protobuf);
    while (wire_read_next(&blocks, &block) == WIRE_FIELD) {
        struct wire_read parts;
        struct wire_field part;
        size_t opened = wire_write_open(out, block.number);
        wire_read_init(&parts, block.bytes);
        size_t from = 0;
        while (wire_read_next(&parts, &part) == WIRE_FIELD) {
            if (part.number == 1) {
                labels_write_resource(labels, part.bytes, out);
            } else {
                buf_append(out, slice_take(slice_skip(block.bytes, from), parts.position - from));
            }
            from = parts.position;
        }
        wire_write_close(out, opened);
    }
}
