/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_cell.h"
#include "cli/cli_show.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#define MS_NS 1000000

/* Characters of a timeline, and firings that are listed of one rule. */
#define LINE_WIDTH   56
#define LISTED_COUNT 20

struct preview_answer {
    struct slice rules, reads, reasons, messages;
    uint64_t from_ns, to_ns;
};

struct preview_rule {
    struct slice name, file, kind, alerts, error;
    struct cli_number line, step_s, fired, failures, left_out;
    uint64_t until_ns;
};

struct preview_alert {
    struct slice labels, spans;
    struct cli_number fired;
};

struct preview_span {
    struct slice state;
    uint64_t from_ns, to_ns; /* 0: it goes on. */
    struct cli_number value;
};

struct preview_read {
    struct slice metric;
    uint64_t first_ns;
};

struct preview_message {
    struct slice receiver, kind;
    struct cli_number messages, resolved;
};

static struct preview_span *spans_of(struct slice list, size_t *count, struct arena *arena)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(preview_span, "state", CLI_JSON_TEXT, state),
        CLI_JSON_FIELD(preview_span, "from", CLI_JSON_INSTANT, from_ns),
        CLI_JSON_FIELD(preview_span, "to", CLI_JSON_INSTANT, to_ns),
        CLI_JSON_FIELD(preview_span, "value", CLI_JSON_NUMBER, value),
    };
    return cli_json_rows(list, fields, COUNT_OF(fields), sizeof(struct preview_span), count, arena);
}

struct slice cli_show_labels(struct slice labels, struct arena *arena)
{
    struct json_read reader;
    struct json_string key, value;
    struct slice words = SLICE_EMPTY;
    json_read_init(&reader, labels, 4);
    if (json_read_object(&reader) != JSON_GOT) {
        return words;
    }
    while (json_read_member(&reader, &key)) {
        if (json_read_string(&reader, &value) != JSON_GOT) {
            break;
        }
        if (!json_string_equal(key, SLICE("alertname"))) {
            words = arena_printf(arena, SLICE_FMT "%s" SLICE_FMT "=" SLICE_FMT, SLICE_ARG(words),
                                 words.size > 0 ? " " : "", SLICE_ARG(json_string_text(key, arena)),
                                 SLICE_ARG(json_string_text(value, arena)));
        }
    }
    return words.size > 0 ? words : SLICE("(no labels)");
}

/* ---- Timelines. ---- */

static char mark_of(struct slice state)
{
    return slice_equal(state, SLICE("firing"))    ? '#'
           : slice_equal(state, SLICE("pending")) ? '-'
                                                  : '?';
}

static int rank_of(char mark)
{
    return mark == '#' ? 3 : mark == '-' ? 2 : mark == '?' ? 1 : 0;
}

/* The spans of an alert as a line: a character says the worst of its time. */
static struct slice line_of(const struct preview_answer *answer, const struct preview_span *spans,
                            size_t count, struct arena *arena)
{
    char line[LINE_WIDTH];
    memset(line, '.', sizeof(line));
    double from = (double)answer->from_ns, width = (double)answer->to_ns - from;
    for (size_t i = 0; i < count && width > 0; i++) {
        char mark = mark_of(spans[i].state);
        double end = spans[i].to_ns == 0 ? (double)answer->to_ns : (double)spans[i].to_ns;
        double first = ((double)spans[i].from_ns - from) / width * LINE_WIDTH;
        double last = (end - from) / width * LINE_WIDTH;
        for (size_t at = first < 0 ? 0 : (size_t)first; at < LINE_WIDTH && (double)at <= last;
             at++) {
            line[at] = rank_of(mark) > rank_of(line[at]) ? mark : line[at];
        }
    }
    return arena_printf(arena, "%.*s", LINE_WIDTH, line);
}

