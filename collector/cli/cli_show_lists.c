/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Percentiles as they come in several rows. */
struct percentiles {
    struct cli_number p50;
    struct cli_number p95;
    struct cli_number p99;
};

static const struct cli_json_field percentile_fields[] = {
    CLI_JSON_FIELD(percentiles, "p50", CLI_JSON_NUMBER, p50),
    CLI_JSON_FIELD(percentiles, "p95", CLI_JSON_NUMBER, p95),
    CLI_JSON_FIELD(percentiles, "p99", CLI_JSON_NUMBER, p99),
};

static struct percentiles percentiles_of(struct slice text, struct arena *arena)
{
    struct percentiles record = {.p50 = {false, 0}};
    (void)cli_json_object(text, percentile_fields, COUNT_OF(percentile_fields), &record, arena);
    return record;
}

/* ---- functions ---- */

struct function_row {
    struct slice name;
    struct slice version;
    struct slice arch;
    struct cli_number memory_mb;
    struct cli_number invocations;
    struct cli_number errors;
    struct cli_number timeouts;
    struct cli_number cold_starts;
    struct cli_number rate;
    struct slice wait;
    struct slice duration;
    struct slice init;
    struct slice cost;
    struct slice provider;
    struct slice sources;
    struct slice waiting;
    uint64_t last_seen_ns;
};

/* Records that may wait in frozen instances. */
struct waiting {
    struct cli_number instances;
    struct cli_number records;
};

static struct waiting waiting_of(struct slice text, struct arena *arena)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(waiting, "instances", CLI_JSON_NUMBER, instances),
        CLI_JSON_FIELD(waiting, "records", CLI_JSON_NUMBER, records),
    };
    struct waiting record = {.instances = {false, 0}};
    (void)cli_json_object(text, fields, COUNT_OF(fields), &record, arena);
    return record;
}

/* Names, joined by commas. */
static struct slice names_of(struct slice list, const struct cli_page *page)
{
    struct cli_json_list names;
    struct slice name;
    struct slice joined = SLICE_EMPTY;
    cli_json_list(&names, list);
    while (cli_json_next(&names, &name)) {
        struct slice safe = cli_text_cell(cli_json_text(name, page->arena), 0, page->arena);
        joined = joined.size == 0 ? safe
                                  : arena_printf(page->arena, SLICE_FMT ", " SLICE_FMT,
                                                 SLICE_ARG(joined), SLICE_ARG(safe));
        if (joined.size > 200) {
            break; /* Enough to recognise it; the page of the transaction has them all. */
        }
    }
    return joined;
}

/* Columns that say the same of all functions say nothing: left out. */
struct function_columns {
    bool provider; /* Not all are of AWS. */
    bool sources;  /* Not all are told by an agent alone. */
    bool waiting;  /* Something waits in a frozen instance. */
};

static struct function_columns function_columns(const struct function_row *rows, size_t count,
                                                const struct cli_page *page)
{
    struct function_columns columns = {false, false, false};
    for (size_t i = 0; i < count; i++) {
        struct slice sources = names_of(rows[i].sources, page);
        columns.provider = columns.provider || (rows[i].provider.size > 0 &&
                                                !slice_equal(rows[i].provider, SLICE("aws")));
        columns.sources =
            columns.sources || (sources.size > 0 && !slice_equal(sources, SLICE("agent")));
        columns.waiting =
            columns.waiting || waiting_of(rows[i].waiting, page->arena).instances.value > 0;
    }
    return columns;
}

static void add_function(struct cli_table *table, const struct cli_page *page,
                         const struct function_row *row, const struct function_columns *columns)
{
    struct percentiles wait = percentiles_of(row->wait, page->arena);
    struct percentiles duration = percentiles_of(row->duration, page->arena);
    struct percentiles init = percentiles_of(row->init, page->arena);
    cli_cell_text(table, page, row->name);
    cli_cell_text(table, page, row->version);
    if (columns->provider) {
        cli_cell_text(table, page, row->provider);
    }
    if (columns->sources) {
        cli_cell_text(table, page, names_of(row->sources, page));
    }
    cli_cell_count(table, page, row->invocations);
    cli_cell_notable(table, page, row->errors, CLI_RED);
    cli_cell_notable(table, page, row->cold_starts, CLI_BLUE);
    cli_cell_share(table, page, row->rate);
    cli_cell_duration(table, page, wait.p50);
    cli_cell_duration(table, page, wait.p95);
    cli_cell_duration(table, page, duration.p50);
    cli_cell_duration(table, page, duration.p95);
    cli_cell_duration(table, page, init.p95);
    cli_cell_count(table, page, row->memory_mb);
    cli_cell_money(table, page, row->cost);
    if (columns->waiting) {
        struct waiting waiting = waiting_of(row->waiting, page->arena);
        cli_cell_text(table, page,
                      waiting.instances.value > 0
                          ? arena_printf(page->arena, "%.0f in %.0f", waiting.records.value,
                                         waiting.instances.value)
                          : SLICE_EMPTY);
    }
    cli_cell_ago(table, page, row->last_seen_ns);
}

