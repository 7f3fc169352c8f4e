/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#include "base/number.h"

/* ---- query: an answer of Prometheus's API. ---- */

struct query_data {
    struct slice type, result;
};

struct query_row {
    struct slice metric, value, values, histogram, histograms;
};

/* A series as one writes it: name{label="value", ...}. */
static struct slice query_name(struct slice metric, struct arena *arena)
{
    struct json_read reader;
    struct json_string key, value;
    struct slice name = SLICE_EMPTY;
    struct slice labels = SLICE_EMPTY;
    json_read_init(&reader, metric, JSON_DEPTH_MAX);
    if (json_read_object(&reader) != JSON_GOT) {
        return SLICE("{}");
    }
    while (json_read_member(&reader, &key)) {
        if (json_read_string(&reader, &value) != JSON_GOT) {
            continue;
        }
        struct slice text = json_string_text(value, arena);
        if (json_string_equal(key, SLICE("__name__"))) {
            name = text;
            continue;
        }
        labels = arena_printf(arena, SLICE_FMT "%s" SLICE_FMT "=\"" SLICE_FMT "\"",
                              SLICE_ARG(labels), labels.size > 0 ? ", " : "",
                              SLICE_ARG(json_string_text(key, arena)), SLICE_ARG(text));
    }
    if (labels.size == 0 && name.size > 0) {
        return name;
    }
    return arena_printf(arena, SLICE_FMT "{" SLICE_FMT "}", SLICE_ARG(name), SLICE_ARG(labels));
}

/* The value of a sample, [seconds, "value"]; of a native histogram how many it counts. */
static struct slice query_value(struct slice sample, struct arena *arena)
{
    static const struct cli_json_field count[] = {
        {SLICE_INIT("count"), CLI_JSON_TEXT, 0},
    };
    struct cli_json_list list;
    struct slice time, value;
    struct slice text = SLICE_EMPTY;
    cli_json_list(&list, sample);
    if (!cli_json_next(&list, &time) || !cli_json_next(&list, &value)) {
        return SLICE_EMPTY;
    }
    if (value.size > 0 && value.base[0] == '{') {
        (void)cli_json_object(value, count, 1, &text, arena);
        return arena_printf(arena, "count " SLICE_FMT, SLICE_ARG(text));
    }
    return cli_json_text(value, arena);
}

static void query_number(struct cli_table *table, const struct cli_page *page, bool known,
                         double value)
{
    char text[NUMBER_TEXT_SIZE];
    size_t size = number_format_double(value, text);
    struct slice cell = arena_dup(page->arena, slice_of(text, size));
    cli_cell_text(table, page, known ? cell : SLICE_EMPTY);
}

/* What somebody wants to know of many samples: how many, the least, the most, the last. */
static void query_summary(struct cli_table *table, const struct cli_page *page, struct slice values)
{
    struct cli_json_list list;
    struct slice sample;
    struct slice last = SLICE_EMPTY;
    double least = 0;
    double most = 0;
    size_t count = 0;
    size_t numbers = 0;
    cli_json_list(&list, values);
    while (cli_json_next(&list, &sample)) {
        double value;
        last = query_value(sample, page->arena);
        count++;
        if (number_parse_double(last, &value) != NUMBER_OK) {
            continue;
        }
        least = numbers == 0 || value < least ? value : least;
        most = numbers == 0 || value > most ? value : most;
        numbers++;
    }
    cli_cell_count(table, page, (struct cli_number){true, (double)count});
    query_number(table, page, numbers > 0, least);
    query_number(table, page, numbers > 0, most);
    cli_cell_text(table, page, last);
}

static enum cli_found query_table(const struct query_data *data, bool instant,
                                  const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(query_row, "metric", CLI_JSON_RAW, metric),
        CLI_JSON_FIELD(query_row, "value", CLI_JSON_RAW, value),
        CLI_JSON_FIELD(query_row, "values", CLI_JSON_RAW, values),
        CLI_JSON_FIELD(query_row, "histogram", CLI_JSON_RAW, histogram),
        CLI_JSON_FIELD(query_row, "histograms", CLI_JSON_RAW, histograms),
    };
    static const struct cli_column instants[] = {{"SERIES", false, false}, {"VALUE", true, true}};
    static const struct cli_column ranges[] = {
        {"SERIES", false, false}, {"SAMPLES", true, true}, {"LEAST", true, true},
        {"MOST", true, true},     {"LAST", true, true},
    };
    struct cli_table table;
    size_t count = 0;
    const struct query_row *rows =
        cli_json_rows(data->result, fields, sizeof(fields) / sizeof(fields[0]),
                      sizeof(struct query_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No series has a sample there.\n");
        return CLI_NOTHING;
    }
    cli_table_init(&table, instant ? instants : ranges, instant ? 2 : 5, count, page->arena);
    for (size_t i = 0; i < count; i++) {
        const struct query_row *row = &rows[i];
        cli_cell_text(&table, page, query_name(row->metric, page->arena));
        if (instant) {
            struct slice sample = row->value.size > 0 ? row->value : row->histogram;
            cli_cell_text(&table, page, query_value(sample, page->arena));
        } else {
            query_summary(&table, page, row->values.size > 0 ? row->values : row->histograms);
        }
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    return CLI_FOUND;
}

enum cli_found cli_show_query(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field outer[] = {{SLICE_INIT("data"), CLI_JSON_RAW, 0}};
    static const struct cli_json_field inner[] = {
        CLI_JSON_FIELD(query_data, "resultType", CLI_JSON_TEXT, type),
        CLI_JSON_FIELD(query_data, "result", CLI_JSON_RAW, result),
    };
    struct slice whole = SLICE_EMPTY;
    struct query_data data = {.type = SLICE_EMPTY};
    if (!cli_json_object(answer, outer, 1, &whole, page->arena) ||
        !cli_json_object(whole, inner, 2, &data, page->arena) || data.result.size == 0) {
        return CLI_UNCLEAR;
    }
    if (slice_equal(data.type, SLICE("vector"))) {
        return query_table(&data, true, page);
    }
    if (slice_equal(data.type, SLICE("matrix"))) {
        return query_table(&data, false, page);
    }
    struct slice text = query_value(data.result, page->arena);
    cli_text_safe(text, page->out);
    buf_append_text(page->out, "\n");
    return CLI_FOUND;
}
