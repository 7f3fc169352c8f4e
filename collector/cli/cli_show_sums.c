/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- cost ---- */

struct parts {
    struct slice useful;
    struct slice rounding;
    struct slice init;
    struct slice post_handler;
    struct slice requests;
    struct slice streaming;
};

static const struct cli_json_field part_fields[] = {
    CLI_JSON_FIELD(parts, "useful", CLI_JSON_TEXT, useful),
    CLI_JSON_FIELD(parts, "rounding", CLI_JSON_TEXT, rounding),
    CLI_JSON_FIELD(parts, "init", CLI_JSON_TEXT, init),
    CLI_JSON_FIELD(parts, "post_handler", CLI_JSON_TEXT, post_handler),
    CLI_JSON_FIELD(parts, "requests", CLI_JSON_TEXT, requests),
    CLI_JSON_FIELD(parts, "streaming", CLI_JSON_TEXT, streaming),
};

static struct parts parts_of(struct slice text, struct arena *arena)
{
    struct parts record = {.useful = SLICE_EMPTY};
    (void)cli_json_object(text, part_fields, COUNT_OF(part_fields), &record, arena);
    return record;
}

/* What is paid for besides invocations. */
struct standing {
    struct slice amount, provisioned, storage, snapshots, restores;
};

static const struct cli_json_field standing_fields[] = {
    CLI_JSON_FIELD(standing, "amount", CLI_JSON_TEXT, amount),
    CLI_JSON_FIELD(standing, "provisioned", CLI_JSON_TEXT, provisioned),
    CLI_JSON_FIELD(standing, "storage", CLI_JSON_TEXT, storage),
    CLI_JSON_FIELD(standing, "snapshots", CLI_JSON_TEXT, snapshots),
    CLI_JSON_FIELD(standing, "restores", CLI_JSON_TEXT, restores),
};

static struct standing standing_of(struct slice text, struct arena *arena)
{
    struct standing record = {.amount = SLICE_EMPTY};
    (void)cli_json_object(text, standing_fields, COUNT_OF(standing_fields), &record, arena);
    return record;
}

static bool is_money(struct slice amount)
{
    return amount.size > 0 && !slice_equal(amount, SLICE("0"));
}

struct cost_row {
    struct slice key;
    struct slice cost;
    struct slice components;
    struct slice standing;
    struct cli_number invocations;
};

struct cost_answer {
    struct slice total;
    struct slice components;
    struct slice net;
    struct slice price;
    struct slice by;
    struct slice agent;
    struct slice standing;
    struct slice savings;
    struct slice bill;
    struct cli_number utilisation;
    struct slice failed;
    struct slice sizeless;
};

/* What of it was for what did not do. */
struct cost_failed {
    struct slice errors, timeouts, retries;
};

/* Time that nobody can price. */
struct cost_sizeless {
    struct cli_number invocations, billed_ms, errors_ms, retries_ms;
};

/* What agents held, and what that cost. */
struct cost_agent {
    struct cli_number invocations;
    struct cli_number held_ms;
    struct slice cost;
};

struct cost_words {
    struct slice net;
    struct slice note;
    struct slice source;
    struct slice date;
};

static void add_cost_row(struct cli_table *table, const struct cli_page *page,
                         const struct cost_row *row, bool besides)
{
    struct parts parts = parts_of(row->components, page->arena);
    cli_cell_text(table, page, row->key);
    cli_cell_count(table, page, row->invocations);
    cli_cell_money(table, page, row->cost);
    cli_cell_money(table, page, parts.useful);
    cli_cell_money(table, page, parts.init);
    cli_cell_money(table, page, parts.rounding);
    cli_cell_money(table, page, parts.post_handler);
    cli_cell_money(table, page, parts.requests);
    if (besides) {
        cli_cell_money(table, page, standing_of(row->standing, page->arena).amount);
    }
}