static void print_functions(const struct function_row *rows, size_t count,
                            const struct cli_page *page)
{
    static const struct cli_column all[] = {
        {"FUNCTION", false, false}, {"VERSION", false, false},    {"CLOUD", false, true},
        {"TOLD BY", false, true},   {"CALLS", true, true},        {"ERRORS", true, true},
        {"COLD", true, true},       {"COLD RATE", true, true},    {"WAIT P50", true, true},
        {"P95", true, true},        {"DURATION P50", true, true}, {"P95", true, true},
        {"INIT P95", true, true},   {"MB", true, true},           {"COST", true, true},
        {"WAITING", true, true},    {"SEEN", true, true},
    };
    enum { PROVIDER = 2, SOURCES = 3, WAITING = 15 };
    struct function_columns shown = function_columns(rows, count, page);
    struct cli_column columns[COUNT_OF(all)];
    size_t column_count = 0;
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if ((i != PROVIDER || shown.provider) && (i != SOURCES || shown.sources) &&
            (i != WAITING || shown.waiting)) {
            columns[column_count] = all[i];
            column_count++;
        }
    }
    struct cli_table table;
    cli_table_init(&table, columns, column_count, count, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_function(&table, page, &rows[i], &shown);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
}

enum cli_found cli_show_functions(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(function_row, "name", CLI_JSON_TEXT, name),
        CLI_JSON_FIELD(function_row, "version", CLI_JSON_TEXT, version),
        CLI_JSON_FIELD(function_row, "arch", CLI_JSON_TEXT, arch),
        CLI_JSON_FIELD(function_row, "memory_mb", CLI_JSON_NUMBER, memory_mb),
        CLI_JSON_FIELD(function_row, "invocations", CLI_JSON_NUMBER, invocations),
        CLI_JSON_FIELD(function_row, "errors", CLI_JSON_NUMBER, errors),
        CLI_JSON_FIELD(function_row, "timeouts", CLI_JSON_NUMBER, timeouts),
        CLI_JSON_FIELD(function_row, "cold_starts", CLI_JSON_NUMBER, cold_starts),
        CLI_JSON_FIELD(function_row, "cold_start_rate", CLI_JSON_NUMBER, rate),
        CLI_JSON_FIELD(function_row, "wait_ms", CLI_JSON_RAW, wait),
        CLI_JSON_FIELD(function_row, "duration_ms", CLI_JSON_RAW, duration),
        CLI_JSON_FIELD(function_row, "init_ms", CLI_JSON_RAW, init),
        CLI_JSON_FIELD(function_row, "provider", CLI_JSON_TEXT, provider),
        CLI_JSON_FIELD(function_row, "sources", CLI_JSON_RAW, sources),
        CLI_JSON_FIELD(function_row, "waiting", CLI_JSON_RAW, waiting),
        CLI_JSON_FIELD(function_row, "cost", CLI_JSON_MONEY, cost),
        CLI_JSON_FIELD(function_row, "last_seen", CLI_JSON_INSTANT, last_seen_ns),
    };
    struct slice list;
    size_t count = 0;
    if (!cli_json_list_of(answer, SLICE("functions"), page->arena, &list)) {
        return CLI_UNCLEAR;
    }
    const struct function_row *rows = cli_json_rows(
        list, fields, COUNT_OF(fields), sizeof(struct function_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No function was seen in this time. --since 24h looks further "
                                   "back, --since all at everything.\n");
        return CLI_NOTHING;
    }
    print_functions(rows, count, page);
    return CLI_FOUND;
}

/* ---- search ---- */

