/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct stored_row {
    struct slice function;
    struct cli_number spans;
    struct cli_number lines;
    struct cli_number bytes;
};

#define SUMS                                                                                       \
    CLI_JSON_FIELD(stored_row, "spans", CLI_JSON_NUMBER, spans),                                   \
        CLI_JSON_FIELD(stored_row, "lines", CLI_JSON_NUMBER, lines),                               \
        CLI_JSON_FIELD(stored_row, "bytes", CLI_JSON_NUMBER, bytes)

static void show_row(struct cli_table *table, const struct cli_page *page,
                     const struct stored_row *row, double all)
{
    const struct cli_number share = {.known = all > 0, .value = row->bytes.value / all};
    cli_cell_text(table, page, row->function);
    cli_cell_count(table, page, row->spans);
    cli_cell_count(table, page, row->lines);
    cli_cell_count(table, page, row->bytes);
    cli_cell_share(table, page, share);
}

/* What is in no row: dictionaries, ids, metrics, what memory saves. */
static void show_others(struct slice answer, double all, const struct cli_page *page)
{
    struct others {
        struct cli_number disk;
    } others = {.disk = {false, 0}};
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(others, "disk_bytes", CLI_JSON_NUMBER, disk),
    };
    (void)cli_json_object(answer, fields, COUNT_OF(fields), &others, page->arena);
    if (others.disk.known) {
        buf_printf(page->out, "Of %.0f bytes on the disk; what is in no row belongs to all.\n",
                   others.disk.value > all ? others.disk.value : all);
    }
}

enum cli_found cli_show_stored(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(stored_row, "function", CLI_JSON_TEXT, function), SUMS};
    static const struct cli_json_field sums[] = {SUMS};
    static const struct cli_column columns[] = {
        {"FUNCTION", false, false}, {"SPANS", true, true}, {"LINES", true, true},
        {"BYTES", true, true},      {"SHARE", true, true},
    };
    struct stored_row all = {.function = SLICE("all")};
    struct slice list;
    size_t count = 0;
    if (!cli_json_list_of(answer, SLICE("functions"), page->arena, &list) ||
        !cli_json_object(answer, sums, COUNT_OF(sums), &all, page->arena)) {
        return CLI_UNCLEAR;
    }
    const struct stored_row *rows = cli_json_rows(list, fields, COUNT_OF(fields),
                                                  sizeof(struct stored_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "Nothing is kept yet.\n");
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count + 1, page->arena);
    for (size_t i = 0; i < count; i++) {
        show_row(&table, page, &rows[i], all.bytes.value);
    }
    show_row(&table, page, &all, all.bytes.value);
    cli_table_print(&table, page->screen, page->arena, page->out);
    show_others(answer, all.bytes.value, page);
    cli_show_rest(answer, page);
    return CLI_FOUND;
}