static void show_lines(const struct preview_answer *answer, const struct preview_alert *alerts,
                       size_t count, const struct cli_page *page)
{
    static const struct cli_column columns[] = {
        {"FIRED", true, true}, {"TIME", false, true}, {"ALERT", false, false}};
    struct cli_table table;
    cli_table_init(&table, columns, COUNT_OF(columns), count, page->arena);
    for (size_t i = 0; i < count; i++) {
        size_t span_count = 0;
        const struct preview_span *spans = spans_of(alerts[i].spans, &span_count, page->arena);
        cli_cell_notable(&table, page, alerts[i].fired, CLI_RED);
        cli_table_add(&table, line_of(answer, spans, span_count, page->arena), CLI_PLAIN);
        cli_cell_text(&table, page, cli_show_labels(alerts[i].labels, page->arena));
    }
    cli_table_print(&table, page->screen, page->arena, page->out);
    buf_append_text(page->out, "# fires  - is pending  ? has no data\n");
}

/* ---- Firings. ---- */

struct firing {
    struct preview_span span;
    struct slice words;
};

static int by_time(const void *one, const void *other)
{
    const struct firing *left = one, *right = other;
    return left->span.from_ns < right->span.from_ns   ? -1
           : left->span.from_ns > right->span.from_ns ? 1
                                                      : 0;
}

/* All firings of a rule, the earliest first. */
static struct firing *list_firings(const struct preview_alert *alerts, size_t count,
                                   size_t *firing_count, struct arena *arena)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++) {
        most += cli_json_count(alerts[i].spans);
    }
    struct firing *firings = arena_alloc_array(arena, most + 1, sizeof(*firings));
    *firing_count = 0;
    for (size_t i = 0; i < count && firings != NULL; i++) {
        size_t span_count = 0;
        const struct preview_span *spans = spans_of(alerts[i].spans, &span_count, arena);
        struct slice words = cli_show_labels(alerts[i].labels, arena);
        for (size_t s = 0; s < span_count; s++) {
            if (slice_equal(spans[s].state, SLICE("firing"))) {
                firings[(*firing_count)++] = (struct firing){spans[s], words};
            }
        }
    }
    if (*firing_count > 1) {
        qsort(firings, *firing_count, sizeof(*firings), by_time);
    }
    return firings;
}

static void show_firings(const struct preview_answer *answer, const struct preview_alert *alerts,
                         size_t count, const struct cli_page *page)
{
    static const struct cli_column columns[] = {{"FIRES", false, true},
                                                {"FOR", true, true},
                                                {"VALUE", true, true},
                                                {"ALERT", false, false}};
    size_t firing_count = 0;
    const struct firing *firings = list_firings(alerts, count, &firing_count, page->arena);
    size_t listed = firing_count < LISTED_COUNT ? firing_count : LISTED_COUNT;
    struct cli_table table;
    if (firings == NULL || firing_count == 0) {
        return;
    }
    cli_table_init(&table, columns, COUNT_OF(columns), listed, page->arena);
    for (size_t i = 0; i < listed; i++) {
        const struct preview_span *span = &firings[i].span;
        uint64_t end_ns = span->to_ns == 0 ? answer->to_ns : span->to_ns;
        double ms = end_ns > span->from_ns ? (double)(end_ns - span->from_ns) / MS_NS : 0;
        cli_cell_instant(&table, page, span->from_ns);
        cli_cell_duration(&table, page, (struct cli_number){true, ms});
        cli_cell_text(&table, page,
                      span->value.known ? arena_printf(page->arena, "%.4g", span->value.value)
                                        : SLICE("-"));
        cli_cell_text(&table, page, firings[i].words);
    }
    buf_append_text(page->out, "\n");
    cli_table_print(&table, page->screen, page->arena, page->out);
    if (listed < firing_count) {
        buf_printf(page->out, "and %zu more: --json shows all\n", firing_count - listed);
    }
}

/* ---- Rules. ---- */

