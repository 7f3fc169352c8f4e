/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ensure.h"
#include "base/json_read.h"
#include "base/json_write.h"
#include "base/utf8.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_SIZE_MAX = 1 << 24 };

static void copy_string(struct json_write *writer, struct json_string string, bool key)
{
    struct buf text;

    buf_init_growing(&text, OUT_SIZE_MAX);
    json_string_decode(string, &text);
    ENSURE(utf8_valid(buf_bytes(&text)));
    if (key) {
        json_write_key(writer, buf_bytes(&text));
    } else {
        json_write_string(writer, buf_bytes(&text));
    }
    buf_fini(&text);
}

/* Read text and write what was read; false if it is no JSON. */
static bool copy(struct slice text, struct buf *out)
{
    struct json_read reader;
    struct json_write writer;

    json_read_init(&reader, text, JSON_DEPTH_MAX);
    json_write_init(&writer, out);
    for (;;) {
        switch (json_read_next(&reader)) {
        case JSON_BAD:
            return false;
        case JSON_END:
            json_write_finish(&writer);
            return true;
        case JSON_OBJECT_BEGIN:
            json_write_object_begin(&writer);
            break;
        case JSON_OBJECT_END:
            json_write_object_end(&writer);
            break;
        case JSON_ARRAY_BEGIN:
            json_write_array_begin(&writer);
            break;
        case JSON_ARRAY_END:
            json_write_array_end(&writer);
            break;
        case JSON_KEY:
        case JSON_STRING:
            copy_string(&writer, reader.string, reader.token == JSON_KEY);
            break;
        case JSON_NUMBER:
            json_write_raw(&writer, reader.number);
            break;
        case JSON_TRUE:
        case JSON_FALSE:
            json_write_bool(&writer, reader.token == JSON_TRUE);
            break;
        case JSON_NULL:
            json_write_null(&writer);
            break;
        }
    }
}

/* What we read we write as valid JSON, and reading and writing that again changes nothing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once;
    struct buf twice;

    buf_init_growing(&once, OUT_SIZE_MAX);
    buf_init_growing(&twice, OUT_SIZE_MAX);
    if (copy(slice_of(data, size), &once)) {
        ENSURE(copy(buf_bytes(&once), &twice));
        ENSURE(slice_equal(buf_bytes(&once), buf_bytes(&twice)));
    }
    buf_fini(&once);
    buf_fini(&twice);
    return 0;
}