/* "label  text" on a line of its own, if there is a text. */
static void append_fact(const struct cli_page *page, const char *label, struct slice text)
{
    if (text.size > 0) {
        cli_text_style(page->screen, CLI_DIM, page->out);
        buf_printf(page->out, "%-12s", label);
        cli_text_style(page->screen, CLI_PLAIN, page->out);
        cli_text_safe(text, page->out);
        buf_append_byte(page->out, '\n');
    }
}

/* How much of it is the agents' doing; nothing where none tells. */
static void append_agent(const struct cli_page *page, struct slice text)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(cost_agent, "invocations", CLI_JSON_NUMBER, invocations),
        CLI_JSON_FIELD(cost_agent, "held_ms", CLI_JSON_NUMBER, held_ms),
        CLI_JSON_FIELD(cost_agent, "cost", CLI_JSON_MONEY, cost),
    };
    struct cost_agent agent = {.cost = SLICE_EMPTY};
    if (cli_json_object(text, fields, COUNT_OF(fields), &agent, page->arena) &&
        agent.invocations.value > 0) {
        struct slice cost = cli_text_money(cli_text_cell(agent.cost, 0, page->arena), page->arena);
        append_fact(page, "agents",
                    arena_printf(page->arena, "held %.3f ms in %.0f %s, " SLICE_FMT " of it",
                                 agent.held_ms.value, agent.invocations.value,
                                 agent.invocations.value == 1 ? "invocation" : "invocations",
                                 SLICE_ARG(cost)));
    }
}

static struct slice money_cell(const struct cli_page *page, struct slice amount)
{
    return cli_text_money(cli_text_cell(amount, 0, page->arena), page->arena);
}

/* What is paid for besides, by kind, what a savings plan takes off, and all of it. */
static void append_standing(const struct cli_page *page, const struct cost_answer *answer)
{
    struct standing standing = standing_of(answer->standing, page->arena);
    const struct {
        const char *label;
        struct slice amount;
    } kinds[] = {
        {"provisioned", standing.provisioned}, {"storage", standing.storage},
        {"snapshots", standing.snapshots},     {"restores", standing.restores},
        {"savings", answer->savings},
    };
    bool any = false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (is_money(kinds[i].amount)) {
            append_fact(page, kinds[i].label, money_cell(page, kinds[i].amount));
            any = true;
        }
    }
    if (any) {
        append_fact(page, "bill",
                    arena_printf(page->arena, SLICE_FMT " with these, before free tiers",
                                 SLICE_ARG(money_cell(page, answer->bill))));
    }
}

/* What is beside the columns: streaming, and what failed or was tried again. */
static void append_failed(const struct cli_page *page, const struct cost_answer *answer)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(cost_failed, "errors", CLI_JSON_TEXT, errors),
        CLI_JSON_FIELD(cost_failed, "timeouts", CLI_JSON_TEXT, timeouts),
        CLI_JSON_FIELD(cost_failed, "retries", CLI_JSON_TEXT, retries),
    };
    struct cost_failed failed = {.errors = SLICE_EMPTY};
    struct slice streaming = parts_of(answer->components, page->arena).streaming;
    (void)cli_json_object(answer->failed, fields, COUNT_OF(fields), &failed, page->arena);
    if (is_money(streaming)) {
        append_fact(page, "streaming", money_cell(page, streaming));
    }
    if (is_money(failed.errors) || is_money(failed.retries)) {
        append_fact(page, "failed",
                    arena_printf(page->arena,
                                 SLICE_FMT " for errors, of which " SLICE_FMT
                                           " for timeouts; " SLICE_FMT " for retries",
                                 SLICE_ARG(money_cell(page, failed.errors)),
                                 SLICE_ARG(money_cell(page, failed.timeouts)),
                                 SLICE_ARG(money_cell(page, failed.retries))));
    }
}

static double share_of(double part, double whole)
{
    return whole > 0 ? part * 100 / whole : 0;
}

