/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli_json.h"
#include "cli/cli_show.h"
#include "cli/cli_trace_rows.h"
#include "cli/cli_tree.h"

#include "base/ensure.h"

#include <stdint.h>

/* Columns of the small bars. */
#define BAR_WIDTH 24

/* Columns of a name in the tree, with its indentation, and before a log line: as wide as the widest
 * one, within these. */
#define TREE_WIDTH_MIN 28
#define TREE_WIDTH_MAX 44
#define LOG_WIDTH_MIN  16
#define LOG_WIDTH_MAX  32

static struct slice safe(const struct cli_page *page, struct slice text)
{
    return cli_text_cell(text, 0, page->arena);
}

static void append_styled(const struct cli_page *page, enum cli_style style, struct slice text)
{
    cli_text_style(page->screen, style, page->out);
    buf_append(page->out, text);
    cli_text_style(page->screen, CLI_PLAIN, page->out);
}

/* ---- The head. ---- */

static void append_head(const struct cli_page *page, const struct trace_answer *answer)
{
    struct buf *out = page->out;
    buf_append_text(out, "transaction ");
    append_styled(page, CLI_BOLD, safe(page, answer->id));
    if (answer->start_ns != 0) {
        buf_append_text(out, "  ");
        buf_append(out, cli_text_instant(answer->start_ns, page->arena));
        buf_append_text(out, " UTC");
    }
    buf_append_byte(out, '\n');
    if (answer->elapsed_ms.known) {
        buf_append_text(out, "elapsed ");
        buf_append(out, cli_text_duration(answer->elapsed_ms.value, page->arena));
    }
    if (answer->wait_ms.known) {
        buf_append_text(out, ", the caller waited ");
        buf_append(out, cli_text_duration(answer->wait_ms.value, page->arena));
    }
    if (answer->cost.size > 0) {
        buf_append_text(out, ", cost $");
        buf_append(out, safe(page, answer->cost));
    }
    buf_append_text(out, answer->complete ? ", complete\n" : ", not complete\n");
    struct cli_json_list list;
    struct slice id;
    const char *before = "also known as ";
    cli_json_list(&list, answer->trace_ids);
    while (cli_json_next(&list, &id)) {
        struct slice text = safe(page, cli_json_text(id, page->arena));
        if (text.size > 0 && !slice_equal(text, answer->id)) {
            buf_append_text(out, before);
            buf_append(out, text);
            before = ", ";
        }
    }
    if (before[0] == ',') {
        buf_append_byte(out, '\n');
    }
}

/* ---- The tree of invocations. ---- */

/* Where an instant lies on the bar. */
static size_t bar_place(const struct trace_answer *answer, double offset_ms)
{
    double whole_ms = answer->elapsed_ms.known ? answer->elapsed_ms.value : 0;
    if (!(whole_ms > 0) || !(offset_ms > 0)) {
        return 0;
    }
    double place = offset_ms / whole_ms * BAR_WIDTH;
    return place >= BAR_WIDTH ? BAR_WIDTH : (size_t)place;
}

static double offset_ms(const struct trace_answer *answer, uint64_t time_ns)
{
    return time_ns > answer->start_ns ? (double)(time_ns - answer->start_ns) / 1e6 : 0;
}

/* init, handler and what came after it, each at its place in the whole. */
static void append_bar(const struct cli_page *page, const struct trace_answer *answer,
                       const struct trace_invocation *row)
{
    static const char *const utf8[] = {"\xe2\x96\x91", "\xe2\x96\x88", "\xe2\x96\x92"};
    static const char *const ascii[] = {"i", "#", "p"};
    const char *const *marks = page->screen->utf8 ? utf8 : ascii;
    double start_ms = offset_ms(answer, row->start_ns);
    double handler_ms = row->handler_ms.known ? row->handler_ms.value : 0;
    double post_ms = row->post_handler_ms.known ? row->post_handler_ms.value : 0;
    double init_ms = row->cold && row->init_ms.known ? row->init_ms.value : 0;
    bool inside = slice_equal(row->init_phase, SLICE("invoke"));
    double init_from = row->init_start_ns != 0 ? offset_ms(answer, row->init_start_ns)
                                               : start_ms - (inside ? 0 : init_ms);
    size_t edges[4] = {bar_place(answer, init_ms > 0 ? init_from : start_ms),
                       bar_place(answer, inside ? start_ms + init_ms : start_ms),
                       bar_place(answer, start_ms + handler_ms),
                       bar_place(answer, start_ms + handler_ms + post_ms)};
    /* What is there is seen, be it ever so short. */
    if (edges[1] >= BAR_WIDTH) {
        edges[1] = BAR_WIDTH - 1;
    }
    edges[0] = edges[0] > edges[1] ? edges[1] : edges[0];
    edges[2] = edges[2] <= edges[1] ? edges[1] + 1 : edges[2];
    edges[3] = edges[3] < edges[2] ? edges[2] : edges[3];
    static const enum cli_style styles[] = {CLI_BLUE, CLI_GREEN, CLI_DIM};
    buf_append_byte(page->out, '|');
    buf_append_fill(page->out, ' ', edges[0]);
    for (size_t part = 0; part < 3; part++) {
        cli_text_style(page->screen, styles[part], page->out);
        for (size_t i = edges[part]; i < edges[part + 1]; i++) {
            buf_append_text(page->out, marks[part]);
        }
        cli_text_style(page->screen, CLI_PLAIN, page->out);
    }
    buf_append_fill(page->out, ' ', BAR_WIDTH - edges[3]);
    buf_append_byte(page->out, '|');
}

