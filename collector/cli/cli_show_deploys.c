/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct deploy_row {
    uint64_t at_ns;
    struct slice function;
    struct slice version;
    struct slice env;
    struct slice ref;
    struct slice source;
};

static void add_deploy(struct cli_table *table, const struct cli_page *page,
                       const struct deploy_row *row)
{
    cli_cell_instant(table, page, row->at_ns);
    cli_cell_ago(table, page, row->at_ns);
    cli_cell_text(table, page, row->function.size > 0 ? row->function : SLICE("(all)"));
    cli_cell_text(table, page, row->version);
    cli_cell_text(table, page, row->env);
    cli_cell_text(table, page, row->ref);
    cli_cell_text(table, page, row->source);
}

enum cli_found cli_show_deploys(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(deploy_row, "at", CLI_JSON_INSTANT, at_ns),
        CLI_JSON_FIELD(deploy_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(deploy_row, "version", CLI_JSON_TEXT, version),
        CLI_JSON_FIELD(deploy_row, "env", CLI_JSON_TEXT, env),
        CLI_JSON_FIELD(deploy_row, "ref", CLI_JSON_TEXT, ref),
        CLI_JSON_FIELD(deploy_row, "source", CLI_JSON_TEXT, source),
    };
    static const struct cli_column columns[] = {
        {"AT", false, true},       {"AGO", true, true},   {"FUNCTION", false, false},
        {"VERSION", false, false}, {"ENV", false, false}, {"REF", false, false},
        {"KNOWN BY", false, true},
    };
    struct slice list;
    size_t count = 0;
    if (!cli_json_list_of(answer, SLICE("deploys"), page->arena, &list)) {
        return CLI_UNCLEAR;
    }
    const struct deploy_row *rows = cli_json_rows(list, fields, COUNT_OF(fields),
                                                  sizeof(struct deploy_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No deploy is known.\n");
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_deploy(&table, page, &rows[i]);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    return CLI_FOUND;
}
