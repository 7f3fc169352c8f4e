/* SPDX-License-Identifier: Apache-2.0 */
#include "notify/notify_body.h"

#include "base/json_read.h"
#include "base/timestamp.h"

#include <stdio.h>

static bool read_text(struct json_read *reader, struct arena *arena, struct slice *text)
{
    struct json_string string = {.escaped = false};
    if (json_read_string(reader, &string) != JSON_GOT) {
        return false;
    }
    *text = json_string_text(string, arena);
    return true;
}

static bool read_time(struct json_read *reader, struct arena *arena, uint64_t *time_ns)
{
    struct slice text = SLICE_EMPTY;
    uint64_t ms = 0;
    if (json_read_peek(reader) == JSON_STRING) {
        return read_text(reader, arena, &text) && timestamp_parse(text, time_ns);
    }
    if (json_read_u64(reader, &ms) != JSON_GOT || ms > UINT64_MAX / 1000000) {
        return false;
    }
    *time_ns = ms * 1000000;
    return true;
}

static bool read_texts(struct json_read *reader, struct arena *arena, struct slice *texts,
                       size_t *count)
{
    *count = 0;
    if (json_read_array(reader) != JSON_GOT) {
        return false;
    }
    bool right = true;
    while (json_read_element(reader)) {
        struct slice text = SLICE_EMPTY;
        right = read_text(reader, arena, &text) && right && *count < NOTIFY_SILENCE_MATCHER_MAX;
        if (right) {
            texts[*count] = text;
            (*count)++;
        }
    }
    return right;
}

static bool read_field(struct json_read *reader, const struct notify_body_field *field,
                       struct arena *arena)
{
    switch (field->kind) {
    case NOTIFY_BODY_TEXT:
        return read_text(reader, arena, field->text);
    case NOTIFY_BODY_TIME:
        return read_time(reader, arena, field->time_ns);
    case NOTIFY_BODY_TEXTS:
        return read_texts(reader, arena, field->texts, field->text_count);
    }
    return false;
}

enum status notify_body_read(struct slice body, const struct notify_body_field *fields,
                             size_t count, struct arena *arena, char *error, size_t error_size)
{
    static const char *const kinds[] = {"a text", "a time, RFC 3339 or milliseconds",
                                        "a list of at most 16 texts"};
    struct json_read reader;
    struct json_string key;
    json_read_init(&reader, body, 8);
    if (json_read_object(&reader) != JSON_GOT) {
        (void)snprintf(error, error_size, "the body is no JSON object");
        return STATUS_BAD;
    }
    while (json_read_member(&reader, &key)) {
        size_t i = 0;
        while (i < count && !json_string_equal(key, slice_from(fields[i].name))) {
            i++;
        }
        if (i == count) {
            (void)snprintf(error, error_size, "there is no field of that name; fields are: %s ...",
                           fields[0].name);
            return STATUS_BAD;
        }
        if (!read_field(&reader, &fields[i], arena)) {
            (void)snprintf(error, error_size, "%s is %s", fields[i].name, kinds[fields[i].kind]);
            return STATUS_BAD;
        }
    }
    if (!json_read_finish(&reader) || arena_overflowed(arena)) {
        (void)snprintf(error, error_size, "the body is no JSON, or too long");
        return STATUS_BAD;
    }
    return STATUS_OK;
}
