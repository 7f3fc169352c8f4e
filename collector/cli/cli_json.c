/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_json.h"

#include "base/ensure.h"
#include "base/number.h"

#include <string.h>

/* Read a string, decoded.  An empty one has a base, so that it is told from an unknown one. */
static struct slice read_text(struct json_read *reader, struct arena *arena)
{
    struct json_string string;
    if (json_read_string(reader, &string) != JSON_GOT) {
        return SLICE_EMPTY;
    }
    struct slice text = json_string_text(string, arena);
    return text.base == NULL ? SLICE("") : text;
}

static struct slice read_money(struct json_read *reader, struct arena *arena)
{
    struct slice amount = SLICE_EMPTY;
    struct json_string key;
    if (json_read_peek(reader) == JSON_STRING) {
        return read_text(reader, arena);
    }
    if (json_read_object(reader) != JSON_GOT) {
        return amount;
    }
    while (json_read_member(reader, &key)) {
        if (json_string_equal(key, SLICE("amount"))) {
            amount = read_text(reader, arena);
        } else {
            json_read_skip(reader);
        }
    }
    return amount;
}

static void read_field(struct json_read *reader, const struct cli_json_field *field,
                       unsigned char *record, struct arena *arena)
{
    struct slice text = SLICE_EMPTY;
    struct cli_number number = {.known = false};
    uint64_t instant_ns = 0;
    bool flag = false;
    unsigned char *at = record + field->offset;
    switch (field->kind) {
    case CLI_JSON_TEXT:
        text = read_text(reader, arena);
        memcpy(at, &text, sizeof(text));
        return;
    case CLI_JSON_NUMBER:
        number.known = json_read_double(reader, &number.value) == JSON_GOT;
        memcpy(at, &number, sizeof(number));
        return;
    case CLI_JSON_INSTANT:
        text = read_text(reader, arena);
        if (text.size == 0 || number_parse_u64(text, &instant_ns) != NUMBER_OK) {
            instant_ns = 0;
        }
        memcpy(at, &instant_ns, sizeof(instant_ns));
        return;
    case CLI_JSON_FLAG:
        flag = json_read_bool(reader, &flag) == JSON_GOT && flag;
        memcpy(at, &flag, sizeof(flag));
        return;
    case CLI_JSON_MONEY:
        text = read_money(reader, arena);
        memcpy(at, &text, sizeof(text));
        return;
    case CLI_JSON_RAW:
        if (json_read_raw(reader, &text) != JSON_GOT || slice_equal(text, SLICE("null"))) {
            text = SLICE_EMPTY;
        }
        memcpy(at, &text, sizeof(text));
        return;
    }
    ENSURE(false);
}

bool cli_json_object(struct slice text, const struct cli_json_field *fields, size_t count,
                     void *record, struct arena *arena)
{
    struct json_read reader;
    struct json_string key;
    json_read_init(&reader, text, JSON_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return false;
    }
    while (json_read_member(&reader, &key)) {
        size_t i = 0;
        while (i < count && !json_string_equal(key, fields[i].key)) {
            i++;
        }
        if (i < count) {
            read_field(&reader, &fields[i], record, arena);
        } else {
            json_read_skip(&reader);
        }
    }
    return json_read_finish(&reader);
}

void cli_json_list(struct cli_json_list *list, struct slice array)
{
    json_read_init(&list->reader, array, JSON_DEPTH_MAX);
    list->open = array.size > 0 && json_read_array(&list->reader) == JSON_GOT;
}

bool cli_json_next(struct cli_json_list *list, struct slice *element)
{
    list->open = list->open && json_read_element(&list->reader) &&
                 json_read_raw(&list->reader, element) == JSON_GOT;
    return list->open;
}

size_t cli_json_count(struct slice array)
{
    struct cli_json_list list;
    struct slice element;
    size_t count = 0;
    cli_json_list(&list, array);
    while (cli_json_next(&list, &element)) {
        count++;
    }
    return count;
}

void *cli_json_rows(struct slice array, const struct cli_json_field *fields, size_t field_count,
                    size_t record_size, size_t *count, struct arena *arena)
{
    size_t rows_max = cli_json_count(array);
    unsigned char *rows = rows_max == 0 ? NULL : arena_alloc_array(arena, rows_max, record_size);
    struct cli_json_list list;
    struct slice element;
    *count = 0;
    cli_json_list(&list, array);
    while (rows != NULL && *count < rows_max && cli_json_next(&list, &element)) {
        if (cli_json_object(element, fields, field_count, rows + *count * record_size, arena)) {
            (*count)++;
        }
    }
    return rows;
}

struct slice cli_json_text(struct slice value, struct arena *arena)
{
    struct json_read reader;
    json_read_init(&reader, value, JSON_DEPTH_MAX);
    return read_text(&reader, arena);
}

bool cli_json_list_of(struct slice text, struct slice key, struct arena *arena, struct slice *list)
{
    const struct cli_json_field field = {key, CLI_JSON_RAW, 0};
    *list = SLICE_EMPTY;
    return cli_json_object(text, &field, 1, list, arena) && list->size > 0 && list->base[0] == '[';
}