struct transaction_row {
    struct slice id;
    uint64_t start_ns;
    struct cli_number elapsed_ms;
    struct cli_number wait_ms;
    struct slice functions;
    struct cli_number invocations;
    struct cli_number logs;
    struct cli_number cold_starts;
    struct cli_number errors;
    struct slice cost;
};

enum cli_found cli_show_search(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(transaction_row, "id", CLI_JSON_TEXT, id),
        CLI_JSON_FIELD(transaction_row, "start", CLI_JSON_INSTANT, start_ns),
        CLI_JSON_FIELD(transaction_row, "elapsed_ms", CLI_JSON_NUMBER, elapsed_ms),
        CLI_JSON_FIELD(transaction_row, "wait_ms", CLI_JSON_NUMBER, wait_ms),
        CLI_JSON_FIELD(transaction_row, "functions", CLI_JSON_RAW, functions),
        CLI_JSON_FIELD(transaction_row, "invocations", CLI_JSON_NUMBER, invocations),
        CLI_JSON_FIELD(transaction_row, "logs", CLI_JSON_NUMBER, logs),
        CLI_JSON_FIELD(transaction_row, "cold_starts", CLI_JSON_NUMBER, cold_starts),
        CLI_JSON_FIELD(transaction_row, "errors", CLI_JSON_NUMBER, errors),
        CLI_JSON_FIELD(transaction_row, "cost", CLI_JSON_MONEY, cost),
    };
    static const struct cli_column columns[] = {
        {"START (UTC)", false, true}, {"TRANSACTION", false, true}, {"FUNCTIONS", false, false},
        {"ELAPSED", true, true},      {"WAIT", true, true},         {"CALLS", true, true},
        {"LOGS", true, true},         {"COLD", true, true},         {"ERRORS", true, true},
        {"COST", true, true},
    };
    struct slice list;
    size_t count = 0;
    if (!cli_json_list_of(answer, SLICE("transactions"), page->arena, &list)) {
        return CLI_UNCLEAR;
    }
    const struct transaction_row *rows = cli_json_rows(
        list, fields, COUNT_OF(fields), sizeof(struct transaction_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No transaction was found. --since 24h looks further back, "
                                   "--since all at everything.\n");
        cli_show_rest(answer, page);
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        const struct transaction_row *row = &rows[i];
        cli_cell_instant(&table, page, row->start_ns);
        cli_cell_text(&table, page, row->id);
        cli_table_add(&table, names_of(row->functions, page), CLI_PLAIN);
        cli_cell_duration(&table, page, row->elapsed_ms);
        cli_cell_duration(&table, page, row->wait_ms);
        cli_cell_count(&table, page, row->invocations);
        cli_cell_count(&table, page, row->logs);
        cli_cell_notable(&table, page, row->cold_starts, CLI_BLUE);
        cli_cell_notable(&table, page, row->errors, CLI_RED);
        cli_cell_money(&table, page, row->cost);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    cli_show_rest(answer, page);
    return CLI_FOUND;
}

/* ---- errors ---- */

struct error_row {
    struct slice function;
    struct slice type;
    struct cli_number count;
    uint64_t first_ns;
    uint64_t last_ns;
    struct slice examples;
};

