/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "report/html.h"
#include "report/page_css.h"

#include "base/ensure.h"

#include <stdlib.h>

/* Values and names as text, each written once: some hundred bytes for each function. */
#define ARENA_SIZE ((size_t)32 << 20)

static void append_head(const struct html *html)
{
    struct buf *out = html->out;
    buf_append_text(out,
                    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                    "style-src 'unsafe-inline'\">\n<meta name=\"referrer\" "
                    "content=\"no-referrer\">\n<title>thaw report");
    if (html->function_count == 1) {
        buf_append_text(out, ": ");
        html_text(out, label_text(&html->functions[0]->name));
    }
    buf_append_text(out, "</title>\n<style>\n");
    buf_append(out, slice_of(page_css_text, page_css_size));
    buf_append_text(out, "</style>\n</head>\n<body>\n<main>\n");
}

static void append_title(const struct html *html)
{
    const struct report *report = html->report;
    struct buf *out = html->out;
    buf_append_text(out, "<header>\n<p class=\"brand\">thaw report</p>\n<h1>");
    if (html->function_count == 1) {
        html_text(out, label_text(&html->functions[0]->name));
    } else {
        buf_printf(out, "%u functions", html->function_count);
    }
    buf_append_text(out, "</h1>\n<p>");
    if (report->first_ns != STREAMS_UNKNOWN) {
        struct slice from = text_page_instant(&html->values, report->first_ns);
        struct slice to = text_page_instant(&html->values, report->last_ns);
        struct slice length = text_page_period(&html->values, report->last_ns - report->first_ns);
        buf_printf(out, SLICE_FMT " to " SLICE_FMT " UTC (" SLICE_FMT "). ", SLICE_ARG(from),
                   SLICE_ARG(to), SLICE_ARG(length));
    }
    struct slice events = text_page_count(&html->values, report->input.events);
    struct slice streams = text_page_count(&html->values, report->input.streams);
    buf_printf(out, "Read from " SLICE_FMT " log %s of " SLICE_FMT " %s in %llu %s",
               SLICE_ARG(events), cli_text_form(report->input.events, "event", "events"),
               SLICE_ARG(streams), cli_text_form(report->input.streams, "stream", "streams"),
               (unsigned long long)report->input.files,
               cli_text_form(report->input.files, "file", "files"));
    if (report->refused > 0) {
        struct slice refused = text_page_count(&html->values, report->refused);
        buf_printf(out, "; " SLICE_FMT " %s not understood", SLICE_ARG(refused),
                   cli_text_form(report->refused, "line was", "lines were"));
    }
    buf_append_text(out, ".</p>\n</header>\n");
}

static void append_tile(const struct html *html, const char *name, const char *class,
                        struct slice value, struct slice more)
{
    buf_printf(html->out,
               "<dl class=\"tile\"><dt>%s</dt><dd class=\"%s\">" SLICE_FMT "</dd><dd>" SLICE_FMT
               "</dd></dl>\n",
               name, class, SLICE_ARG(value), SLICE_ARG(more));
}

static void append_tiles(const struct html *html)
{
    const struct text_page *page = &html->values;
    const struct function *all = &html->report->all;
    struct slice open = all->open > 0 ? arena_printf(page->arena, "%llu without an end",
                                                     (unsigned long long)all->open)
                                      : SLICE("all with an end");
    buf_append_text(html->out, "<div class=\"tiles\">\n");
    append_tile(html, "Invocations", "", text_page_count(page, all->invocations), open);
    append_tile(html, "Failed", all->errors > 0 ? "bad" : "",
                text_page_share(page, all->errors, all->invocations),
                arena_printf(page->arena, "%llu, of them %llu %s", (unsigned long long)all->errors,
                             (unsigned long long)all->timeouts,
                             all->timeouts == 1 ? "timeout" : "timeouts"));
    struct slice p50 = text_page_duration(page, spread_at(&all->inits, 50, 100));
    append_tile(html, "Cold-start rate", all->cold > 0 ? "cold" : "",
                text_page_share(page, all->cold, function_cold_known(all)),
                arena_printf(page->arena, "%llu, half within " SLICE_FMT,
                             (unsigned long long)all->cold, SLICE_ARG(p50)));
    struct slice half = text_page_duration(page, spread_at(&all->durations, 50, 100));
    append_tile(html, "Duration, p95", "",
                text_page_duration(page, spread_at(&all->durations, 95, 100)),
                arena_printf(page->arena, "half within " SLICE_FMT, SLICE_ARG(half)));
    struct slice million = text_page_per_million(page, all->cost.amount, all->cost.requests);
    bool priced = all->cost.requests > 0;
    append_tile(html, "Cost, gross", "",
                priced ? text_page_money(page, all->cost.amount) : SLICE("-"),
                arena_printf(page->arena, SLICE_FMT " per million", SLICE_ARG(million)));
    buf_append_text(html->out, "</div>\n");
}

