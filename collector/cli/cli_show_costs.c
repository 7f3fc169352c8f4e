/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- cost explain ---- */

struct change_parts {
    struct slice volume, duration, cold, memory, price, streaming, standing;
};

struct change_row {
    struct slice key;
    struct slice before, after, difference, parts;
};

static const struct cli_json_field change_fields[] = {
    CLI_JSON_FIELD(change_row, "key", CLI_JSON_TEXT, key),
    CLI_JSON_FIELD(change_row, "before", CLI_JSON_TEXT, before),
    CLI_JSON_FIELD(change_row, "after", CLI_JSON_TEXT, after),
    CLI_JSON_FIELD(change_row, "difference", CLI_JSON_TEXT, difference),
    CLI_JSON_FIELD(change_row, "parts", CLI_JSON_RAW, parts),
};

static void add_change(struct cli_table *table, const struct cli_page *page,
                       const struct change_row *row)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(change_parts, "volume", CLI_JSON_TEXT, volume),
        CLI_JSON_FIELD(change_parts, "duration", CLI_JSON_TEXT, duration),
        CLI_JSON_FIELD(change_parts, "cold", CLI_JSON_TEXT, cold),
        CLI_JSON_FIELD(change_parts, "memory", CLI_JSON_TEXT, memory),
        CLI_JSON_FIELD(change_parts, "price", CLI_JSON_TEXT, price),
        CLI_JSON_FIELD(change_parts, "streaming", CLI_JSON_TEXT, streaming),
        CLI_JSON_FIELD(change_parts, "standing", CLI_JSON_TEXT, standing),
    };
    struct change_parts parts = {.volume = SLICE_EMPTY};
    (void)cli_json_object(row->parts, fields, COUNT_OF(fields), &parts, page->arena);
    cli_cell_text(table, page, row->key);
    cli_cell_money(table, page, row->before);
    cli_cell_money(table, page, row->after);
    cli_cell_money(table, page, row->difference);
    cli_cell_money(table, page, parts.volume);
    cli_cell_money(table, page, parts.duration);
    cli_cell_money(table, page, parts.cold);
    cli_cell_money(table, page, parts.memory);
    cli_cell_money(table, page, parts.price);
    cli_cell_money(table, page, parts.streaming);
    cli_cell_money(table, page, parts.standing);
}

struct change_answer {
    struct slice total, by;
};

enum cli_found cli_show_cost_explain(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field whole[] = {
        CLI_JSON_FIELD(change_answer, "total", CLI_JSON_RAW, total),
        CLI_JSON_FIELD(change_answer, "by", CLI_JSON_RAW, by),
    };
    static const struct cli_column columns[] = {
        {"FUNCTION", false, false}, {"BEFORE", true, true},  {"NOW", true, true},
        {"DIFFERENCE", true, true}, {"VOLUME", true, true},  {"DURATION", true, true},
        {"COLD", true, true},       {"MEMORY", true, true},  {"PRICE", true, true},
        {"STREAMING", true, true},  {"BESIDES", true, true},
    };
    struct change_answer record = {.total = SLICE_EMPTY};
    size_t count = 0;
    if (!cli_json_object(answer, whole, COUNT_OF(whole), &record, page->arena) ||
        record.by.size == 0 || record.by.base[0] != '[') {
        return CLI_UNCLEAR;
    }
    const struct change_row *rows = cli_json_rows(record.by, change_fields, COUNT_OF(change_fields),
                                                  sizeof(struct change_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "Nothing was billed in this time or before it.\n");
        return CLI_NOTHING;
    }
    struct cli_table table;
    struct change_row total = {.key = SLICE_EMPTY};
    (void)cli_json_object(record.total, change_fields, COUNT_OF(change_fields), &total,
                          page->arena);
    total.key = SLICE("total");
    cli_table_init(&table, columns, COUNT_OF(columns), count + 1, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_change(&table, page, &rows[i]);
    }
    add_change(&table, page, &total);
    cli_table_print(&table, page->screen, page->arena, page->out);
    return CLI_FOUND;
}

/* ---- cost forecast ---- */

struct forecast_answer {
    struct slice to_date, expected, low, high, basis, budget, spikes;
};

static struct slice money_text(const struct cli_page *page, struct slice amount)
{
    return cli_text_money(cli_text_cell(amount, 0, page->arena), page->arena);
}

static void append_line(const struct cli_page *page, const char *label, struct slice text)
{
    cli_text_style(page->screen, CLI_DIM, page->out);
    buf_printf(page->out, "%-12s", label);
    cli_text_style(page->screen, CLI_PLAIN, page->out);
    cli_text_safe(text, page->out);
    buf_append_byte(page->out, '\n');
}

struct budget_answer {
    struct slice amount;
    uint64_t spent_at;
};

