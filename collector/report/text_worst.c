/* SPDX-License-Identifier: Apache-2.0 */
#include "report/text_page.h"

#include "streams/line.h"

/* Lines of a request on a terminal; --json and --html have more. */
#define LINE_COUNT_SHOWN 14

/* "+12.3 ms" and the lines' text begin here. */
#define TEXT_COLUMN 14

static enum cli_style style_of(uint32_t severity)
{
    return severity >= SEVERITY_ERROR  ? CLI_RED
           : severity >= SEVERITY_WARN ? CLI_YELLOW
                                       : CLI_PLAIN;
}

/* Append the text as safe text that has so many columns at most, a space for each of the tabs that
 * the runtimes' formats are full of. */
static void append_text(const struct text_page *page, struct slice text, size_t width)
{
    struct slice head;
    bool more = true;
    while (more && width > 0) {
        more = slice_cut(text, '\t', &head, &text);
        struct slice cell = head.size == 0 ? SLICE_EMPTY : cli_text_cell(head, width, page->arena);
        size_t used = cli_text_width(cell);
        buf_append(page->out, cell);
        width -= used < width ? used : width;
        if (more && width > 0) {
            buf_append_byte(page->out, ' ');
            width--;
        }
    }
}

/* One line of the log, each of its own lines on one of ours. */
static size_t write_line(const struct text_page *page, const struct facts *facts,
                         const struct trail_line *line, bool continued, size_t room)
{
    struct slice rest = line->text;
    struct slice one;
    size_t used = 0;
    while (rest.size > 0 && used < room) {
        (void)slice_cut(rest, '\n', &one, &rest);
        bool first = used == 0 && !continued;
        struct slice when = SLICE_EMPTY;
        if (first && line->time_ns >= 0 && facts->at_ns >= 0 && line->time_ns >= facts->at_ns) {
            when = text_page_after(page, line->time_ns - facts->at_ns);
        } else if (first && line->time_ns >= 0 && facts->at_ns >= 0) {
            when = SLICE("before");
        }
        cli_text_style(page->screen, CLI_DIM, page->out);
        buf_printf(page->out, "%*.*s  ", TEXT_COLUMN - 2, SLICE_ARG(when));
        cli_text_style(page->screen, CLI_PLAIN, page->out);
        cli_text_style(page->screen, style_of(line->severity), page->out);
        append_text(page, slice_ends(one, SLICE("\r")) ? slice_take(one, one.size - 1) : one,
                    page->width - TEXT_COLUMN);
        cli_text_style(page->screen, CLI_PLAIN, page->out);
        buf_append_byte(page->out, '\n');
        used++;
    }
    return used;
}

static void write_lines(const struct text_page *page, const struct worst_one *one)
{
    struct slice piece = slice_of(one->memory, one->size);
    struct trail_line line;
    struct slice before = SLICE_EMPTY;
    size_t room = LINE_COUNT_SHOWN;
    uint64_t written = 0;
    while (room > 0 && trail_next(&piece, &line)) {
        bool continued = written > 0 && line_continues(before, line.text);
        room -= write_line(page, &one->facts, &line, continued, room);
        before = line.text;
        written++;
    }
    if (written < one->lines) {
        buf_append_fill(page->out, ' ', TEXT_COLUMN);
        buf_printf(page->out, "... and %llu more %s\n", (unsigned long long)(one->lines - written),
                   cli_text_form(one->lines - written, "line", "lines"));
    }
}

static const char *outcome_of(const struct facts *facts)
{
    static const char *const words[] = {[END_OPEN] = "no end seen",
                                        [END_OK] = "ok",
                                        [END_ERROR] = "error",
                                        [END_TIMEOUT] = "timeout"};
    return words[facts->end];
}

static void write_one(const struct text_page *page, const struct worst_one *one)
{
    const struct facts *facts = &one->facts;
    struct slice name = text_page_label(page, &page->report->functions.rows[facts->function].name);
    struct slice request = text_page_label(page, &facts->request);
    const struct label *type = worst_type(facts, &one->complaint);
    bool typed = facts_failed(facts) && type->size > 0;
    struct slice error = typed ? text_page_label(page, type) : SLICE_EMPTY;
    cli_text_style(page->screen, facts_failed(facts) ? CLI_RED : CLI_BOLD, page->out);
    text_page_note(page, 0, "%s%s" SLICE_FMT ", " SLICE_FMT ", " SLICE_FMT, outcome_of(facts),
                   typed ? " " : "", SLICE_ARG(error), SLICE_ARG(name), SLICE_ARG(request));
    cli_text_style(page->screen, CLI_PLAIN, page->out);
    struct slice at = text_page_instant(page, facts->at_ns);
    struct slice duration = text_page_duration(page, facts_duration_ns(facts));
    struct slice init = text_page_duration(page, facts->init_ns);
    struct slice used = text_page_mb(page, facts->max_memory_mb);
    struct slice size = text_page_mb(page, facts->memory_mb);
    text_page_note(
        page, 2,
        SLICE_FMT ", duration " SLICE_FMT "%s" SLICE_FMT ", memory " SLICE_FMT " of " SLICE_FMT,
        SLICE_ARG(at), SLICE_ARG(duration),
        facts->cold ? facts->init_inside ? ", cold start inside " : ", cold start + " : "",
        SLICE_ARG(facts->cold ? init : SLICE_EMPTY), SLICE_ARG(used), SLICE_ARG(size));
    write_lines(page, one);
}

void text_worst(const struct text_page *page)
{
    const struct worst_one *order[REPORT_WORST_COUNT_MAX];
    size_t count = worst_sort(&page->report->worst, order);
    if (count == 0) {
        return;
    }
    text_page_title(page, "The worst requests: failed, then slowest");
    for (size_t i = 0; i < count; i++) {
        write_one(page, order[i]);
    }
}
