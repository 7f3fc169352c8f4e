/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_csv.h"

#include "base/json_read.h"
#include "cli/cli_json.h"
#include "cli/cli_limits.h"
#include "cli/cli_text.h"

#include <string.h>

struct csv {
    struct arena *arena;
    struct slice names[CLI_CSV_COLUMN_COUNT_MAX];
    struct slice values[CLI_CSV_COLUMN_COUNT_MAX]; /* Of a row; no base: null, or not in it. */
    size_t count;
    bool full;
};

static void csv_set(struct csv *csv, struct slice name, struct slice value)
{
    size_t at = 0;
    while (at < csv->count && !slice_equal(csv->names[at], name)) {
        at++;
    }
    if (at == CLI_CSV_COLUMN_COUNT_MAX) {
        csv->full = true;
        return;
    }
    if (at == csv->count) {
        csv->names[csv->count++] = name;
    }
    csv->values[at] = value;
}

static bool is_number(struct slice text)
{
    bool digit = false;
    for (size_t i = 0; i < text.size; i++) {
        bool is_digit = text.base[i] >= '0' && text.base[i] <= '9';
        if (!is_digit && strchr("+-.eE", text.base[i]) == NULL) {
            return false;
        }
        digit = digit || is_digit;
    }
    return digit;
}

/* A text that nobody takes for anything else. */
static struct slice csv_text(struct csv *csv, struct json_string string)
{
    struct slice text = cli_text_cell(json_string_text(string, csv->arena), 0, csv->arena);
    bool formula = text.size > 0 && strchr("=+-@", text.base[0]) != NULL && !is_number(text);
    return formula ? arena_printf(csv->arena, "'" SLICE_FMT, SLICE_ARG(text)) : text;
}

static void csv_value(struct csv *csv, struct json_read *reader, struct slice name)
{
    struct json_string string;
    struct slice raw = SLICE_EMPTY;
    enum json_token token = json_read_peek(reader);
    if (token == JSON_STRING && json_read_string(reader, &string) == JSON_GOT) {
        csv_set(csv, name, csv_text(csv, string));
    } else if (token == JSON_NULL) {
        json_read_skip(reader);
        csv_set(csv, name, raw);
    } else if (json_read_raw(reader, &raw) == JSON_GOT) {
        csv_set(csv, name, raw);
    }
}

/* The members of a row, and of the objects in it: no deeper than CLI_CSV_DEPTH_MAX. */
static void csv_row(struct csv *csv, struct slice row)
{
    struct json_read reader;
    struct json_string key;
    struct slice names[CLI_CSV_DEPTH_MAX] = {SLICE_EMPTY};
    unsigned depth = 0;
    json_read_init(&reader, row, JSON_DEPTH_MAX);
    bool open = json_read_object(&reader) == JSON_GOT;
    while (open) {
        if (!json_read_member(&reader, &key)) {
            open = !json_read_failed(&reader) && depth-- > 0;
            continue;
        }
        struct slice text = json_string_text(key, csv->arena);
        struct slice name = depth == 0 ? text
                                       : arena_printf(csv->arena, SLICE_FMT "." SLICE_FMT,
                                                      SLICE_ARG(names[depth]), SLICE_ARG(text));
        if (json_read_peek(&reader) == JSON_OBJECT_BEGIN && depth + 1 < CLI_CSV_DEPTH_MAX) {
            names[++depth] = name;
            open = json_read_object(&reader) == JSON_GOT;
        } else {
            csv_value(csv, &reader, name);
        }
    }
}

static void csv_cell(struct slice text, struct buf *out)
{
    bool quoted = false;
    for (size_t i = 0; i < text.size; i++) {
        quoted = quoted || strchr(",\"\r\n", text.base[i]) != NULL;
    }
    if (!quoted) {
        buf_append(out, text);
        return;
    }
    buf_append_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        buf_append_text(out, text.base[i] == '"' ? "\"" : "");
        buf_append_byte(out, text.base[i]);
    }
    buf_append_byte(out, '"');
}

/* Whether a column is an object in some row, and null in another. */
static bool has_members(const struct csv *csv, struct slice name)
{
    for (size_t i = 0; i < csv->count; i++) {
        if (csv->names[i].size > name.size && csv->names[i].base[name.size] == '.' &&
            slice_starts(csv->names[i], name)) {
            return true;
        }
    }
    return false;
}

static void csv_line(const struct csv *csv, const struct slice *cells, struct buf *out)
{
    const char *comma = "";
    for (size_t i = 0; i < csv->count; i++) {
        if (!has_members(csv, csv->names[i])) {
            buf_append_text(out, comma);
            csv_cell(cells[i], out);
            comma = ",";
        }
    }
    buf_append_byte(out, '\n');
}

bool cli_csv_print(struct slice answer, struct slice array, struct arena *arena, struct buf *out)
{
    struct slice rows, row;
    struct cli_json_list list;
    struct csv csv = {.arena = arena};
    if (!cli_json_list_of(answer, array, arena, &rows)) {
        return false;
    }
    cli_json_list(&list, rows);
    while (cli_json_next(&list, &row)) {
        csv_row(&csv, row);
    }
    if (csv.count > 0) {
        csv_line(&csv, csv.names, out);
    }
    cli_json_list(&list, rows);
    while (cli_json_next(&list, &row)) {
        memset(csv.values, 0, sizeof(csv.values));
        csv_row(&csv, row);
        csv_line(&csv, csv.values, out);
    }
    return !csv.full;
}