/* "stock #2" */
static struct slice place_name(const struct cli_page *page, struct slice function,
                               struct cli_number number)
{
    struct slice name = function.size == 0 ? SLICE("?") : safe(page, function);
    return number.known
               ? arena_printf(page->arena, SLICE_FMT " #%.0f", SLICE_ARG(name), number.value)
               : name;
}

static void append_duration(const struct cli_page *page, const char *label, struct cli_number ms)
{
    if (ms.known) {
        buf_printf(page->out, "%s ", label);
        buf_append(page->out, cli_text_duration(ms.value, page->arena));
        buf_append_text(page->out, "  ");
    }
}

/* Attempts of one request, as far as they are in this transaction. */
static void append_attempt(const struct cli_page *page, const struct trace_answer *answer,
                           const struct trace_invocation *row)
{
    size_t all = 0;
    size_t nth = 0;
    for (size_t i = 0; i < answer->invocation_count; i++) {
        const struct trace_invocation *other = &answer->invocations[i];
        if (slice_equal(other->request_id, row->request_id)) {
            all++;
            nth = other == row ? all : nth;
        }
    }
    if (all > 1) {
        buf_printf(page->out, "attempt %zu of %zu  ", nth, all);
    }
}

static void append_shared(const struct cli_page *page, const struct trace_invocation *row,
                          size_t indent)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(trace_shared, "messages", CLI_JSON_NUMBER, messages),
        CLI_JSON_FIELD(trace_shared, "served", CLI_JSON_NUMBER, served),
    };
    struct trace_shared shared = {.messages = {false, 0}};
    if (row->shared.size == 0 || !cli_json_object(row->shared, fields, 2, &shared, page->arena)) {
        return;
    }
    buf_append_fill(page->out, ' ', indent + 2);
    buf_printf(page->out, "shared batch: %.0f of its %.0f %s %s of this transaction",
               shared.served.value, shared.messages.value,
               shared.messages.value == 1 ? "message" : "messages",
               shared.served.value == 1 ? "is" : "are");
    if (row->cost_share.size > 0 && row->cost.size > 0) {
        buf_append_text(page->out, ", its share is ");
        buf_append(page->out, cli_text_money(safe(page, row->cost_share), page->arena));
        buf_append_text(page->out, " of ");
        buf_append(page->out, cli_text_money(safe(page, row->cost), page->arena));
    }
    buf_append_byte(page->out, '\n');
}

static enum cli_style outcome_style(struct slice outcome)
{
    if (slice_equal(outcome, SLICE("ok"))) {
        return CLI_GREEN;
    }
    return slice_equal(outcome, SLICE("running")) ? CLI_YELLOW : CLI_RED;
}

static size_t clamp(size_t value, size_t min, size_t max)
{
    value = value < min ? min : value;
    return value > max ? max : value;
}

static size_t indent_of(size_t depth)
{
    return 2 * (depth < CLI_DEPTH_MAX ? depth : CLI_DEPTH_MAX);
}

/* Columns that the names of the tree take. */
static size_t tree_width(const struct cli_page *page, const struct trace_answer *answer,
                         const struct cli_tree_node *nodes)
{
    size_t widest = 0;
    for (size_t i = 0; i < answer->invocation_count; i++) {
        const struct trace_invocation *row = &answer->invocations[i];
        size_t width = indent_of(nodes[i].depth) +
                       cli_text_width(place_name(page, row->function, row->instance_no));
        widest = width > widest ? width : widest;
    }
    return clamp(widest, TREE_WIDTH_MIN, TREE_WIDTH_MAX);
}

