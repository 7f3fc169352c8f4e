/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define MS_NS 1000000

struct history_row {
    struct slice rule, state, labels;
    uint64_t from_ns, to_ns; /* 0: it goes on. */
};

static void add_row(struct cli_table *table, const struct cli_page *page,
                    const struct history_row *row)
{
    uint64_t end_ns = row->to_ns == 0 ? page->screen->now_ns : row->to_ns;
    double ms = end_ns > row->from_ns ? (double)(end_ns - row->from_ns) / MS_NS : 0;
    bool fires = slice_equal(row->state, SLICE("firing"));
    cli_table_add(table, cli_text_cell(row->state, 0, page->arena), fires ? CLI_RED : CLI_PLAIN);
    cli_cell_instant(table, page, row->from_ns);
    cli_cell_duration(table, page, (struct cli_number){true, ms});
    cli_cell_text(table, page, row->to_ns == 0 ? SLICE("goes on") : SLICE("over"));
    cli_cell_text(table, page, row->rule);
    cli_cell_text(table, page, cli_show_labels(row->labels, page->arena));
}

enum cli_found cli_show_history(struct slice list, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(history_row, "rule", CLI_JSON_TEXT, rule),
        CLI_JSON_FIELD(history_row, "state", CLI_JSON_TEXT, state),
        CLI_JSON_FIELD(history_row, "labels", CLI_JSON_RAW, labels),
        CLI_JSON_FIELD(history_row, "from", CLI_JSON_INSTANT, from_ns),
        CLI_JSON_FIELD(history_row, "to", CLI_JSON_INSTANT, to_ns),
    };
    static const struct cli_column columns[] = {
        {"STATE", false, true}, {"FROM", false, true},  {"FOR", true, true},
        {"", false, true},      {"RULE", false, false}, {"ALERT", false, false},
    };
    size_t count = 0;
    const struct history_row *rows = cli_json_rows(list, fields, COUNT_OF(fields),
                                                   sizeof(struct history_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No alert was pending or fired.\n");
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_row(&table, page, &rows[i]);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    return CLI_FOUND;
}