static void append_caveat(const struct html *html)
{
    const struct function *all = &html->report->all;
    buf_append_text(html->out, "<p>");
    if (all->unplaced > 0) {
        buf_printf(html->out,
                   "For %llu of the cold starts these logs have no INIT_START line: some of them "
                   "may have been made ahead of the request, and then nobody waited. ",
                   (unsigned long long)all->unplaced);
    }
    if (all->proactive > 0) {
        buf_printf(html->out,
                   "%llu more %s made ahead of a request (proactive): nobody waited for %s not "
                   "counted. ",
                   (unsigned long long)all->proactive,
                   cli_text_form(all->proactive, "init was", "inits were"),
                   cli_text_form(all->proactive, "it, so it is", "them, so they are"));
    } else if (all->unplaced == 0 && all->cold > all->inside) {
        buf_append_text(html->out, "No init was made ahead of a request (proactive). ");
    }
    if (all->suppressed > 0) {
        buf_printf(
            html->out,
            "%llu %s began anew inside of the request, because the init before had failed or "
            "taken too long. ",
            (unsigned long long)all->suppressed,
            cli_text_form(all->suppressed, "cold start", "cold starts"));
    }
    if (all->inside > 0) {
        buf_printf(
            html->out,
            "%llu %s inside of the request, as is usual of their provider: its duration holds "
            "the start. ",
            (unsigned long long)all->inside,
            cli_text_form(all->inside, "cold start lies", "cold starts lie"));
    }
    if (all->cold_unknown > 0) {
        buf_printf(html->out, "%llu %s waited for an init. ", (unsigned long long)all->cold_unknown,
                   cli_text_form(all->cold_unknown, "invocation does not tell whether it",
                                 "invocations do not tell whether they"));
    }
    buf_append_text(html->out, "</p>\n");
}

static void append_end(const struct html *html)
{
    html_section(html->out, "", "What logs cannot know");
    buf_append_text(html->out,
                    "<p>When the caller got its answer, what triggered the function, how long it "
                    "took to place the instance and to load its code, throttled requests, and the "
                    "init time of instances that never got a request.</p>\n");
    for (unsigned i = 0; i <= PROVIDER_AZURE; i++) {
        const char *note = function_price_note(&html->report->all, (enum provider)i);
        if (note != NULL) {
            buf_printf(html->out, "<p>%s</p>\n", note);
        }
    }
    buf_append_text(html->out,
                    "</section>\n<footer><p>Made by thaw " THAW_VERSION " from logs alone. ");
    html_text(html->out, prices_about(html->report->prices).source);
    buf_append_text(html->out, "</p></footer>\n</main>\n</body>\n</html>\n");
}

void report_html(const struct report *report, struct buf *out)
{
    ENSURE(report->finished);
    const struct function *order[REPORT_FUNCTION_COUNT_MAX + 1];
    const struct cli_screen screen = {.utf8 = true};
    struct arena arena;
    void *memory = malloc(ARENA_SIZE);
    if (memory == NULL) {
        buf_append_text(out, "<!doctype html><title>no memory</title>no memory for the page\n");
        return;
    }
    arena_init(&arena, memory, ARENA_SIZE);
    const struct html html = {
        .values = {.report = report, .screen = &screen, .arena = &arena, .out = out},
        .report = report,
        .out = out,
        .functions = order,
        .function_count = function_table_sort(&report->functions, order),
    };
    append_head(&html);
    append_title(&html);
    append_tiles(&html);
    append_caveat(&html);
    html_over_time(&html);
    html_spreads(&html);
    html_cost(&html);
    html_functions(&html);
    html_memory(&html);
    html_groups(&html);
    html_worst(&html);
    html_refused(&html);
    append_end(&html);
    free(memory);
}
