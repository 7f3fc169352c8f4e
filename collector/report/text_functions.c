/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_page.h"

/* Rows of a table for people; --json has all. */
#define ROW_COUNT_MAX 25

static const struct cli_column calls[] = {
    {"FUNCTION", false, false}, {"CALLS", true, true}, {"FAILED", true, true},
    {"TIMEOUTS", true, true},   {"COLD", true, true},  {"COLD RATE", true, true},
};

static const struct cli_column durations[] = {
    {"DURATION", false, false}, {"P50", true, true},      {"P95", true, true}, {"P99", true, true},
    {"MAX", true, true},        {"INIT P50", true, true}, {"P95", true, true}, {"MAX", true, true},
};

static const struct cli_column costs[] = {
    {"COST", false, false}, {"MEMORY", true, true}, {"USED", true, true},
    {"BILLED", true, true}, {"COST", true, true},   {"PER MILLION", true, true},
};

#define COLUMNS(of) (of), sizeof(of) / sizeof((of)[0])

struct rows {
    const struct function *order[REPORT_FUNCTION_COUNT_MAX + 1];
    uint32_t count, shown;
};

static void add_notable(struct cli_table *table, const struct text_page *page, uint64_t count,
                        enum cli_style style)
{
    cli_table_add(table, text_page_count(page, count), count > 0 ? style : CLI_DIM);
}

static void add_name(struct cli_table *table, const struct text_page *page,
                     const struct function *function)
{
    struct slice name = text_page_label(page, &function->name);
    cli_table_add(table, name, function->made_up ? CLI_DIM : CLI_PLAIN);
}