static void append_budget(const struct cli_page *page, struct slice text)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(budget_answer, "amount", CLI_JSON_TEXT, amount),
        CLI_JSON_FIELD(budget_answer, "spent_at", CLI_JSON_INSTANT, spent_at),
    };
    struct budget_answer budget = {.spent_at = 0};
    if (!cli_json_object(text, fields, COUNT_OF(fields), &budget, page->arena)) {
        return;
    }
    struct slice amount = money_text(page, budget.amount);
    if (budget.spent_at == 0) {
        append_line(
            page, "budget",
            arena_printf(page->arena, SLICE_FMT ", enough for this month", SLICE_ARG(amount)));
        return;
    }
    struct slice when = cli_text_instant(budget.spent_at, page->arena);
    const char *word = budget.spent_at <= page->screen->now_ns ? "was spent" : "will be spent";
    append_line(page, "budget",
                arena_printf(page->arena, SLICE_FMT ", %s at " SLICE_FMT, SLICE_ARG(amount), word,
                             SLICE_ARG(when)));
}

struct spike_row {
    struct slice function, amount, usual;
    uint64_t from;
};

static void append_spikes(const struct cli_page *page, struct slice text)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(spike_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(spike_row, "amount", CLI_JSON_TEXT, amount),
        CLI_JSON_FIELD(spike_row, "usual", CLI_JSON_TEXT, usual),
        CLI_JSON_FIELD(spike_row, "from", CLI_JSON_INSTANT, from),
    };
    static const struct cli_column columns[] = {
        {"HOUR FROM", false, false},
        {"FUNCTION", false, false},
        {"COST", true, true},
        {"USUALLY", true, true},
    };
    size_t count = 0;
    const struct spike_row *rows = cli_json_rows(text, fields, COUNT_OF(fields),
                                                 sizeof(struct spike_row), &count, page->arena);
    if (count == 0) {
        return;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        cli_cell_instant(&table, page, rows[i].from);
        cli_cell_text(&table, page, rows[i].function);
        cli_cell_money(&table, page, rows[i].amount);
        cli_cell_money(&table, page, rows[i].usual);
    }
    buf_append_text(page->out, "\nHours of the last week that cost more than they use to:\n");
    cli_table_print(&table, page->screen, page->arena, page->out);
}

static struct slice basis_text(struct slice basis)
{
    if (slice_equal(basis, SLICE("hour_of_week"))) {
        return SLICE("the same hours of the last four weeks, their median; the band is their 10th "
                     "and 90th percentile");
    }
    return SLICE(
        "the average of the hours that are known, since there are not two weeks of them yet; "
        "the band is the cheapest and the dearest day");
}

enum cli_found cli_show_cost_forecast(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(forecast_answer, "to_date", CLI_JSON_TEXT, to_date),
        CLI_JSON_FIELD(forecast_answer, "expected", CLI_JSON_TEXT, expected),
        CLI_JSON_FIELD(forecast_answer, "low", CLI_JSON_TEXT, low),
        CLI_JSON_FIELD(forecast_answer, "high", CLI_JSON_TEXT, high),
        CLI_JSON_FIELD(forecast_answer, "basis", CLI_JSON_TEXT, basis),
        CLI_JSON_FIELD(forecast_answer, "budget", CLI_JSON_RAW, budget),
        CLI_JSON_FIELD(forecast_answer, "spikes", CLI_JSON_RAW, spikes),
    };
    struct forecast_answer record = {.to_date = SLICE_EMPTY};
    if (!cli_json_object(answer, fields, COUNT_OF(fields), &record, page->arena) ||
        record.to_date.base == NULL || record.basis.base == NULL) {
        return CLI_UNCLEAR;
    }
    append_line(page, "to date", money_text(page, record.to_date));
    if (record.expected.base == NULL) {
        buf_append_text(page->out, "Nothing is foretold: no whole hour is known yet.\n");
        return CLI_NOTHING;
    }
    struct slice low = money_text(page, record.low);
    struct slice high = money_text(page, record.high);
    struct slice expected = money_text(page, record.expected);
    append_line(page, "this month",
                arena_printf(page->arena, SLICE_FMT " (" SLICE_FMT " to " SLICE_FMT ")",
                             SLICE_ARG(expected), SLICE_ARG(low), SLICE_ARG(high)));
    append_line(page, "from", basis_text(record.basis));
    append_budget(page, record.budget);
    append_spikes(page, record.spikes);
    return CLI_FOUND;
}

/* ---- cost whatif ---- */

struct what_if_answer {
    struct slice arch, rows, kept;
    struct cli_number memory_mb, max_memory_mb, invocations, needed, error;
};

struct what_if_row {
    struct cli_number memory_mb;
    bool fits;
    struct slice handler, million;
};

struct what_if_cells {
    struct cli_number p50, p95;
    struct slice x86, arm;
};