/* What invoked it, where that is known: "GET /orders/{id} 404 by api_gateway_rest, waited 3 ms". */
static void append_trigger(const struct cli_page *page, const struct trace_invocation *row,
                           size_t indent)
{
    struct buf *out = page->out;
    if (row->trigger.size == 0) {
        return;
    }
    buf_append_fill(out, ' ', indent + 2);
    if (row->method.size > 0) {
        buf_append(out, safe(page, row->method));
        buf_append_byte(out, ' ');
    }
    if (row->route.size > 0) {
        buf_append(out, safe(page, row->route));
        buf_append_byte(out, ' ');
    }
    if (row->status_code.known) {
        buf_printf(out, "%.0f ", row->status_code.value);
    }
    buf_append_text(out, "by ");
    buf_append(out, safe(page, row->trigger));
    if (row->trigger_source.size > 0) {
        buf_append_byte(out, ' ');
        buf_append(out, safe(page, row->trigger_source));
    }
    if (row->trigger_wait_ms.known) {
        buf_append_text(out, ", waited ");
        buf_append(out, cli_text_duration(row->trigger_wait_ms.value, page->arena));
        buf_append_text(out, " there");
    }
    buf_append_byte(out, '\n');
}

/* What the agent did not send of its lines, or cut out of them, as it was told to. */
static void append_left_out(const struct cli_page *page, const struct trace_invocation *row,
                            size_t indent)
{
    const struct {
        struct cli_number count;
        const char *one, *many;
    } parts[] = {
        {row->lines_held_back, "held back", "held back"},
        {row->lines_over_budget, "over budget", "over budget"},
        {row->lines_redacted, "place redacted", "places redacted"},
    };
    bool any = false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!parts[i].count.known || !(parts[i].count.value > 0)) {
            continue;
        }
        if (!any) {
            buf_append_fill(page->out, ' ', indent + 2);
        }
        buf_printf(page->out, "%s%.0f %s", any ? ", " : "log lines: ", parts[i].count.value,
                   parts[i].count.value == 1 ? parts[i].one : parts[i].many);
        any = true;
    }
    if (any) {
        buf_append_byte(page->out, '\n');
    }
}

/* One invocation: its place, its bar and its outcome, and below it what is known of it. */
static void append_invocation(const struct cli_page *page, const struct trace_answer *answer,
                              const struct trace_invocation *row, size_t indent, size_t name_width)
{
    struct buf *out = page->out;
    struct slice name = place_name(page, row->function, row->instance_no);
    size_t used = indent + cli_text_width(name);
    buf_append_fill(out, ' ', indent);
    append_styled(page, CLI_BOLD, name);
    buf_append_fill(out, ' ', used < name_width ? name_width - used : 1);
    append_bar(page, answer, row);
    buf_append_text(out, "  ");
    append_styled(page, outcome_style(row->outcome), safe(page, row->outcome));
    if (row->error_type.size > 0) {
        buf_append_byte(out, ' ');
        buf_append(out, safe(page, row->error_type));
    }
    if (row->cold) {
        append_styled(page, CLI_BLUE, SLICE("  cold"));
    } else if (row->proactive) {
        buf_append_text(out, "  initialised ahead");
    }
    buf_append_byte(out, '\n');

    buf_append_fill(out, ' ', indent + 2);
    append_attempt(page, answer, row);
    if (row->cold) {
        append_duration(page, "init", row->init_ms);
    }
    append_duration(page, "handler", row->handler_ms);
    append_duration(page, "afterwards", row->post_handler_ms);
    append_duration(page, "billed", row->billed_ms);
    if (row->max_memory_mb.known && row->memory_mb.known) {
        buf_printf(out, "%.0f of %.0f MB  ", row->max_memory_mb.value, row->memory_mb.value);
    }
    if (row->cost.size > 0) {
        buf_append(out, cli_text_money(safe(page, row->cost), page->arena));
    } else {
        buf_append_text(out, "cost not known yet");
    }
    buf_append_text(out, "  ");
    append_styled(page, CLI_DIM, safe(page, row->request_id));
    buf_append_byte(out, '\n');
    append_trigger(page, row, indent);
    append_left_out(page, row, indent);
    append_shared(page, row, indent);
}

