/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_TABLE_H
#define THAW_COLLECTOR_CLI_CLI_TABLE_H

#include "cli/cli_limits.h"
#include "cli/cli_text.h"

/*
 * A table for people: columns as wide as their content, numbers to the right;
 * where the screen is too narrow, the widest columns of names are cut.  Cells are
 * safe text (cli_text.h) in the caller's arena.  Pure.
 */
struct cli_column {
    const char *title;
    bool right; /* Numbers. */
    bool keep;  /* Never cut: ids and numbers. */
};

struct cli_cell {
    struct slice text;
    enum cli_style style;
};

struct cli_table {
    const struct cli_column *columns;
    size_t column_count; /* At most CLI_COLUMN_COUNT_MAX. */
    struct cli_cell *cells;
    size_t cell_count;
    size_t cell_max;
};

/* Room for so many rows.  A table without memory has no room; the arena knows. */
void cli_table_init(struct cli_table *table, const struct cli_column *columns, size_t column_count,
                    size_t row_max, struct arena *arena);

/* Add the next cell, row by row; what has no room is left out. */
void cli_table_add(struct cli_table *table, struct slice text, enum cli_style style);

/* Append the table with its head. */
void cli_table_print(const struct cli_table *table, const struct cli_screen *screen,
                     struct arena *arena, struct buf *out);

#endif