static void write_calls(const struct text_page *page, const struct rows *rows)
{
    struct cli_table table;
    cli_table_init(&table, COLUMNS(calls), rows->shown, page->arena);
    for (uint32_t i = 0; i < rows->shown; i++) {
        const struct function *function = rows->order[i];
        add_name(&table, page, function);
        cli_table_add(&table, text_page_count(page, function->invocations), CLI_PLAIN);
        add_notable(&table, page, function->errors, CLI_RED);
        add_notable(&table, page, function->timeouts, CLI_RED);
        add_notable(&table, page, function->cold, CLI_BLUE);
        cli_table_add(&table, text_page_share(page, function->cold, function_cold_known(function)),
                      function->cold > 0 ? CLI_BLUE : CLI_DIM);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
}

static void add_spread(struct cli_table *table, const struct text_page *page,
                       const struct spread *spread, bool p99)
{
    cli_table_add(table, text_page_duration(page, spread_at(spread, 50, 100)), CLI_PLAIN);
    cli_table_add(table, text_page_duration(page, spread_at(spread, 95, 100)), CLI_PLAIN);
    if (p99) {
        cli_table_add(table, text_page_duration(page, spread_at(spread, 99, 100)), CLI_PLAIN);
    }
    int64_t most = spread->count == 0 ? -1 : spread->greatest;
    cli_table_add(table, text_page_duration(page, most), CLI_PLAIN);
}

static void write_durations(const struct text_page *page, const struct rows *rows)
{
    struct cli_table table;
    cli_table_init(&table, COLUMNS(durations), rows->shown, page->arena);
    for (uint32_t i = 0; i < rows->shown; i++) {
        add_name(&table, page, rows->order[i]);
        add_spread(&table, page, &rows->order[i]->durations, true);
        add_spread(&table, page, &rows->order[i]->inits, false);
    }
    buf_append_byte(page->out, '\n');
    cli_table_print(&table, page->screen, page->arena, page->out);
}

/* The size that it has now, and what was used of that one. */
static void add_memory(struct cli_table *table, const struct text_page *page,
                       const struct function *function)
{
    const struct function_size *size = function_size_now(function);
    bool told = function->memory.count > 0;
    int64_t used = told ? function->memory.greatest / SPREAD_NS_PER_MB : -1;
    if (size != NULL) {
        used = size->used_mb_max > 0 ? size->used_mb_max : -1;
    }
    struct slice mb = text_page_mb(page, size == NULL ? -1 : size->mb);
    if (function->size_count > 1) {
        mb = arena_printf(page->arena, SLICE_FMT " *", SLICE_ARG(mb));
    }
    cli_table_add(table, mb, CLI_PLAIN);
    cli_table_add(table, text_page_mb(page, used),
                  size != NULL && size->full > 0 ? CLI_RED : CLI_PLAIN);
}

static void write_costs(const struct text_page *page, const struct rows *rows)
{
    struct cli_table table;
    bool several = false;
    cli_table_init(&table, COLUMNS(costs), rows->shown, page->arena);
    for (uint32_t i = 0; i < rows->shown; i++) {
        const struct function *function = rows->order[i];
        add_name(&table, page, function);
        several = function->size_count > 1 || several;
        add_memory(&table, page, function);
        cli_table_add(&table, text_page_duration(page, (int64_t)function->billed_ms * 1000000),
                      CLI_PLAIN);
        bool priced = function->cost.requests > 0;
        cli_table_add(&table, priced ? text_page_money(page, function->cost.amount) : SLICE("-"),
                      CLI_PLAIN);
        cli_table_add(&table,
                      text_page_per_million(page, function->cost.amount, function->cost.requests),
                      CLI_PLAIN);
    }
    buf_append_byte(page->out, '\n');
    cli_table_print(&table, page->screen, page->arena, page->out);
    if (several) {
        text_page_note(page, 0, "* had other sizes, too: memory and use are of the latest.");
    }
}

static void find_rows(const struct text_page *page, struct rows *rows)
{
    rows->count = function_table_sort(&page->report->functions, rows->order);
    rows->shown = rows->count < ROW_COUNT_MAX ? rows->count : ROW_COUNT_MAX;
}

void text_functions(const struct text_page *page)
{
    struct rows rows;
    find_rows(page, &rows);
    if (rows.count == 0) {
        return;
    }
    text_page_title(page, "Functions");
    write_calls(page, &rows);
    write_durations(page, &rows);
    write_costs(page, &rows);
    if (rows.order[0]->made_up && rows.count == 1) {
        text_page_note(page, 0,
                       "These logs do not tell the function's name; --function NAME gives one.");
    }
    if (rows.shown < rows.count) {
        text_page_note(page, 0, "... and %u more, which --json and --html have.",
                       rows.count - rows.shown);
    }
}

static void write_smaller(const struct text_page *page, const struct function *function,
                          const struct advice *advice)
{
    struct slice name = text_page_label(page, &function->name);
    struct slice saving = text_page_money(page, advice->saving);
    struct slice month = text_page_money(page, advice->saving_month);
    bool monthly = advice->saving_month.units > 0;
    text_page_note(page, 2,
                   SLICE_FMT ": %lld of %lld MB used at most; %lld MB would do and save " SLICE_FMT
                             "%s" SLICE_FMT "%s",
                   SLICE_ARG(name), (long long)advice->used_mb, (long long)advice->size_mb,
                   (long long)advice->suggested_mb, SLICE_ARG(saving),
                   monthly ? " of this period, " : "", SLICE_ARG(monthly ? month : SLICE_EMPTY),
                   monthly ? " in 30 days" : "");
}

void text_memory(const struct text_page *page)
{
    struct rows rows;
    find_rows(page, &rows);
    bool titled = false;
    bool smaller = false;
    uint32_t shown = 0;
    for (uint32_t i = 0; i < rows.count && shown < ROW_COUNT_MAX; i++) {
        struct advice advice = function_advice(rows.order[i]);
        if (advice.kind == ADVICE_NONE) {
            continue;
        }
        if (!titled) {
            text_page_title(page, "Memory");
            titled = true;
        }
        shown++;
        if (advice.kind == ADVICE_SHRINK) {
            smaller = true;
            write_smaller(page, rows.order[i], &advice);
            continue;
        }
        struct slice name = text_page_label(page, &rows.order[i]->name);
        text_page_note(page, 2,
                       SLICE_FMT ": used all of its %lld MB: it is slowed down or killed by that; "
                                 "give it more",
                       SLICE_ARG(name), (long long)advice.size_mb);
    }
    if (smaller) {
        text_page_note(page, 0,
                       "Savings are gross and hold if everything takes as long as it did: less "
                       "memory is also less CPU, so measure after the change.");
    }
}