enum cli_found cli_show_errors(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(error_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(error_row, "error_type", CLI_JSON_TEXT, type),
        CLI_JSON_FIELD(error_row, "count", CLI_JSON_NUMBER, count),
        CLI_JSON_FIELD(error_row, "first_seen", CLI_JSON_INSTANT, first_ns),
        CLI_JSON_FIELD(error_row, "last_seen", CLI_JSON_INSTANT, last_ns),
        CLI_JSON_FIELD(error_row, "examples", CLI_JSON_RAW, examples),
    };
    static const struct cli_column columns[] = {
        {"FUNCTION", false, false},   {"ERROR", false, false},     {"COUNT", true, true},
        {"FIRST (UTC)", false, true}, {"LAST (UTC)", false, true}, {"EXAMPLE", false, true},
    };
    struct slice list;
    size_t count = 0;
    if (!cli_json_list_of(answer, SLICE("errors"), page->arena, &list)) {
        return CLI_UNCLEAR;
    }
    const struct error_row *rows = cli_json_rows(list, fields, COUNT_OF(fields),
                                                 sizeof(struct error_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No errors in this time.\n");
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        struct cli_json_list examples;
        struct slice example = SLICE_EMPTY;
        cli_json_list(&examples, rows[i].examples);
        (void)cli_json_next(&examples, &example);
        cli_cell_text(&table, page, rows[i].function);
        cli_cell_text(&table, page, rows[i].type);
        cli_cell_notable(&table, page, rows[i].count, CLI_RED);
        cli_cell_instant(&table, page, rows[i].first_ns);
        cli_cell_instant(&table, page, rows[i].last_ns);
        cli_cell_text(&table, page, cli_json_text(example, page->arena));
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    return CLI_FOUND;
}

/* ---- alerts ---- */

struct alert_row {
    struct slice state;
    struct slice annotations;
    struct slice labels;
    uint64_t since_ns;
    struct slice examples;
    struct slice notifications;
};

struct alert_words {
    struct slice summary;
    struct slice function;
    struct slice trace_id;
    struct slice delivery;
};

static enum cli_style state_style(struct slice state)
{
    if (slice_equal(state, SLICE("firing"))) {
        return CLI_RED;
    }
    return slice_equal(state, SLICE("pending")) ? CLI_YELLOW : CLI_GREEN;
}

/* The words that stand inside of an alert's members. */
static struct alert_words alert_words(const struct alert_row *row, struct arena *arena)
{
    static const struct cli_json_field summary =
        CLI_JSON_FIELD(alert_words, "summary", CLI_JSON_TEXT, summary);
    static const struct cli_json_field function =
        CLI_JSON_FIELD(alert_words, "function", CLI_JSON_TEXT, function);
    static const struct cli_json_field trace_id =
        CLI_JSON_FIELD(alert_words, "trace_id", CLI_JSON_TEXT, trace_id);
    static const struct cli_json_field delivery =
        CLI_JSON_FIELD(alert_words, "state", CLI_JSON_TEXT, delivery);
    struct alert_words words = {.summary = SLICE_EMPTY};
    struct cli_json_list list;
    struct slice first;
    (void)cli_json_object(row->annotations, &summary, 1, &words, arena);
    (void)cli_json_object(row->labels, &function, 1, &words, arena);
    cli_json_list(&list, row->examples);
    if (cli_json_next(&list, &first)) {
        (void)cli_json_object(first, &trace_id, 1, &words, arena);
    }
    cli_json_list(&list, row->notifications);
    if (cli_json_next(&list, &first)) {
        (void)cli_json_object(first, &delivery, 1, &words, arena);
    }
    return words;
}

enum cli_found cli_show_alerts(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(alert_row, "state", CLI_JSON_TEXT, state),
        CLI_JSON_FIELD(alert_row, "annotations", CLI_JSON_RAW, annotations),
        CLI_JSON_FIELD(alert_row, "labels", CLI_JSON_RAW, labels),
        CLI_JSON_FIELD(alert_row, "since", CLI_JSON_INSTANT, since_ns),
        CLI_JSON_FIELD(alert_row, "examples", CLI_JSON_RAW, examples),
        CLI_JSON_FIELD(alert_row, "notifications", CLI_JSON_RAW, notifications),
    };
    static const struct cli_column columns[] = {
        {"STATE", false, true}, {"FUNCTION", false, false}, {"WHAT", false, false},
        {"SINCE", false, true}, {"TOLD", false, true},      {"EXAMPLE", false, true},
    };
    struct slice list;
    size_t count = 0;
    if (cli_json_list_of(answer, SLICE("history"), page->arena, &list)) {
        return cli_show_history(list, page);
    }
    if (!cli_json_list_of(answer, SLICE("alerts"), page->arena, &list)) {
        return CLI_UNCLEAR;
    }
    const struct alert_row *rows = cli_json_rows(list, fields, COUNT_OF(fields),
                                                 sizeof(struct alert_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No alert has fired.\n");
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        struct alert_words words = alert_words(&rows[i], page->arena);
        cli_table_add(&table, cli_text_cell(rows[i].state, 0, page->arena),
                      state_style(rows[i].state));
        cli_cell_text(&table, page, words.function);
        cli_cell_text(&table, page, words.summary);
        cli_cell_ago(&table, page, rows[i].since_ns);
        cli_cell_text(&table, page, words.delivery);
        cli_cell_text(&table, page, words.trace_id);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    return CLI_FOUND;
}
