/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"

static const struct slice unknown = SLICE_INIT("-");

void cli_cell_text(struct cli_table *table, const struct cli_page *page, struct slice text)
{
    cli_table_add(table, text.size == 0 ? unknown : cli_text_cell(text, 0, page->arena), CLI_PLAIN);
}

void cli_cell_duration(struct cli_table *table, const struct cli_page *page, struct cli_number ms)
{
    cli_table_add(table, ms.known ? cli_text_duration(ms.value, page->arena) : unknown, CLI_PLAIN);
}

void cli_cell_count(struct cli_table *table, const struct cli_page *page, struct cli_number count)
{
    cli_table_add(table, count.known ? cli_text_count(count.value, page->arena) : unknown,
                  CLI_PLAIN);
}

void cli_cell_notable(struct cli_table *table, const struct cli_page *page, struct cli_number count,
                      enum cli_style style)
{
    bool notable = count.known && count.value > 0;
    cli_table_add(table, count.known ? cli_text_count(count.value, page->arena) : unknown,
                  notable ? style : CLI_DIM);
}

void cli_cell_share(struct cli_table *table, const struct cli_page *page, struct cli_number share)
{
    cli_table_add(table, share.known ? cli_text_share(share.value, page->arena) : unknown,
                  CLI_PLAIN);
}

void cli_cell_money(struct cli_table *table, const struct cli_page *page, struct slice amount)
{
    struct slice safe = cli_text_cell(amount, 0, page->arena);
    cli_table_add(table, safe.size > 0 ? cli_text_money(safe, page->arena) : unknown, CLI_PLAIN);
}

void cli_cell_instant(struct cli_table *table, const struct cli_page *page, uint64_t epoch_ns)
{
    cli_table_add(table, epoch_ns != 0 ? cli_text_instant(epoch_ns, page->arena) : unknown,
                  CLI_PLAIN);
}

void cli_cell_ago(struct cli_table *table, const struct cli_page *page, uint64_t epoch_ns)
{
    cli_table_add(table, cli_text_ago(epoch_ns, page->screen->now_ns, page->arena), CLI_DIM);
}