static void show_head(const struct preview_rule *rule, const struct preview_answer *answer,
                      const struct cli_page *page)
{
    struct slice step = cli_text_duration(rule->step_s.value * 1000, page->arena);
    struct slice from = cli_text_instant(answer->from_ns, page->arena);
    struct slice to =
        cli_text_instant(rule->until_ns > 0 ? rule->until_ns : answer->from_ns, page->arena);
    cli_text_style(page->screen, CLI_BOLD, page->out);
    cli_text_safe(rule->name, page->out);
    cli_text_style(page->screen, CLI_PLAIN, page->out);
    if (!slice_equal(rule->file, SLICE("draft"))) {
        buf_append_text(page->out, "  ");
        cli_text_safe(rule->file, page->out);
        buf_printf(page->out, ":%.0f", rule->line.value);
    }
    buf_printf(page->out, "  every " SLICE_FMT " from " SLICE_FMT " to " SLICE_FMT "\n",
               SLICE_ARG(step), SLICE_ARG(from), SLICE_ARG(to));
    if (rule->failures.value > 0) {
        buf_printf(page->out, "%.0f evaluations failed: ", rule->failures.value);
        cli_text_safe(rule->error, page->out);
        buf_append_text(page->out, "\n");
    }
}

static void show_rule(const struct preview_rule *rule, const struct preview_answer *answer,
                      const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(preview_alert, "labels", CLI_JSON_RAW, labels),
        CLI_JSON_FIELD(preview_alert, "spans", CLI_JSON_RAW, spans),
        CLI_JSON_FIELD(preview_alert, "fired", CLI_JSON_NUMBER, fired),
    };
    size_t count = 0;
    const struct preview_alert *alerts = cli_json_rows(
        rule->alerts, fields, COUNT_OF(fields), sizeof(struct preview_alert), &count, page->arena);
    show_head(rule, answer, page);
    if (slice_equal(rule->kind, SLICE("record"))) {
        buf_append_text(page->out, "It records, and alerts of nothing.\n");
        return;
    }
    if (rule->fired.value > 0) {
        buf_printf(page->out, "It would have fired %.0f %s.\n", rule->fired.value,
                   cli_text_form((uint64_t)rule->fired.value, "time", "times"));
    } else {
        buf_append_text(page->out, "It would not have fired.\n");
    }
    if (count > 0) {
        buf_append_text(page->out, "\n");
        show_lines(answer, alerts, count, page);
        show_firings(answer, alerts, count, page);
    }
    if (rule->left_out.value > 0) {
        buf_printf(page->out, "%.0f more changes are not shown.\n", rule->left_out.value);
    }
}

/* ---- What else there is to know. ---- */

static void show_messages(struct slice list, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(preview_message, "receiver", CLI_JSON_TEXT, receiver),
        CLI_JSON_FIELD(preview_message, "kind", CLI_JSON_TEXT, kind),
        CLI_JSON_FIELD(preview_message, "messages", CLI_JSON_NUMBER, messages),
        CLI_JSON_FIELD(preview_message, "resolved", CLI_JSON_NUMBER, resolved),
    };
    size_t count = 0;
    const struct preview_message *rows = cli_json_rows(
        list, fields, COUNT_OF(fields), sizeof(struct preview_message), &count, page->arena);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].messages.value + rows[i].resolved.value > 0) {
            cli_text_safe(rows[i].receiver, page->out);
            buf_append_text(page->out, " (");
            cli_text_safe(rows[i].kind, page->out);
            buf_printf(page->out, ") would have been told %.0f %s, and %.0f that it is over.\n",
                       rows[i].messages.value,
                       cli_text_form((uint64_t)rows[i].messages.value, "time", "times"),
                       rows[i].resolved.value);
        }
    }
}

