/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct kept_row {
    struct cli_number instances, served, cold, init;
    struct slice invocations, standing, cost;
};

struct kept {
    struct cli_number invocations, error;
    struct slice rows;
};

static void append_facts(const struct kept *kept, const struct cli_page *page)
{
    buf_printf(page->out,
               "\n%.0f invocations as they came, with so many instances kept ready from the first "
               "to the last of them.\n",
               kept->invocations.value);
    if (kept->error.known) {
        buf_printf(page->out,
                   "What the model says was served by those that were kept is off by "
                   "%.1f %%.\n",
                   kept->error.value * 100);
    } else {
        buf_append_text(page->out, "How far the model is off is not known: none were kept, or the "
                                   "functions file does not say how many.\n");
    }
    buf_append_text(page->out, "Cold starts are the least that are left: fewer invocations on "
                               "demand keep fewer instances warm.\n");
}

static void show_row(struct cli_table *table, const struct cli_page *page,
                     const struct kept_row *row, double all)
{
    const struct cli_number share = {.known = all > 0, .value = row->served.value / all};
    cli_cell_count(table, page, row->instances);
    cli_cell_share(table, page, share);
    cli_cell_count(table, page, row->cold);
    cli_cell_duration(table, page, row->init);
    cli_cell_money(table, page, row->invocations);
    cli_cell_money(table, page, row->standing);
    cli_cell_money(table, page, row->cost);
}

bool cli_show_kept(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field whole[] = {
        CLI_JSON_FIELD(kept, "invocations", CLI_JSON_NUMBER, invocations),
        CLI_JSON_FIELD(kept, "model_error", CLI_JSON_NUMBER, error),
        CLI_JSON_FIELD(kept, "rows", CLI_JSON_RAW, rows),
    };
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(kept_row, "instances", CLI_JSON_NUMBER, instances),
        CLI_JSON_FIELD(kept_row, "served", CLI_JSON_NUMBER, served),
        CLI_JSON_FIELD(kept_row, "cold_starts", CLI_JSON_NUMBER, cold),
        CLI_JSON_FIELD(kept_row, "init_ms_total", CLI_JSON_NUMBER, init),
        CLI_JSON_FIELD(kept_row, "invocations", CLI_JSON_TEXT, invocations),
        CLI_JSON_FIELD(kept_row, "standing", CLI_JSON_TEXT, standing),
        CLI_JSON_FIELD(kept_row, "cost", CLI_JSON_TEXT, cost),
    };
    static const struct cli_column columns[] = {
        {"INSTANCES", true, true}, {"SERVED", true, true},      {"COLD STARTS", true, true},
        {"WAITED", true, true},    {"INVOCATIONS", true, true}, {"KEEPING", true, true},
        {"COST", true, true},
    };
    struct kept kept = {.rows = SLICE_EMPTY};
    size_t count = 0;
    if (!cli_json_object(answer, whole, COUNT_OF(whole), &kept, page->arena) ||
        kept.rows.size == 0 || kept.rows.base[0] != '[') {
        return false;
    }
    const struct kept_row *rows = cli_json_rows(kept.rows, fields, COUNT_OF(fields),
                                                sizeof(struct kept_row), &count, page->arena);
    if (count == 0) {
        return false;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        show_row(&table, page, &rows[i], kept.invocations.value);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    append_facts(&kept, page);
    return true;
}
