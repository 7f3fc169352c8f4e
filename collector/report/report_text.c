/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "report/text_page.h"

#include "base/ensure.h"

#include <stdlib.h>

/* Texts of one page: a thousand names of functions and the lines of ten requests, escaped. */
#define ARENA_SIZE ((size_t)32 << 20)

#define MB (UINT64_C(1) << 20)

/* The width where no terminal tells one, and the narrowest at which sentences are wrapped. */
#define WIDTH_DEFAULT 100
#define WIDTH_MIN     40
#define WIDTH_MAX     140

static void write_input(const struct text_page *page)
{
    const struct report *report = page->report;
    const struct report_input *input = &report->input;
    double size = (double)input->bytes;
    const char *unit = "bytes";
    if (size >= 1e9) {
        size /= 1e9;
        unit = "GB";
    } else if (size >= 1e6) {
        size /= 1e6;
        unit = "MB";
    } else if (size >= 1e4) {
        size /= 1e3;
        unit = "kB";
    }
    struct slice events = text_page_count(page, input->events);
    struct slice streams = text_page_count(page, input->streams);
    text_page_field(page, "read", "%llu %s%s%s%s, %.*f %s, " SLICE_FMT " %s of " SLICE_FMT " %s",
                    (unsigned long long)input->files, cli_text_form(input->files, "file", "files"),
                    input->format == NULL ? "" : " (", input->format == NULL ? "" : input->format,
                    input->format == NULL ? "" : ")", size < 100 && size >= 1 && unit[0] != 'b',
                    size, unit, SLICE_ARG(events), cli_text_form(input->events, "event", "events"),
                    SLICE_ARG(streams), cli_text_form(input->streams, "stream", "streams"));
    if (input->format_count > 1) {
        char text[512];
        struct buf formats;
        buf_init_fixed(&formats, text, sizeof(text) - 1);
        for (size_t i = 0; i < input->format_count; i++) {
            buf_printf(&formats, "%s%llu %s", i > 0 ? ", " : "",
                       (unsigned long long)input->formats[i].files, input->formats[i].name);
        }
        text_page_field(page, "formats", SLICE_FMT, SLICE_ARG(buf_bytes(&formats)));
    }
    if (report->first_ns != STREAMS_UNKNOWN) {
        struct slice from = text_page_instant(page, report->first_ns);
        struct slice to = text_page_instant(page, report->last_ns);
        struct slice length = text_page_period(page, report->last_ns - report->first_ns);
        text_page_field(page, "period", SLICE_FMT " to " SLICE_FMT " UTC (" SLICE_FMT ")",
                        SLICE_ARG(from), SLICE_ARG(to), SLICE_ARG(length));
    }
    if (input->without_stream > 0) {
        struct slice without = text_page_count(page, input->without_stream);
        text_page_field(
            page, "",
            SLICE_FMT " %s no stream name: whose a line without a request id is can be told "
                      "only where one request ran at a time",
            SLICE_ARG(without), cli_text_form(input->without_stream, "event has", "events have"));
    }
    if (report->refused > 0) {
        struct slice refused = text_page_count(page, report->refused);
        text_page_field(page, "not read", SLICE_FMT " %s, listed at the end", SLICE_ARG(refused),
                        cli_text_form(report->refused, "line or record", "lines or records"));
    }
}

static void write_outcome(const struct text_page *page)
{
    const struct function *all = &page->report->all;
    struct slice count = text_page_count(page, all->invocations);
    struct slice errors = text_page_count(page, all->errors);
    struct slice rate = text_page_share(page, all->errors, all->invocations);
    struct slice timeouts = text_page_count(page, all->timeouts);
    struct slice memory = text_page_count(page, all->out_of_memory);
    text_page_field(page, "invocations",
                    SLICE_FMT " of %u %s; " SLICE_FMT " failed (" SLICE_FMT
                              "), of them timeouts " SLICE_FMT ", out of memory " SLICE_FMT,
                    SLICE_ARG(count), page->report->functions.count,
                    cli_text_form(page->report->functions.count, "function", "functions"),
                    SLICE_ARG(errors), SLICE_ARG(rate), SLICE_ARG(timeouts), SLICE_ARG(memory));
    if (all->open > 0) {
        struct slice open = text_page_count(page, all->open);
        text_page_field(page, "",
                        SLICE_FMT " of them %s no end in these logs: still running, lost, or "
                                  "outside of what was exported",
                        SLICE_ARG(open), cli_text_form(all->open, "has", "have"));
    }
    if (page->report->repeated > 0) {
        struct slice repeated = text_page_count(page, page->report->repeated);
        text_page_field(page, "", SLICE_FMT " came more than once and %s counted once",
                        SLICE_ARG(repeated), cli_text_form(page->report->repeated, "was", "were"));
    }
}