/* The invocation that a span belongs to, or SIZE_MAX. */
static size_t owner_of(const struct trace_answer *answer, const struct trace_span *span)
{
    for (size_t i = 0; i < answer->invocation_count; i++) {
        const struct trace_invocation *row = &answer->invocations[i];
        if (slice_equal(row->request_id, span->request_id) &&
            slice_equal(row->instance, span->instance) && row->attempt.known &&
            span->attempt.known && !(row->attempt.value < span->attempt.value) &&
            !(row->attempt.value > span->attempt.value)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void append_tree(const struct cli_page *page, const struct trace_answer *answer)
{
    struct cli_tree_node *nodes =
        arena_alloc_array(page->arena, answer->invocation_count + 1, sizeof(*nodes));
    struct cli_tree_span *spans =
        arena_alloc_array(page->arena, answer->span_count + 1, sizeof(*spans));
    size_t span_count = 0;
    if (nodes == NULL || spans == NULL) {
        return;
    }
    for (size_t i = 0; i < answer->invocation_count; i++) {
        nodes[i].span_id = answer->invocations[i].span_id;
        nodes[i].parent_span_id = answer->invocations[i].parent_span_id;
    }
    for (size_t i = 0; i < answer->span_count; i++) {
        size_t owner = owner_of(answer, &answer->spans[i]);
        if (owner != SIZE_MAX) {
            spans[span_count] = (struct cli_tree_span){answer->spans[i].span_id, owner};
            span_count++;
        }
    }
    const size_t *order =
        cli_tree_order(nodes, answer->invocation_count, spans, span_count, page->arena);
    if (order == NULL) {
        return;
    }
    size_t name_width = tree_width(page, answer, nodes);
    for (size_t i = 0; i < answer->invocation_count; i++) {
        append_invocation(page, answer, &answer->invocations[order[i]],
                          indent_of(nodes[order[i]].depth), name_width);
    }
}

/* ---- Logs, and what is to be said. ---- */

/* Columns that the names before log lines take. */
static size_t log_width(const struct cli_page *page, const struct trace_answer *answer)
{
    size_t widest = 0;
    for (size_t i = 0; i < answer->log_count; i++) {
        const struct trace_log *row = &answer->logs[i];
        size_t width = cli_text_width(place_name(page, row->function, row->instance_no));
        widest = width > widest ? width : widest;
    }
    return clamp(widest + 1, LOG_WIDTH_MIN, LOG_WIDTH_MAX);
}

/* Lines that belong together, the second and all others below the first. */
static void append_lines(const struct cli_page *page, struct slice text, size_t indent)
{
    struct slice line;
    text = slice_trim(text);
    for (bool first = true; text.size > 0; first = false) {
        slice_cut(text, '\n', &line, &text);
        if (line.size > 0 && line.base[line.size - 1] == '\r') {
            line.size--;
        }
        if (!first) {
            buf_append_byte(page->out, '\n');
            buf_append_fill(page->out, ' ', indent);
        }
        while (line.size > 0 && line.base[0] == '\t') { /* How a frame of a stack begins. */
            buf_append_text(page->out, "    ");
            line = slice_skip(line, 1);
        }
        cli_text_safe(line, page->out);
    }
}

static void append_log(const struct cli_page *page, const struct trace_log *row, size_t name_width)
{
    struct buf *out = page->out;
    uint64_t time_ns = row->time_ns != 0 ? row->time_ns : row->observed_ns;
    struct slice instant = time_ns != 0 ? cli_text_instant(time_ns, page->arena) : SLICE("-");
    /* The day stands in the head. */
    struct slice clock = slice_skip(instant, instant.size > 11 ? 11 : 0);
    append_styled(page, CLI_DIM, clock);
    buf_append_text(out, "  ");
    struct slice name = place_name(page, row->function, row->instance_no);
    buf_append(out, name);
    size_t width = cli_text_width(name);
    buf_append_fill(out, ' ', width < name_width ? name_width - width : 1);
    struct slice level = safe(page, row->level);
    if (level.size > 0) {
        bool bad = row->severity.known && row->severity.value >= 17;
        bool warn = row->severity.known && row->severity.value >= 13;
        append_styled(page, bad ? CLI_RED : warn ? CLI_YELLOW : CLI_DIM, level);
        buf_append_byte(out, ' ');
    }
    bool text = row->body.size > 0 && row->body.base[0] == '"';
    struct slice body = text ? cli_json_text(row->body, page->arena) : row->body;
    size_t indent = clock.size + 2 + (width < name_width ? name_width : width + 1);
    append_lines(page, row->message.size > 0 ? row->message : body, indent);
    if (row->shared) {
        append_styled(page, CLI_DIM, SLICE("  (shared batch)"));
    }
    buf_append_byte(out, '\n');
}

static void append_missing(const struct cli_page *page, struct slice list)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(trace_missing, "message", CLI_JSON_TEXT, message),
    };
    size_t count = 0;
    const struct trace_missing *rows =
        cli_json_rows(list, fields, 1, sizeof(struct trace_missing), &count, page->arena);
    for (size_t i = 0; i < count; i++) {
        append_styled(page, CLI_YELLOW, SLICE("missing: "));
        cli_text_safe(rows[i].message, page->out);
        buf_append_byte(page->out, '\n');
    }
}

static void append_skew(const struct cli_page *page, struct slice list)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(trace_skew, "function", CLI_JSON_TEXT, function),
        CLI_JSON_FIELD(trace_skew, "instance", CLI_JSON_TEXT, instance),
        CLI_JSON_FIELD(trace_skew, "shift_ms", CLI_JSON_NUMBER, shift_ms),
        CLI_JSON_FIELD(trace_skew, "reason", CLI_JSON_TEXT, reason),
    };
    size_t count = 0;
    const struct trace_skew *rows =
        cli_json_rows(list, fields, 4, sizeof(struct trace_skew), &count, page->arena);
    for (size_t i = 0; i < count; i++) {
        append_styled(page, CLI_YELLOW, SLICE("clock: "));
        buf_append_text(page->out, "that of ");
        cli_text_safe(rows[i].function, page->out);
        buf_append_text(page->out, " on ");
        cli_text_safe(rows[i].instance, page->out);
        buf_append_text(page->out, " was shifted by ");
        buf_append(page->out, cli_text_duration(rows[i].shift_ms.value, page->arena));
        if (rows[i].reason.size > 0) {
            buf_append_text(page->out, ": ");
            cli_text_safe(rows[i].reason, page->out);
        }
        buf_append_byte(page->out, '\n');
    }
}

