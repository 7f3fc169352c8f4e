/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/json_read.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Token by token: positions only go forward, and everything lies inside of the text. */
static bool read_tokens(struct slice text)
{
    struct json_read reader;
    size_t before = 0;

    json_read_init(&reader, text, 64);
    while (json_read_next(&reader) > JSON_END) {
        ENSURE(reader.token_at >= before && reader.position > reader.token_at);
        ENSURE(reader.depth <= 64);
        before = reader.token_at;
    }
    ENSURE((reader.token == JSON_BAD) == (reader.reason != NULL));
    ENSURE(reader.error_at <= text.size);
    return reader.token == JSON_END;
}

/* By structure: skipping the value must come to the same answer. */
static bool read_structure(struct slice text)
{
    struct json_read reader;
    struct json_string key;

    json_read_init(&reader, text, 64);
    switch (json_read_peek(&reader)) {
    case JSON_OBJECT_BEGIN:
        if (json_read_object(&reader) == JSON_GOT) {
            while (json_read_member(&reader, &key)) {
                (void)json_string_equal(key, SLICE("key"));
                struct slice raw;
                (void)!json_read_raw(&reader, &raw);
            }
        }
        break;
    case JSON_ARRAY_BEGIN:
        if (json_read_array(&reader) == JSON_GOT) {
            while (json_read_element(&reader)) {
                uint64_t value;
                (void)!json_read_u64(&reader, &value);
            }
        }
        break;
    case JSON_BAD:
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
    case JSON_STRING:
    case JSON_NUMBER:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        json_read_skip(&reader);
        break;
    }
    return !json_read_failed(&reader) && json_read_finish(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of(data, size);

    ENSURE(read_tokens(text) == read_structure(text));
    return 0;
}