static void add_what_if(struct cli_table *table, const struct cli_page *page,
                        const struct what_if_row *row, double in_use_mb)
{
    static const struct cli_json_field times[] = {
        CLI_JSON_FIELD(what_if_cells, "p50", CLI_JSON_NUMBER, p50),
        CLI_JSON_FIELD(what_if_cells, "p95", CLI_JSON_NUMBER, p95),
    };
    static const struct cli_json_field prices[] = {
        CLI_JSON_FIELD(what_if_cells, "x86_64", CLI_JSON_TEXT, x86),
        CLI_JSON_FIELD(what_if_cells, "arm64", CLI_JSON_TEXT, arm),
    };
    struct what_if_cells cells = {.x86 = SLICE_EMPTY};
    (void)cli_json_object(row->handler, times, COUNT_OF(times), &cells, page->arena);
    (void)cli_json_object(row->million, prices, COUNT_OF(prices), &cells, page->arena);
    bool in_use = row->memory_mb.value == in_use_mb;
    cli_cell_count(table, page, row->memory_mb);
    cli_cell_duration(table, page, cells.p50);
    cli_cell_duration(table, page, cells.p95);
    cli_cell_money(table, page, cells.x86);
    cli_cell_money(table, page, cells.arm);
    cli_cell_text(table, page,
                  in_use      ? SLICE("in use")
                  : row->fits ? SLICE(" ")
                              : SLICE("too small for what was used"));
}

static void append_what_if_facts(const struct cli_page *page, const struct what_if_answer *answer)
{
    buf_append_byte(page->out, '\n');
    append_line(page, "from",
                arena_printf(page->arena, "the processor time of %.0f invocations",
                             answer->invocations.value));
    append_line(page, "error",
                answer->error.known
                    ? arena_printf(page->arena, "%.1f %% beside what was observed with other sizes",
                                   answer->error.value * 100)
                    : SLICE("not known: it was observed with one memory size only"));
    append_line(page, "price",
                SLICE("of a million invocations, without inits and extensions; of "
                      "the other architecture with the same times"));
}

/* A part of its own, where there is any. */
static bool show_kept(const struct what_if_answer *answer, const struct cli_page *page)
{
    size_t before = page->out->size;
    buf_append_text(page->out, "\nWith instances that are kept ready (provisioned concurrency):\n");
    if (!cli_show_kept(answer->kept, page)) {
        buf_rewind(page->out, before);
        return false;
    }
    return true;
}

enum cli_found cli_show_cost_whatif(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field whole[] = {
        CLI_JSON_FIELD(what_if_answer, "arch", CLI_JSON_TEXT, arch),
        CLI_JSON_FIELD(what_if_answer, "rows", CLI_JSON_RAW, rows),
        CLI_JSON_FIELD(what_if_answer, "kept", CLI_JSON_RAW, kept),
        CLI_JSON_FIELD(what_if_answer, "memory_mb", CLI_JSON_NUMBER, memory_mb),
        CLI_JSON_FIELD(what_if_answer, "max_memory_mb", CLI_JSON_NUMBER, max_memory_mb),
        CLI_JSON_FIELD(what_if_answer, "invocations", CLI_JSON_NUMBER, invocations),
        CLI_JSON_FIELD(what_if_answer, "invocations_needed", CLI_JSON_NUMBER, needed),
        CLI_JSON_FIELD(what_if_answer, "model_error", CLI_JSON_NUMBER, error),
    };
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(what_if_row, "memory_mb", CLI_JSON_NUMBER, memory_mb),
        CLI_JSON_FIELD(what_if_row, "fits", CLI_JSON_FLAG, fits),
        CLI_JSON_FIELD(what_if_row, "handler_ms", CLI_JSON_RAW, handler),
        CLI_JSON_FIELD(what_if_row, "million", CLI_JSON_RAW, million),
    };
    static const struct cli_column columns[] = {
        {"MEMORY MB", true, false}, {"P50", true, true}, {"P95", true, true},
        {"X86", true, true},        {"ARM", true, true}, {"", false, true},
    };
    struct what_if_answer record = {.rows = SLICE_EMPTY};
    size_t count = 0;
    if (!cli_json_object(answer, whole, COUNT_OF(whole), &record, page->arena) ||
        record.rows.size == 0 || record.rows.base[0] != '[') {
        return CLI_UNCLEAR;
    }
    const struct what_if_row *rows = cli_json_rows(record.rows, fields, COUNT_OF(fields),
                                                   sizeof(struct what_if_row), &count, page->arena);
    if (count == 0) {
        buf_printf(page->out,
                   "Its agent told the processor time of %.0f invocations in this time; %.0f are "
                   "needed. --since 24h looks further back.\n",
                   record.invocations.value, record.needed.value);
        return show_kept(&record, page) ? CLI_FOUND : CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_what_if(&table, page, &rows[i], record.memory_mb.value);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    append_what_if_facts(page, &record);
    (void)show_kept(&record, page);
    return CLI_FOUND;
}