static void append_links(const struct cli_page *page, struct slice list, struct slice own)
{
    static const struct cli_json_field fields[] = {
        CLI_JSON_FIELD(trace_link, "kind", CLI_JSON_TEXT, kind),
        CLI_JSON_FIELD(trace_link, "wait_ms", CLI_JSON_NUMBER, wait_ms),
        CLI_JSON_FIELD(trace_link, "transaction", CLI_JSON_TEXT, transaction),
    };
    size_t count = 0;
    const struct trace_link *rows =
        cli_json_rows(list, fields, 3, sizeof(struct trace_link), &count, page->arena);
    for (size_t i = 0; i < count; i++) {
        buf_append_text(page->out, "link: ");
        cli_text_safe(rows[i].kind, page->out);
        if (rows[i].wait_ms.known) {
            buf_append_text(page->out, ", waited ");
            buf_append(page->out, cli_text_duration(rows[i].wait_ms.value, page->arena));
        }
        if (rows[i].transaction.size > 0 && !slice_equal(rows[i].transaction, own)) {
            buf_append_text(page->out, ", transaction ");
            cli_text_safe(rows[i].transaction, page->out);
        }
        buf_append_byte(page->out, '\n');
    }
}

enum cli_found cli_show_trace(struct slice answer, const struct cli_page *page)
{
    struct trace_answer trace;
    if (!cli_trace_rows(answer, &trace, page->arena)) {
        return CLI_UNCLEAR;
    }
    append_head(page, &trace);
    buf_append_byte(page->out, '\n');
    append_tree(page, &trace);
    if (trace.path.waited.size + trace.path.critical_path.size + trace.path.functions.size > 0) {
        buf_append_byte(page->out, '\n');
        cli_show_path(&trace.path, page);
    }
    if (trace.log_count > 0) {
        buf_append_byte(page->out, '\n');
    }
    size_t name_width = log_width(page, &trace);
    for (size_t i = 0; i < trace.log_count; i++) {
        append_log(page, &trace.logs[i], name_width);
    }
    bool more = cli_json_count(trace.missing) + cli_json_count(trace.clock_skew) +
                    cli_json_count(trace.links) >
                0;
    if (more) {
        buf_append_byte(page->out, '\n');
    }
    append_missing(page, trace.missing);
    append_skew(page, trace.clock_skew);
    append_links(page, trace.links, trace.id);
    return CLI_FOUND;
}