/* What is in no sum, as far as anything is known of it. */
static void append_sizeless(const struct cli_page *page, const struct cost_answer *answer)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(cost_sizeless, "invocations", CLI_JSON_NUMBER, invocations),
        CLI_JSON_FIELD(cost_sizeless, "billed_ms", CLI_JSON_NUMBER, billed_ms),
        CLI_JSON_FIELD(cost_sizeless, "errors_ms", CLI_JSON_NUMBER, errors_ms),
        CLI_JSON_FIELD(cost_sizeless, "retries_ms", CLI_JSON_NUMBER, retries_ms),
    };
    struct cost_sizeless none = {.invocations = {.value = 0}};
    if (cli_json_object(answer->sizeless, fields, COUNT_OF(fields), &none, page->arena) &&
        none.invocations.value > 0) {
        append_fact(page, "not in it",
                    arena_printf(page->arena,
                                 "%.0f invocations whose memory nobody tells, billed for %.3g s: "
                                 "%.1f %% of that for errors, %.1f %% for retries",
                                 none.invocations.value, none.billed_ms.value / 1000,
                                 share_of(none.errors_ms.value, none.billed_ms.value),
                                 share_of(none.retries_ms.value, none.billed_ms.value)));
    }
}

static void append_cost_facts(const struct cli_page *page, const struct cost_answer *answer)
{
    static const struct cli_json_field net[] = {
        CLI_JSON_FIELD(cost_words, "amount", CLI_JSON_TEXT, net),
        CLI_JSON_FIELD(cost_words, "note", CLI_JSON_TEXT, note),
    };
    static const struct cli_json_field price[] = {
        CLI_JSON_FIELD(cost_words, "source", CLI_JSON_TEXT, source),
        CLI_JSON_FIELD(cost_words, "date", CLI_JSON_TEXT, date),
    };
    struct cost_words words = {.net = SLICE_EMPTY};
    (void)cli_json_object(answer->net, net, COUNT_OF(net), &words, page->arena);
    (void)cli_json_object(answer->price, price, COUNT_OF(price), &words, page->arena);
    buf_append_byte(page->out, '\n');
    append_standing(page, answer);
    append_failed(page, answer);
    append_sizeless(page, answer);
    if (answer->utilisation.known) {
        append_fact(page, "utilisation",
                    arena_printf(page->arena, "%.1f %% of the time that was billed was used",
                                 answer->utilisation.value * 100));
    }
    append_fact(page, "net",
                words.net.size > 0
                    ? cli_text_money(cli_text_cell(words.net, 0, page->arena), page->arena)
                    : SLICE_EMPTY);
    append_fact(page, "", words.note);
    append_agent(page, answer->agent);
    if (words.source.size > 0 || words.date.size > 0) {
        append_fact(page, "prices",
                    arena_printf(page->arena, SLICE_FMT ", " SLICE_FMT, SLICE_ARG(words.source),
                                 SLICE_ARG(words.date)));
    }
}

