/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_table.h"

#include "base/ensure.h"

/* Between columns. */
#define GAP 2

void cli_table_init(struct cli_table *table, const struct cli_column *columns, size_t column_count,
                    size_t row_max, struct arena *arena)
{
    ENSURE(column_count > 0 && column_count <= CLI_COLUMN_COUNT_MAX);
    *table = (struct cli_table){.columns = columns, .column_count = column_count};
    table->cell_max = row_max * column_count;
    table->cells = table->cell_max == 0
                       ? NULL
                       : arena_alloc_array(arena, table->cell_max, sizeof(*table->cells));
    if (table->cells == NULL) {
        table->cell_max = 0;
    }
}

void cli_table_add(struct cli_table *table, struct slice text, enum cli_style style)
{
    if (table->cell_count < table->cell_max) {
        table->cells[table->cell_count] = (struct cli_cell){.text = text, .style = style};
        table->cell_count++;
    }
}

static void measure(const struct cli_table *table, size_t *widths)
{
    ENSURE(table->column_count > 0);
    for (size_t i = 0; i < table->column_count; i++) {
        widths[i] = cli_text_width(slice_from(table->columns[i].title));
    }
    for (size_t i = 0; i < table->cell_count; i++) {
        size_t width = cli_text_width(table->cells[i].text);
        size_t column = i % table->column_count;
        widths[column] = width > widths[column] ? width : widths[column];
    }
}

/* Take columns off the widest one that may be cut until the table fits, or nothing is left to cut.
 */
static void squeeze(const struct cli_table *table, size_t *widths, size_t screen_width)
{
    size_t total = GAP * (table->column_count - 1);
    for (size_t i = 0; i < table->column_count; i++) {
        total += widths[i];
    }
    while (total > screen_width) {
        size_t widest = SIZE_MAX;
        for (size_t i = 0; i < table->column_count; i++) {
            if (!table->columns[i].keep && widths[i] > CLI_COLUMN_WIDTH_MIN &&
                (widest == SIZE_MAX || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == SIZE_MAX) {
            return;
        }
        widths[widest]--;
        total--;
    }
}

static void print_cell(const struct cli_screen *screen, struct slice text, enum cli_style style,
                       size_t pad_before, struct buf *out)
{
    buf_append_fill(out, ' ', pad_before);
    if (style != CLI_PLAIN) {
        cli_text_style(screen, style, out);
    }
    buf_append(out, text);
    if (style != CLI_PLAIN) {
        cli_text_style(screen, CLI_PLAIN, out);
    }
}

static void print_row(const struct cli_table *table, const struct cli_cell *cells,
                      const size_t *widths, const struct cli_screen *screen, struct buf *out)
{
    size_t pad = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        size_t width = cli_text_width(cells[i].text);
        size_t space = widths[i] > width ? widths[i] - width : 0;
        print_cell(screen, cells[i].text, cells[i].style,
                   pad + (table->columns[i].right ? space : 0), out);
        /* Kept for the next cell, so that no line ends in spaces. */
        pad = GAP + (table->columns[i].right ? 0 : space);
    }
    buf_append_byte(out, '\n');
}

void cli_table_print(const struct cli_table *table, const struct cli_screen *screen,
                     struct arena *arena, struct buf *out)
{
    size_t widths[CLI_COLUMN_COUNT_MAX];
    struct cli_cell row[CLI_COLUMN_COUNT_MAX];
    measure(table, widths);
    if (screen->width > 0) {
        squeeze(table, widths, screen->width);
    }
    for (size_t i = 0; i < table->column_count; i++) {
        row[i] = (struct cli_cell){slice_from(table->columns[i].title), CLI_BOLD};
    }
    print_row(table, row, widths, screen, out);
    for (size_t at = 0; at + table->column_count <= table->cell_count; at += table->column_count) {
        for (size_t i = 0; i < table->column_count; i++) {
            row[i] = table->cells[at + i];
            if (cli_text_width(row[i].text) > widths[i]) {
                /* Safe text is not changed by being made safe again. */
                row[i].text = cli_text_cell(row[i].text, widths[i], arena);
            }
        }
        print_row(table, row, widths, screen, out);
    }
}
