/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_CELL_H
#define THAW_COLLECTOR_CLI_CLI_CELL_H

#include "cli/cli_json.h"
#include "cli/cli_show.h"
#include "cli/cli_table.h"

/* Cells of tables from values of answers; what is unknown is a dash. */

void cli_cell_text(struct cli_table *table, const struct cli_page *page, struct slice text);
void cli_cell_duration(struct cli_table *table, const struct cli_page *page, struct cli_number ms);
void cli_cell_count(struct cli_table *table, const struct cli_page *page, struct cli_number count);
/* A count that matters when it is not 0. */
void cli_cell_notable(struct cli_table *table, const struct cli_page *page, struct cli_number count,
                      enum cli_style style);
void cli_cell_share(struct cli_table *table, const struct cli_page *page, struct cli_number share);
void cli_cell_money(struct cli_table *table, const struct cli_page *page, struct slice amount);
void cli_cell_instant(struct cli_table *table, const struct cli_page *page, uint64_t epoch_ns);
void cli_cell_ago(struct cli_table *table, const struct cli_page *page, uint64_t epoch_ns);

#endif
