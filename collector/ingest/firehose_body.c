/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/firehose_body.h"

#include "base/base64.h"
#include "base/json_read.h"
#include "ingest/ingest_limits.h"

/* {"records": [{"data": ""}]}; what a later version may add is skipped, to this depth. */
#define FIREHOSE_DEPTH_MAX 16

const char *firehose_body_wrong(struct slice body, struct slice id)
{
    struct json_read reader;
    struct json_string key;
    uint64_t records = 0;
    bool same = false;
    bool listed = false;
    json_read_init(&reader, body, FIREHOSE_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return "the body is not a JSON object";
    }
    while (json_read_member(&reader, &key)) {
        struct json_string text;
        if (json_string_equal(key, SLICE("requestId"))) {
            same = json_read_string(&reader, &text) == JSON_GOT && json_string_equal(text, id);
        } else if (json_string_equal(key, SLICE("records"))) {
            listed = json_read_array(&reader) == JSON_GOT;
            for (records = 0; listed && json_read_element(&reader);) {
                json_read_skip(&reader);
                records++;
            }
        } else {
            json_read_skip(&reader);
        }
    }
    if (!json_read_finish(&reader)) {
        return "the body is not JSON";
    }
    if (!same) {
        return "requestId is not that of X-Amz-Firehose-Request-Id";
    }
    return !listed || records == 0                 ? "there are no records"
           : records > INGEST_FIREHOSE_RECORDS_MAX ? "there are more than 10000 records"
                                                   : NULL;
}

/* Give out one record; false: no memory, or the sink wants no more. */
static bool firehose_record(struct json_string data, struct arena *arena, struct buf *bytes,
                            const struct firehose_body_sink *sink, uint64_t *usable)
{
    size_t mark = arena_mark(arena);
    struct slice text = json_string_text(data, arena);
    buf_reset(bytes);
    bool decoded = base64_decode(text, bytes);
    bool fits = !buf_overflowed(bytes) && !arena_overflowed(arena);
    if (fits && !decoded) {
        sink->refused(sink->context, "a record that is no base64", text);
    }
    arena_rewind(arena, mark);
    if (!fits || !decoded) {
        return fits;
    }
    (*usable)++;
    return bytes->size == 0 || sink->record(sink->context, buf_bytes(bytes));
}

/* The text of {"data": TEXT}; false: there is none. */
static bool firehose_data(struct json_read *reader, struct json_string *data)
{
    struct json_string key;
    bool found = false;
    if (json_read_object(reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("data"))) {
            found = json_read_string(reader, data) == JSON_GOT;
        } else {
            json_read_skip(reader);
        }
    }
    return found;
}

bool firehose_body_read(struct slice body, struct arena *arena,
                        const struct firehose_body_sink *sink, uint64_t *usable)
{
    struct json_read reader;
    struct json_string key;
    struct buf bytes;
    bool fits = true;
    *usable = 0;
    buf_init_growing(&bytes, INGEST_BODY_SIZE_MAX);
    json_read_init(&reader, body, FIREHOSE_DEPTH_MAX);
    (void)!json_read_object(&reader);
    while (fits && json_read_member(&reader, &key)) {
        if (!json_string_equal(key, SLICE("records"))) {
            json_read_skip(&reader);
            continue;
        }
        (void)!json_read_array(&reader);
        while (fits && json_read_element(&reader)) {
            struct json_string data = {.escaped = false};
            if (firehose_data(&reader, &data)) {
                fits = firehose_record(data, arena, &bytes, sink, usable);
            } else {
                sink->refused(sink->context, "a record without data", SLICE_EMPTY);
            }
        }
    }
    buf_fini(&bytes);
    return fits;
}
