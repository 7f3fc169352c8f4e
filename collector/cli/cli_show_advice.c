/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct advice_answer {
    struct slice advice;
    struct cli_number functions, unknown;
};

struct advice_row {
    struct slice function, kind, saved, cost, now, then;
    struct cli_number samples, error;
};

struct advice_side {
    struct cli_number memory_mb;
    struct slice arch, handler;
};

struct advice_times {
    struct cli_number p95;
};

static struct advice_side side_of(struct slice text, struct arena *arena)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(advice_side, "memory_mb", CLI_JSON_NUMBER, memory_mb),
        CLI_JSON_FIELD(advice_side, "arch", CLI_JSON_TEXT, arch),
        CLI_JSON_FIELD(advice_side, "handler_ms", CLI_JSON_RAW, handler),
    };
    struct advice_side side = {.arch = SLICE_EMPTY};
    (void)cli_json_object(text, fields, COUNT_OF(fields), &side, arena);
    return side;
}

static struct cli_number p95_of(const struct advice_side *side, struct arena *arena)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(advice_times, "p95", CLI_JSON_NUMBER, p95),
    };
    struct advice_times times = {.p95 = {false, 0}};
    (void)cli_json_object(side->handler, fields, COUNT_OF(fields), &times, arena);
    return times.p95;
}

static struct slice what_of(const struct cli_page *page, const struct advice_row *row,
                            const struct advice_side *now, const struct advice_side *then)
{
    return slice_equal(row->kind, SLICE("memory"))
               ? arena_printf(page->arena, "%.0f MB instead of %.0f", then->memory_mb.value,
                              now->memory_mb.value)
               : arena_printf(page->arena, SLICE_FMT " instead of " SLICE_FMT,
                              SLICE_ARG(then->arch), SLICE_ARG(now->arch));
}

static void add_advice(struct cli_table *table, const struct cli_page *page,
                       const struct advice_row *row)
{
    struct advice_side now = side_of(row->now, page->arena);
    struct advice_side then = side_of(row->then, page->arena);
    cli_cell_money(table, page, row->saved);
    cli_cell_money(table, page, row->cost);
    cli_cell_text(table, page, row->function);
    cli_cell_text(table, page, what_of(page, row, &now, &then));
    cli_cell_duration(table, page, p95_of(&now, page->arena));
    cli_cell_duration(table, page, p95_of(&then, page->arena));
    cli_cell_count(table, page, row->samples);
    cli_cell_text(table, page,
                  row->error.known ? arena_printf(page->arena, "%.1f %%", row->error.value * 100)
                                   : SLICE("not known"));
}

static const char advice_note[] =
    "\nOf this time, as if every invocation had been like those looked at. ERROR is how far the "
    "model "
    "was off\nfor sizes that were observed; another architecture is taken to be as fast.\n";

enum cli_found cli_show_cost_advice(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field whole[] = {
        CLI_JSON_FIELD(advice_answer, "advice", CLI_JSON_RAW, advice),
        CLI_JSON_FIELD(advice_answer, "functions", CLI_JSON_NUMBER, functions),
        CLI_JSON_FIELD(advice_answer, "functions_unknown", CLI_JSON_NUMBER, unknown),
    };
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(advice_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(advice_row, "kind", CLI_JSON_TEXT, kind),
        CLI_JSON_FIELD(advice_row, "saved", CLI_JSON_TEXT, saved),
        CLI_JSON_FIELD(advice_row, "cost", CLI_JSON_TEXT, cost),
        CLI_JSON_FIELD(advice_row, "now", CLI_JSON_RAW, now),
        CLI_JSON_FIELD(advice_row, "then", CLI_JSON_RAW, then),
        CLI_JSON_FIELD(advice_row, "samples", CLI_JSON_NUMBER, samples),
        CLI_JSON_FIELD(advice_row, "model_error", CLI_JSON_NUMBER, error),
    };
    static const struct cli_column columns[] = {
        {"SAVES", true, true},       {"OF", true, true},      {"FUNCTION", false, false},
        {"BY", false, false},        {"P95 NOW", true, true}, {"P95 THEN", true, true},
        {"INVOCATIONS", true, true}, {"ERROR", false, true},
    };
    struct advice_answer record = {.advice = SLICE_EMPTY};
    size_t count = 0;
    if (!cli_json_object(answer, whole, COUNT_OF(whole), &record, page->arena) ||
        record.advice.size == 0 || record.advice.base[0] != '[') {
        return CLI_UNCLEAR;
    }
    const struct advice_row *rows = cli_json_rows(record.advice, fields, COUNT_OF(fields),
                                                  sizeof(struct advice_row), &count, page->arena);
    if (count == 0) {
        buf_printf(
            page->out,
            "Nothing would save a percent: %.0f functions were looked at, and of %.0f agents "
            "told the\nprocessor time of too few invocations. --since 7d looks further back.\n",
            record.functions.value, record.unknown.value);
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_advice(&table, page, &rows[i]);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    buf_append_text(page->out, advice_note);
    return CLI_FOUND;
}
