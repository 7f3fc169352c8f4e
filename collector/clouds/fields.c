/* SPDX-License-Identifier: Apache-2.0 */
#include "clouds/fields.h"

#include "clouds/clouds_limits.h"
#include "streams/log_event.h"

#include "base/number.h"
#include "base/timestamp.h"

#define NS_PER_S INT64_C(1000000000)

int fields_index(const struct field_name *names, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (names[i].name.size == name.size && slice_equal_nocase(names[i].name, name)) {
            return (int)names[i].index;
        }
    }
    return -1;
}

static void fill(struct field *field, enum field_kind kind, struct slice value)
{
    if (field->kind == FIELD_NONE && value.size > 0) {
        *field = (struct field){.kind = kind, .value = value};
    }
}

void fields_take(struct json_read *reader, struct arena *arena, struct field *field)
{
    struct json_string string;
    struct slice raw = SLICE_EMPTY;
    enum json_token token = json_read_peek(reader);
    if (token == JSON_STRING) {
        if (field->kind != FIELD_NONE) {
            json_read_skip(reader);
        } else if (json_read_string(reader, &string) == JSON_GOT) {
            fill(field, FIELD_TEXT, json_string_text(string, arena));
        }
        return;
    }
    if (token == JSON_NULL || json_read_raw(reader, &raw) != JSON_GOT) {
        json_read_skip(reader);
        return;
    }
    switch (token) {
    case JSON_OBJECT_BEGIN:
        fill(field, FIELD_OBJECT, raw);
        break;
    case JSON_ARRAY_BEGIN:
        fill(field, FIELD_ARRAY, raw);
        break;
    case JSON_NUMBER:
        fill(field, FIELD_NUMBER, raw);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        fill(field, FIELD_BOOL, raw);
        break;
    case JSON_BAD:
    case JSON_END:
    case JSON_OBJECT_END:
    case JSON_ARRAY_END:
    case JSON_KEY:
    case JSON_STRING:
    case JSON_NULL:
        break;
    }
}

bool fields_read(struct slice text, struct arena *arena, const struct field_name *names,
                 size_t count, struct field *fields)
{
    struct json_read reader;
    struct json_string key;
    json_read_init(&reader, text, JSON_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        /* A name with escapes is none of ours. */
        int index = fields_index(names, count, key.raw);
        if (index >= 0) {
            fields_take(&reader, arena, &fields[index]);
        } else {
            json_read_skip(&reader);
        }
    }
    return json_read_finish(&reader);
}

struct slice fields_text(const struct field *field)
{
    switch (field->kind) {
    case FIELD_TEXT:
    case FIELD_NUMBER:
    case FIELD_BOOL:
        return field->value;
    case FIELD_NONE:
    case FIELD_OBJECT:
    case FIELD_ARRAY:
        break;
    }
    return SLICE_EMPTY;
}

int64_t fields_time_ns(struct slice text)
{
    uint64_t ns = 0;
    if (!timestamp_parse(slice_trim(text), &ns) || ns > (uint64_t)INT64_MAX) {
        return STREAMS_UNKNOWN;
    }
    return (int64_t)ns;
}

bool fields_duration(struct slice text, unsigned digits, int64_t *ns)
{
    int64_t value = 0;
    enum number_answer answer = number_parse_scaled(text, digits, &value);
    if ((answer != NUMBER_OK && answer != NUMBER_ROUNDED) || value < 0 ||
        value > CLOUDS_DURATION_NS_MAX) {
        return false;
    }
    *ns = value;
    return true;
}

bool fields_duration_google(const struct field *field, int64_t *ns)
{
    if (field->kind != FIELD_OBJECT) {
        struct slice text = fields_text(field);
        return slice_ends(text, SLICE("s")) &&
               fields_duration(slice_take(text, text.size - 1), 9, ns);
    }
    static const struct field_name names[] = {{SLICE_INIT("seconds"), 0}, {SLICE_INIT("nanos"), 1}};
    struct field parts[2] = {{.kind = FIELD_NONE}};
    struct arena none; /* Numbers have no escapes that would need room. */
    unsigned char room[ARENA_ALIGN] __attribute__((aligned(ARENA_ALIGN)));
    int64_t seconds = 0;
    int64_t nanos = 0;
    arena_init(&none, room, sizeof(room));
    if (!fields_read(field->value, &none, names, 2, parts)) {
        return false;
    }
    if ((parts[0].kind != FIELD_NONE &&
         number_parse_i64(fields_text(&parts[0]), &seconds) != NUMBER_OK) ||
        (parts[1].kind != FIELD_NONE &&
         number_parse_i64(fields_text(&parts[1]), &nanos) != NUMBER_OK)) {
        return false;
    }
    if (seconds < 0 || nanos < 0 || nanos >= NS_PER_S ||
        seconds > CLOUDS_DURATION_NS_MAX / NS_PER_S) {
        return false;
    }
    *ns = seconds * NS_PER_S + nanos;
    return *ns <= CLOUDS_DURATION_NS_MAX;
}

/* Digits below a limit. */
static bool part_of(struct slice text, uint64_t limit, int64_t *value)
{
    uint64_t number = 0;
    if (number_parse_u64(text, &number) != NUMBER_OK || number >= limit) {
        return false;
    }
    *value = (int64_t)number;
    return true;
}

bool fields_duration_net(struct slice text, int64_t *ns)
{
    struct slice days = SLICE("0");
    struct slice hours;
    struct slice minutes;
    struct slice rest;
    int64_t d = 0;
    int64_t h = 0;
    int64_t m = 0;
    int64_t s = 0;
    if (!slice_cut(text, ':', &hours, &rest) || !slice_cut(rest, ':', &minutes, &rest)) {
        return false;
    }
    if (slice_find_byte(hours, '.') != SLICE_NONE) {
        (void)slice_cut(hours, '.', &days, &hours);
    }
    if (!part_of(days, 9, &d) || !part_of(hours, 24, &h) || !part_of(minutes, 60, &m) ||
        !fields_duration(rest, 9, &s) || s >= 60 * NS_PER_S) {
        return false;
    }
    *ns = ((d * 24 + h) * 60 + m) * 60 * NS_PER_S + s;
    return *ns <= CLOUDS_DURATION_NS_MAX;
}