enum cli_found cli_show_cost(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field whole[] = {
        CLI_JSON_FIELD(cost_answer, "total", CLI_JSON_MONEY, total),
        CLI_JSON_FIELD(cost_answer, "components", CLI_JSON_RAW, components),
        CLI_JSON_FIELD(cost_answer, "net", CLI_JSON_RAW, net),
        CLI_JSON_FIELD(cost_answer, "price", CLI_JSON_RAW, price),
        CLI_JSON_FIELD(cost_answer, "by", CLI_JSON_RAW, by),
        CLI_JSON_FIELD(cost_answer, "agent", CLI_JSON_RAW, agent),
        CLI_JSON_FIELD(cost_answer, "standing", CLI_JSON_RAW, standing),
        CLI_JSON_FIELD(cost_answer, "savings_plan", CLI_JSON_TEXT, savings),
        CLI_JSON_FIELD(cost_answer, "bill", CLI_JSON_TEXT, bill),
        CLI_JSON_FIELD(cost_answer, "utilisation", CLI_JSON_NUMBER, utilisation),
        CLI_JSON_FIELD(cost_answer, "failed", CLI_JSON_RAW, failed),
        CLI_JSON_FIELD(cost_answer, "sizeless", CLI_JSON_RAW, sizeless),
    };
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(cost_row, "key", CLI_JSON_TEXT, key),
        CLI_JSON_FIELD(cost_row, "cost", CLI_JSON_MONEY, cost),
        CLI_JSON_FIELD(cost_row, "components", CLI_JSON_RAW, components),
        CLI_JSON_FIELD(cost_row, "standing", CLI_JSON_RAW, standing),
        CLI_JSON_FIELD(cost_row, "invocations", CLI_JSON_NUMBER, invocations),
    };
    static const struct cli_column columns[] = {
        {"WHAT", false, false},     {"CALLS", true, true},    {"COST", true, true},
        {"USEFUL", true, true},     {"INIT", true, true},     {"ROUNDING", true, true},
        {"AFTERWARDS", true, true}, {"REQUESTS", true, true}, {"BESIDES", true, true},
    };
    struct cost_answer record = {.total = SLICE_EMPTY};
    size_t count = 0;
    if (!cli_json_object(answer, whole, COUNT_OF(whole), &record, page->arena) ||
        record.by.size == 0 || record.by.base[0] != '[') {
        return CLI_UNCLEAR;
    }
    const struct cost_row *rows = cli_json_rows(record.by, fields, COUNT_OF(fields),
                                                sizeof(struct cost_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "Nothing was billed in this time. --since 24h looks further "
                                   "back.\n");
        return CLI_NOTHING;
    }
    struct cli_table table;
    struct cost_row total = {.key = SLICE("total"),
                             .cost = record.total,
                             .components = record.components,
                             .standing = record.standing,
                             .invocations = {true, 0}};
    bool besides = is_money(standing_of(record.standing, page->arena).amount);
    cli_table_init(&table, columns, COUNT_OF(columns) - (besides ? 0 : 1), count + 1, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_cost_row(&table, page, &rows[i], besides);
        total.invocations.value += rows[i].invocations.value;
    }
    add_cost_row(&table, page, &total, besides);
    cli_table_print(&table, page->screen, page->arena, page->out);
    append_cost_facts(page, &record);
    return CLI_FOUND;
}

/* ---- cold ---- */

struct cold_row {
    struct slice key;
    struct cli_number rate;
    struct cli_number cold_starts;
    struct cli_number invocations;
    struct cli_number proactive;
    struct cli_number wait_ms_total;
    struct slice init;
    struct slice by;
    struct slice slowest;
};

struct cold_init {
    struct cli_number p50;
    struct cli_number p95;
    struct cli_number max;
};

struct slow_row {
    struct slice function;
    struct cli_number init_ms;
    uint64_t start_ns;
    struct slice cause;
    struct slice transaction;
};

static const struct cli_json_field cold_fields[] = {
    CLI_JSON_FIELD(cold_row, "key", CLI_JSON_TEXT, key),
    CLI_JSON_FIELD(cold_row, "rate", CLI_JSON_NUMBER, rate),
    CLI_JSON_FIELD(cold_row, "cold_starts", CLI_JSON_NUMBER, cold_starts),
    CLI_JSON_FIELD(cold_row, "invocations", CLI_JSON_NUMBER, invocations),
    CLI_JSON_FIELD(cold_row, "proactive", CLI_JSON_NUMBER, proactive),
    CLI_JSON_FIELD(cold_row, "wait_ms_total", CLI_JSON_NUMBER, wait_ms_total),
    CLI_JSON_FIELD(cold_row, "init_ms", CLI_JSON_RAW, init),
    CLI_JSON_FIELD(cold_row, "by", CLI_JSON_RAW, by),
    CLI_JSON_FIELD(cold_row, "slowest", CLI_JSON_RAW, slowest),
};

