/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* ---- What is behind a page. ---- */

struct rest {
    struct slice cursor;
    struct slice partial;
};

struct partial {
    struct slice reason;
};

static struct rest rest_of(struct slice answer, struct arena *arena)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(rest, "next_cursor", CLI_JSON_TEXT, cursor),
        CLI_JSON_FIELD(rest, "partial", CLI_JSON_RAW, partial),
    };
    struct rest rest = {.cursor = SLICE_EMPTY};
    (void)cli_json_object(answer, fields, COUNT_OF(fields), &rest, arena);
    return rest;
}

struct slice cli_show_next(struct slice answer, struct arena *arena)
{
    return rest_of(answer, arena).cursor;
}

void cli_show_rest(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(partial, "reason", CLI_JSON_TEXT, reason),
    };
    struct rest rest = rest_of(answer, page->arena);
    struct partial partial = {.reason = SLICE_EMPTY};
    (void)cli_json_object(rest.partial, fields, 1, &partial, page->arena);
    if (partial.reason.size > 0) {
        buf_append_text(page->out, "Not everything was searched: ");
        cli_text_safe(partial.reason, page->out);
        buf_append_text(page->out, ".\n");
    }
    if (rest.cursor.size > 0 && !page->goes_on) {
        buf_append_text(page->out, "There are more: --all, or --cursor ");
        cli_text_safe(rest.cursor, page->out);
        buf_append_byte(page->out, '\n');
    }
}

/* ---- Errors. ---- */

struct placed_answer {
    struct slice error;
};

struct placed_error {
    struct cli_number position, length;
};

/* So many characters of a text, in bytes. */
static size_t bytes_of(struct slice text, double characters)
{
    size_t at = 0;
    for (double i = 0; i < characters && at < text.size; i++) {
        do {
            at++;
        } while (at < text.size && (text.base[at] & 0xc0) == 0x80);
    }
    return at;
}

void cli_show_place(struct slice answer, struct slice query, struct arena *arena, struct buf *out)
{
    static const struct cli_json_field outer[] = {
        CLI_JSON_FIELD(placed_answer, "error", CLI_JSON_RAW, error),
    };
    static const struct cli_json_field inner[] = {
        CLI_JSON_FIELD(placed_error, "position", CLI_JSON_NUMBER, position),
        CLI_JSON_FIELD(placed_error, "length", CLI_JSON_NUMBER, length),
    };
    struct placed_answer whole = {.error = SLICE_EMPTY};
    struct placed_error place = {.position = {false, 0}};
    if (!cli_json_object(answer, outer, 1, &whole, arena) ||
        !cli_json_object(whole.error, inner, 2, &place, arena) || !place.position.known) {
        return;
    }
    size_t at = bytes_of(query, place.position.value);
    size_t end = at + bytes_of(slice_skip(query, at), place.length.value);
    struct slice before = cli_text_cell(slice_take(query, at), 0, arena);
    struct slice wrong = cli_text_cell(slice_take(slice_skip(query, at), end - at), 0, arena);
    buf_append_text(out, "  ");
    cli_text_safe(query, out);
    buf_append_text(out, "\n  ");
    for (size_t i = cli_text_width(before); i > 0; i--) {
        buf_append_byte(out, ' ');
    }
    size_t marks = cli_text_width(wrong);
    for (size_t i = marks > 0 ? marks : 1; i > 0; i--) {
        buf_append_byte(out, '^');
    }
    buf_append_byte(out, '\n');
}

/* ---- Lines. ---- */

struct line_row {
    uint64_t time_ns;
    struct slice level, function, service, message, body, transaction;
    struct cli_number severity;
};

static enum cli_style style_of(double severity)
{
    return severity >= 17 ? CLI_RED : severity >= 13 ? CLI_YELLOW : CLI_PLAIN;
}

static struct slice said(const struct line_row *row, struct arena *arena)
{
    if (row->message.size > 0) {
        return row->message;
    }
    struct slice text = cli_json_text(row->body, arena);
    return text.size > 0 ? text : row->body;
}

