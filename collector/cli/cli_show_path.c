/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_show_path.h"

#include "cli/cli_cell.h"

#include <stdlib.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void append_ms(const struct cli_page *page, double ms)
{
    buf_append(page->out, cli_text_duration(ms, page->arena));
}

/* ---- What was waited for. ---- */

struct path_waited {
    struct cli_number all, queue, init, handler, outside, unknown;
};

static void append_waited(struct slice json, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(path_waited, "ms", CLI_JSON_NUMBER, all),
        CLI_JSON_FIELD(path_waited, "queue_ms", CLI_JSON_NUMBER, queue),
        CLI_JSON_FIELD(path_waited, "init_ms", CLI_JSON_NUMBER, init),
        CLI_JSON_FIELD(path_waited, "handler_ms", CLI_JSON_NUMBER, handler),
        CLI_JSON_FIELD(path_waited, "outside_ms", CLI_JSON_NUMBER, outside),
        CLI_JSON_FIELD(path_waited, "unknown_ms", CLI_JSON_NUMBER, unknown),
    };
    struct path_waited waited = {.all = {.known = false}};
    if (!cli_json_object(json, fields, COUNT_OF(fields), &waited, page->arena) ||
        !waited.all.known) {
        return;
    }
    const struct {
        const char *name;
        struct cli_number ms;
    } parts[] = {
        {"queue", waited.queue},     {"init", waited.init},       {"handlers", waited.handler},
        {"outside", waited.outside}, {"unknown", waited.unknown},
    };
    const char *before = ": ";
    buf_append_text(page->out, "waited for ");
    append_ms(page, waited.all.value);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].ms.known && parts[i].ms.value > 0) {
            buf_printf(page->out, "%s%s ", before, parts[i].name);
            append_ms(page, parts[i].ms.value);
            before = ", ";
        }
    }
    buf_append_byte(page->out, '\n');
}

/* ---- The critical path. ---- */

struct path_step_row {
    struct slice part, function, name;
    struct cli_number ms;
};

struct path_whole {
    struct cli_number ms;
    struct slice steps;
};

/* The longest first. */
static int by_length(const void *one, const void *other)
{
    const struct path_step_row *a = one, *b = other;
    return (a->ms.value < b->ms.value) - (a->ms.value > b->ms.value);
}

static void add_step(struct cli_table *table, const struct cli_page *page,
                     const struct path_step_row *row, double whole_ms)
{
    struct cli_number share = {.known = whole_ms > 0,
                               .value = whole_ms > 0 ? row->ms.value / whole_ms : 0};
    cli_cell_duration(table, page, row->ms);
    cli_cell_share(table, page, share);
    cli_cell_text(table, page, row->part);
    cli_cell_text(table, page, row->function);
    cli_cell_text(table, page, row->name);
}

static void append_steps(struct slice json, const struct cli_page *page)
{
    static const struct cli_json_field whole_fields[] = {
        CLI_JSON_FIELD(path_whole, "ms", CLI_JSON_NUMBER, ms),
        CLI_JSON_FIELD(path_whole, "steps", CLI_JSON_RAW, steps),
    };
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(path_step_row, "part", CLI_JSON_TEXT, part),
        CLI_JSON_FIELD(path_step_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(path_step_row, "name", CLI_JSON_TEXT, name),
        CLI_JSON_FIELD(path_step_row, "ms", CLI_JSON_NUMBER, ms),
    };
    static const struct cli_column columns[] = {
        {"CRITICAL PATH", true, true}, {"", true, true},       {"PART", false, true},
        {"FUNCTION", false, false},    {"SPAN", false, false},
    };
    struct path_whole whole = {.steps = SLICE_EMPTY};
    size_t count = 0;
    (void)cli_json_object(json, whole_fields, COUNT_OF(whole_fields), &whole, page->arena);
    struct path_step_row *rows = cli_json_rows(whole.steps, fields, COUNT_OF(fields),
                                               sizeof(struct path_step_row), &count, page->arena);
    if (count == 0) {
        return;
    }
    qsort(rows, count, sizeof(rows[0]), by_length);
    size_t shown = count < CLI_PATH_STEPS_MAX ? count : CLI_PATH_STEPS_MAX;
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), shown, page->arena);
    for (size_t i = 0; i < shown; i++) {
        add_step(&table, page, &rows[i], whole.ms.value);
    }
    buf_append_byte(page->out, '\n');
    cli_table_print(&table, page->screen, page->arena, page->out);
    if (shown < count) {
        buf_printf(page->out, "and %zu shorter steps of the %zu of ", count - shown, count);
        append_ms(page, whole.ms.value);
        buf_append_byte(page->out, '\n');
    }
}

/* ---- Functions. ---- */

struct path_function_row {
    struct slice function, cost;
    struct cli_number invocations, busy_ms, critical_ms, billed_ms;
};

static void append_functions(struct slice json, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(path_function_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(path_function_row, "invocations", CLI_JSON_NUMBER, invocations),
        CLI_JSON_FIELD(path_function_row, "busy_ms", CLI_JSON_NUMBER, busy_ms),
        CLI_JSON_FIELD(path_function_row, "critical_ms", CLI_JSON_NUMBER, critical_ms),
        CLI_JSON_FIELD(path_function_row, "billed_ms", CLI_JSON_NUMBER, billed_ms),
        CLI_JSON_FIELD(path_function_row, "cost_share", CLI_JSON_MONEY, cost),
    };
    static const struct cli_column columns[] = {
        {"FUNCTION", false, false},  {"INVOCATIONS", true, true}, {"BUSY", true, true},
        {"ON THE PATH", true, true}, {"BILLED", true, true},      {"COST", true, true},
    };
    size_t count = 0;
    const struct path_function_row *rows = cli_json_rows(
        json, fields, COUNT_OF(fields), sizeof(struct path_function_row), &count, page->arena);
    if (count == 0) {
        return;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        cli_cell_text(&table, page, rows[i].function);
        cli_cell_count(&table, page, rows[i].invocations);
        cli_cell_duration(&table, page, rows[i].busy_ms);
        cli_cell_duration(&table, page, rows[i].critical_ms);
        cli_cell_duration(&table, page, rows[i].billed_ms);
        cli_cell_money(&table, page, rows[i].cost);
    }
    buf_append_byte(page->out, '\n');
    cli_table_print(&table, page->screen, page->arena, page->out);
}

void cli_show_path(const struct cli_path *path, const struct cli_page *page)
{
    append_waited(path->waited, page);
    append_steps(path->critical_path, page);
    append_functions(path->functions, page);
}