static void show_reads(const struct preview_answer *answer, const struct cli_page *page)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(preview_read, "metric", CLI_JSON_TEXT, metric),
        CLI_JSON_FIELD(preview_read, "first", CLI_JSON_INSTANT, first_ns),
    };
    size_t count = 0;
    const struct preview_read *rows = cli_json_rows(
        answer->reads, fields, COUNT_OF(fields), sizeof(struct preview_read), &count, page->arena);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].first_ns > answer->from_ns) {
            struct slice first = cli_text_instant(rows[i].first_ns, page->arena);
            buf_append_text(page->out, "Data of ");
            cli_text_safe(rows[i].metric, page->out);
            buf_printf(page->out, " begins " SLICE_FMT ".\n", SLICE_ARG(first));
        } else if (rows[i].first_ns == 0) {
            buf_append_text(page->out, "There is no data of ");
            cli_text_safe(rows[i].metric, page->out);
            buf_append_text(page->out, ".\n");
        }
    }
}

static void show_reasons(struct slice reasons, const struct cli_page *page)
{
    struct cli_json_list list;
    struct slice reason;
    cli_json_list(&list, reasons);
    while (cli_json_next(&list, &reason)) {
        buf_append_text(page->out, "Not all of it: ");
        cli_text_safe(cli_json_text(reason, page->arena), page->out);
        buf_append_text(page->out, ".\n");
    }
}

enum cli_found cli_show_preview(struct slice answer, const struct cli_page *page)
{
    static const struct cli_json_field whole[] = {
        CLI_JSON_FIELD(preview_answer, "rules", CLI_JSON_RAW, rules),
        CLI_JSON_FIELD(preview_answer, "reads", CLI_JSON_RAW, reads),
        CLI_JSON_FIELD(preview_answer, "reasons", CLI_JSON_RAW, reasons),
        CLI_JSON_FIELD(preview_answer, "messages", CLI_JSON_RAW, messages),
        CLI_JSON_FIELD(preview_answer, "from", CLI_JSON_INSTANT, from_ns),
        CLI_JSON_FIELD(preview_answer, "to", CLI_JSON_INSTANT, to_ns),
    };
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(preview_rule, "name", CLI_JSON_TEXT, name),
        CLI_JSON_FIELD(preview_rule, "file", CLI_JSON_TEXT, file),
        CLI_JSON_FIELD(preview_rule, "kind", CLI_JSON_TEXT, kind),
        CLI_JSON_FIELD(preview_rule, "alerts", CLI_JSON_RAW, alerts),
        CLI_JSON_FIELD(preview_rule, "error", CLI_JSON_TEXT, error),
        CLI_JSON_FIELD(preview_rule, "line", CLI_JSON_NUMBER, line),
        CLI_JSON_FIELD(preview_rule, "step_s", CLI_JSON_NUMBER, step_s),
        CLI_JSON_FIELD(preview_rule, "fired", CLI_JSON_NUMBER, fired),
        CLI_JSON_FIELD(preview_rule, "failures", CLI_JSON_NUMBER, failures),
        CLI_JSON_FIELD(preview_rule, "left_out", CLI_JSON_NUMBER, left_out),
        CLI_JSON_FIELD(preview_rule, "until", CLI_JSON_INSTANT, until_ns),
    };
    struct preview_answer record = {.rules = SLICE_EMPTY};
    size_t count = 0;
    double fired = 0;
    if (!cli_json_object(answer, whole, COUNT_OF(whole), &record, page->arena) ||
        record.rules.size == 0 || record.rules.base[0] != '[') {
        return CLI_UNCLEAR;
    }
    const struct preview_rule *rules = cli_json_rows(
        record.rules, fields, COUNT_OF(fields), sizeof(struct preview_rule), &count, page->arena);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(page->out, i > 0 ? "\n" : "");
        show_rule(&rules[i], &record, page);
        fired += rules[i].fired.value;
    }
    buf_append_text(page->out, "\n");
    show_messages(record.messages, page);
    show_reads(&record, page);
    show_reasons(record.reasons, page);
    return fired > 0 ? CLI_FOUND : CLI_NOTHING;
}