static void write_cold(const struct text_page *page)
{
    const struct function *all = &page->report->all;
    struct slice cold = text_page_count(page, all->cold);
    uint64_t known = function_cold_known(all);
    struct slice count = text_page_count(page, known);
    struct slice rate = text_page_share(page, all->cold, known);
    text_page_field(page, "cold starts", SLICE_FMT " of " SLICE_FMT " %s (" SLICE_FMT ")",
                    SLICE_ARG(cold), SLICE_ARG(count),
                    cli_text_form(known, "invocation", "invocations"), SLICE_ARG(rate));
    if (all->cold_unknown > 0) {
        struct slice unknown = text_page_count(page, all->cold_unknown);
        text_page_field(page, "", SLICE_FMT " more %s waited for an init", SLICE_ARG(unknown),
                        cli_text_form(all->cold_unknown, "does not tell whether it",
                                      "do not tell whether they"));
    }
    struct slice proactive = text_page_count(page, all->proactive);
    struct slice unplaced = text_page_count(page, all->unplaced);
    if (all->unplaced > 0) {
        text_page_field(page, "",
                        "for " SLICE_FMT " of them these logs have no INIT_START line: some may "
                        "have been made ahead of the request, and then nobody waited",
                        SLICE_ARG(unplaced));
    }
    if (all->proactive > 0) {
        text_page_field(
            page, "",
            SLICE_FMT " more %s made ahead of a request (proactive): nobody waited for %s "
                      "not counted",
            SLICE_ARG(proactive), cli_text_form(all->proactive, "init was", "inits were"),
            cli_text_form(all->proactive, "it, so it is", "them, so they are"));
    } else if (all->unplaced == 0 && all->cold > all->inside) {
        text_page_field(page, "", "no init was made ahead of a request (proactive)");
    }
    if (all->suppressed > 0) {
        struct slice suppressed = text_page_count(page, all->suppressed);
        text_page_field(page, "",
                        SLICE_FMT " began anew inside of the request, because the init before "
                                  "had failed or taken too long",
                        SLICE_ARG(suppressed));
    }
    if (all->inside > 0) {
        struct slice inside = text_page_count(page, all->inside);
        text_page_field(page, "",
                        SLICE_FMT " started inside of the request, as is usual of their provider: "
                                  "its duration holds the start",
                        SLICE_ARG(inside));
    }
}

static void write_money(const struct text_page *page)
{
    const struct function *all = &page->report->all;
    struct slice amount = text_page_money(page, all->cost.amount);
    struct slice million = text_page_per_million(page, all->cost.amount, all->cost.requests);
    struct slice billed = text_page_duration(page, (int64_t)all->billed_ms * 1000000);
    text_page_field(page, "cost",
                    SLICE_FMT " gross for " SLICE_FMT " billed (" SLICE_FMT
                              " per million invocations)",
                    SLICE_ARG(amount), SLICE_ARG(billed), SLICE_ARG(million));
    if (all->cost.stream_bytes > 0) {
        struct slice streamed = text_page_money(page, all->cost.parts.streaming);
        text_page_field(
            page, "", SLICE_FMT " of it for %llu MB that were streamed beyond 6 MB an answer",
            SLICE_ARG(streamed), (unsigned long long)((all->cost.stream_bytes + MB / 2) / MB));
    }
}

static void write_inits(const struct text_page *page)
{
    const struct spread *inits = &page->report->all.inits;
    if (inits->count == 0) {
        return;
    }
    text_page_title(page, "Init durations");
    struct slice p50 = text_page_duration(page, spread_at(inits, 50, 100));
    struct slice p95 = text_page_duration(page, spread_at(inits, 95, 100));
    struct slice max = text_page_duration(page, inits->greatest);
    text_page_note(page, 0,
                   "Half took up to " SLICE_FMT ", 95 %% up to " SLICE_FMT
                   ", the longest " SLICE_FMT ".",
                   SLICE_ARG(p50), SLICE_ARG(p95), SLICE_ARG(max));
    text_page_bars(page, inits);
}

static void write_unknowable(const struct text_page *page)
{
    const struct function *all = &page->report->all;
    text_page_title(page, "What logs cannot know");
    text_page_note(page, 0,
                   "When the caller got its answer, what triggered the function, how long it took "
                   "to place the instance and to load its code, throttled requests, and init time "
                   "of instances that never got a request. Costs are gross: no free tier, no "
                   "savings plans, no provisioned concurrency. docs/guide/logs.md says more.");
    if (all->of[PROVIDER_AWS] > 0 && all->sized < all->invocations) {
        struct slice unsized = text_page_count(page, all->invocations - all->sized);
        text_page_note(page, 0,
                       "How long the answers of " SLICE_FMT " invocations were is not told: what "
                       "of them was streamed beyond 6 MB each is not in the cost.",
                       SLICE_ARG(unsized));
    }
    for (unsigned i = 0; i <= PROVIDER_AZURE; i++) {
        const char *note = function_price_note(all, (enum provider)i);
        if (note != NULL) {
            text_page_note(page, 0, "%s", note);
        }
    }
}

/* The parts of a page, written one after the other with an arena of their own. */
static void write_page(const struct report *report, const struct cli_screen *screen,
                       void (*write)(const struct text_page *page), struct buf *out)
{
    struct arena arena;
    void *memory = malloc(ARENA_SIZE);
    if (memory == NULL) {
        buf_append_text(out, "no memory for the report\n");
        return;
    }
    arena_init(&arena, memory, ARENA_SIZE);
    size_t width = screen->width == 0 ? WIDTH_DEFAULT : screen->width;
    width = width < WIDTH_MIN ? WIDTH_MIN : width;
    const struct text_page page = {.report = report,
                                   .screen = screen,
                                   .arena = &arena,
                                   .out = out,
                                   .width = width > WIDTH_MAX ? WIDTH_MAX : width};
    write(&page);
    free(memory);
}

static void write_all(const struct text_page *page)
{
    write_input(page);
    write_outcome(page);
    write_cold(page);
    write_money(page);
    text_functions(page);
    write_inits(page);
    text_groups(page);
    text_memory(page);
    text_cost(page);
    text_worst(page);
    write_unknowable(page);
    text_refused(page);
}

void report_text(const struct report *report, const struct cli_screen *screen, struct buf *out)
{
    ENSURE(report->finished);
    write_page(report, screen, write_all, out);
}

void report_text_refused(const struct report *report, const struct cli_screen *screen,
                         struct buf *out)
{
    ENSURE(report->finished);
    write_page(report, screen, text_refused, out);
}