static void add_cold_row(struct cli_table *table, const struct cli_page *page,
                         const struct cold_row *row)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(cold_init, "p50", CLI_JSON_NUMBER, p50),
        CLI_JSON_FIELD(cold_init, "p95", CLI_JSON_NUMBER, p95),
        CLI_JSON_FIELD(cold_init, "max", CLI_JSON_NUMBER, max),
    };
    struct cold_init init = {.p50 = {false, 0}};
    (void)cli_json_object(row->init, fields, COUNT_OF(fields), &init, page->arena);
    cli_cell_text(table, page, row->key);
    cli_cell_share(table, page, row->rate);
    cli_cell_notable(table, page, row->cold_starts, CLI_BLUE);
    cli_cell_count(table, page, row->invocations);
    cli_cell_count(table, page, row->proactive);
    cli_cell_duration(table, page, row->wait_ms_total);
    cli_cell_duration(table, page, init.p50);
    cli_cell_duration(table, page, init.p95);
    cli_cell_duration(table, page, init.max);
}

static void append_slowest(const struct cli_page *page, struct slice list)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(slow_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(slow_row, "init_ms", CLI_JSON_NUMBER, init_ms),
        CLI_JSON_FIELD(slow_row, "start", CLI_JSON_INSTANT, start_ns),
        CLI_JSON_FIELD(slow_row, "cause", CLI_JSON_TEXT, cause),
        CLI_JSON_FIELD(slow_row, "transaction", CLI_JSON_TEXT, transaction),
    };
    static const struct cli_column columns[] = {
        {"SLOWEST", false, false},    {"INIT", true, true},         {"CAUSE", false, true},
        {"START (UTC)", false, true}, {"TRANSACTION", false, true},
    };
    size_t count = 0;
    const struct slow_row *rows =
        cli_json_rows(list, fields, COUNT_OF(fields), sizeof(struct slow_row), &count, page->arena);
    if (count == 0) {
        return;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        cli_cell_text(&table, page, rows[i].function);
        cli_cell_duration(&table, page, rows[i].init_ms);
        cli_cell_text(&table, page, rows[i].cause);
        cli_cell_instant(&table, page, rows[i].start_ns);
        cli_cell_text(&table, page, rows[i].transaction);
    }
    buf_append_byte(page->out, '\n');
    cli_table_print(&table, page->screen, page->arena, page->out);
}

enum cli_found cli_show_cold(struct slice answer, const struct cli_page *page)
{
    static const struct cli_column columns[] = {
        {"WHAT", false, false},   {"RATE", true, true},      {"COLD", true, true},
        {"CALLS", true, true},    {"PROACTIVE", true, true}, {"WAITED", true, true},
        {"INIT P50", true, true}, {"P95", true, true},       {"MAX", true, true},
    };
    struct cold_row total = {.key = SLICE_EMPTY};
    size_t count = 0;
    if (!cli_json_object(answer, cold_fields, COUNT_OF(cold_fields), &total, page->arena) ||
        !total.invocations.known) {
        return CLI_UNCLEAR;
    }
    if (!(total.invocations.value > 0) && !(total.proactive.value > 0)) {
        buf_append_text(page->out, "No calls in this time. --since 24h looks further back.\n");
        return CLI_NOTHING;
    }
    const struct cold_row *rows = cli_json_rows(total.by, cold_fields, COUNT_OF(cold_fields),
                                                sizeof(struct cold_row), &count, page->arena);
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count + 1, page->arena);
    for (size_t i = 0; i < count; i++) {
        add_cold_row(&table, page, &rows[i]);
    }
    total.key = SLICE("all");
    add_cold_row(&table, page, &total);
    cli_table_print(&table, page->screen, page->arena, page->out);
    append_slowest(page, total.slowest);
    return CLI_FOUND;
}