enum cli_found cli_show_logs(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(line_row, "time", CLI_JSON_INSTANT, time_ns),
        CLI_JSON_FIELD(line_row, "level", CLI_JSON_TEXT, level),
        CLI_JSON_FIELD(line_row, "severity", CLI_JSON_NUMBER, severity),
        CLI_JSON_FIELD(line_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(line_row, "service", CLI_JSON_TEXT, service),
        CLI_JSON_FIELD(line_row, "message", CLI_JSON_TEXT, message),
        CLI_JSON_FIELD(line_row, "body", CLI_JSON_RAW, body),
        CLI_JSON_FIELD(line_row, "transaction", CLI_JSON_TEXT, transaction),
    };
    static const struct cli_column columns[] = {
        {"TIME (UTC)", false, true},  {"LEVEL", false, true}, {"FUNCTION", false, false},
        {"TRANSACTION", false, true}, {"LINE", false, false},
    };
    struct slice list;
    size_t count = 0;
    if (!cli_json_list_of(answer, SLICE("logs"), page->arena, &list)) {
        return CLI_UNCLEAR;
    }
    const struct line_row *rows =
        cli_json_rows(list, fields, COUNT_OF(fields), sizeof(struct line_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No line was found. --since 24h looks further back, "
                                   "--since all at everything.\n");
        cli_show_rest(answer, page);
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        const struct line_row *row = &rows[i];
        cli_cell_instant(&table, page, row->time_ns);
        cli_table_add(&table, cli_text_cell(row->level, 8, page->arena),
                      style_of(row->severity.value));
        cli_cell_text(&table, page, row->function.size > 0 ? row->function : row->service);
        cli_cell_text(&table, page, row->transaction);
        cli_cell_text(&table, page, said(row, page->arena));
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    cli_show_rest(answer, page);
    return CLI_FOUND;
}

/* ---- Spans. ---- */

struct span_row {
    uint64_t start_ns;
    struct slice name, kind, status, function, service, transaction;
    struct cli_number duration_ms;
};

enum cli_found cli_show_spans(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(span_row, "start", CLI_JSON_INSTANT, start_ns),
        CLI_JSON_FIELD(span_row, "name", CLI_JSON_TEXT, name),
        CLI_JSON_FIELD(span_row, "kind", CLI_JSON_TEXT, kind),
        CLI_JSON_FIELD(span_row, "status", CLI_JSON_TEXT, status),
        CLI_JSON_FIELD(span_row, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(span_row, "service", CLI_JSON_TEXT, service),
        CLI_JSON_FIELD(span_row, "transaction", CLI_JSON_TEXT, transaction),
        CLI_JSON_FIELD(span_row, "duration_ms", CLI_JSON_NUMBER, duration_ms),
    };
    static const struct cli_column columns[] = {
        {"START (UTC)", false, true}, {"FUNCTION", false, false}, {"SPAN", false, false},
        {"KIND", false, true},        {"DURATION", true, true},   {"STATUS", false, true},
        {"TRANSACTION", false, true},
    };
    struct slice list;
    size_t count = 0;
    if (!cli_json_list_of(answer, SLICE("spans"), page->arena, &list)) {
        return CLI_UNCLEAR;
    }
    const struct span_row *rows =
        cli_json_rows(list, fields, COUNT_OF(fields), sizeof(struct span_row), &count, page->arena);
    if (count == 0) {
        buf_append_text(page->out, "No span was found. --since 24h looks further back, "
                                   "--since all at everything.\n");
        cli_show_rest(answer, page);
        return CLI_NOTHING;
    }
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        const struct span_row *row = &rows[i];
        bool failed = slice_equal(row->status, SLICE("error"));
        cli_cell_instant(&table, page, row->start_ns);
        cli_cell_text(&table, page, row->function.size > 0 ? row->function : row->service);
        cli_cell_text(&table, page, row->name);
        cli_cell_text(&table, page, row->kind);
        cli_cell_duration(&table, page, row->duration_ms);
        cli_table_add(&table, cli_text_cell(row->status, 8, page->arena),
                      failed ? CLI_RED : CLI_PLAIN);
        cli_cell_text(&table, page, row->transaction);
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    cli_show_rest(answer, page);
    return CLI_FOUND;
}
