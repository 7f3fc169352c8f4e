/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

/* ---- What the cost is made of. ---- */

struct part {
    const char *name, *class, *meaning;
    struct money amount;
};

static double share_of(struct money part, struct money whole)
{
    double all = money_to_double(whole);
    return all > 0 ? money_to_double(part) / all : 0;
}

static void append_cost_notes(const struct html *html)
{
    const struct function *all = &html->report->all;
    const struct prices_about about = prices_about(html->report->prices);
    struct slice failed = text_page_money(&html->values, all->failed);
    struct slice timed_out = text_page_money(&html->values, all->timed_out);
    struct slice share =
        cli_text_share(share_of(all->failed, all->cost.amount), html->values.arena);
    buf_printf(html->out,
               "<p>Invocations that failed cost " SLICE_FMT " of it (" SLICE_FMT
               "), those that timed out " SLICE_FMT ". The init was billed in %llu %s: "
               "since 2025-08-01 it always is, before that not for zip packages on managed "
               "runtimes.</p>\n",
               SLICE_ARG(failed), SLICE_ARG(share), SLICE_ARG(timed_out),
               (unsigned long long)all->init_billed,
               cli_text_form(all->init_billed, "invocation", "invocations"));
    buf_append_text(html->out, "<p>Gross, at the first tier: no free tier, no savings plans, no "
                               "provisioned concurrency; logs do not tell the architecture, so "
                               "x86_64 is assumed. Prices: ");
    html_text(html->out, about.version);
    buf_append_text(html->out, " of ");
    html_text(html->out, about.date);
    buf_append_text(html->out, ".");
    if (all->cost.unknown > 0) {
        buf_printf(html->out, " %llu %s no known cost.", (unsigned long long)all->cost.unknown,
                   cli_text_form(all->cost.unknown, "invocation has", "invocations have"));
    }
    buf_append_text(html->out, "</p>\n</section>\n");
}

void html_cost(const struct html *html)
{
    const struct cost *cost = &html->report->all.cost;
    const struct part parts[] = {
        {"useful", "ok-bar", "the functions&#39; own time", cost->parts.useful},
        {"rounding", "idle-bar", "billed beyond what was used", cost->parts.rounding},
        {"init", "cold-bar", "cold starts", cost->parts.init},
        {"post-handler", "post-bar", "extensions after the answer", cost->parts.post_handler},
        {"requests", "near-bar", "the price of each invocation", cost->parts.requests},
        {"streaming", "stream-bar", "answers beyond 6 MB each", cost->parts.streaming},
    };
    /* Nearly nobody streams. */
    size_t count = sizeof(parts) / sizeof(parts[0]) - (cost->stream_bytes == 0);
    if (cost->requests == 0) {
        return;
    }
    html_section(html->out, "", "What the cost is made of");
    buf_append_text(html->out, "<div class=\"share\"><svg role=\"img\" aria-label=\"Cost by part\" "
                               "viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\">");
    double x = 0;
    for (size_t i = 0; i < count; i++) {
        double width = share_of(parts[i].amount, cost->amount) * 1000;
        buf_printf(html->out, "<rect class=\"%s\" x=\"%.2f\" width=\"%.2f\" height=\"10\"/>",
                   parts[i].class, x, width);
        x += width;
    }
    buf_append_text(html->out, "</svg></div>\n<div class=\"scroll\"><table>\n");
    for (size_t i = 0; i < count; i++) {
        double share = share_of(parts[i].amount, cost->amount);
        buf_printf(html->out, "<tr><td><i class=\"key %s\"></i>%s</td>", parts[i].class,
                   parts[i].name);
        html_cell(html->out, "", text_page_money(&html->values, parts[i].amount));
        html_cell(html->out, "", cli_text_share(share, html->values.arena));
        buf_printf(html->out, "<td class=\"text aside\">%s</td></tr>\n", parts[i].meaning);
    }
    buf_append_text(html->out, "<tr><td><b>in all</b></td>");
    html_cell(html->out, "", text_page_money(&html->values, cost->amount));
    buf_append_text(html->out, "<td></td><td class=\"aside\"></td></tr>\n</table></div>\n");
    append_cost_notes(html);
}

/* ---- Functions. ---- */

static void append_count(const struct html *html, uint64_t count, const char *class)
{
    html_cell(html->out, count > 0 ? class : "zero", text_page_count(&html->values, count));
}

static void append_duration(const struct html *html, const struct spread *spread, unsigned percent)
{
    int64_t value = percent == 100 ? (spread->count > 0 ? spread->greatest : -1)
                                   : spread_at(spread, percent, 100);
    html_cell(html->out, "", text_page_duration(&html->values, value));
}

static void append_function(const struct html *html, const struct function *function)
{
    struct buf *out = html->out;
    buf_append_text(out, "<tr><td class=\"name\">");
    html_text(out, label_text(&function->name));
    if (function->runtime.size > 0) {
        buf_append_text(out, "<small>");
        html_text(out, label_text(&function->runtime));
        buf_append_text(out, "</small>");
    }
    buf_append_text(out, "</td>");
    append_count(html, function->invocations, "");
    append_count(html, function->errors, "bad");
    append_count(html, function->timeouts, "near");
    append_count(html, function->cold, "cold");
    html_cell(out, function->cold > 0 ? "cold" : "zero",
              text_page_share(&html->values, function->cold, function_cold_known(function)));
    append_duration(html, &function->durations, 50);
    append_duration(html, &function->durations, 95);
    append_duration(html, &function->durations, 99);
    append_duration(html, &function->durations, 100);
    append_duration(html, &function->inits, 50);
    append_duration(html, &function->inits, 95);
    append_duration(html, &function->inits, 100);
    html_cell(out, "", text_page_duration(&html->values, (int64_t)function->billed_ms * 1000000));
    bool priced = function->cost.requests > 0;
    html_cell(out, "", priced ? text_page_money(&html->values, function->cost.amount) : SLICE("-"));
    html_cell(out, "",
              text_page_per_million(&html->values, function->cost.amount, function->cost.requests));
    buf_append_text(out, "</tr>\n");
}

void html_functions(const struct html *html)
{
    html_section(html->out, "long", "Functions");
    buf_append_text(html->out,
                    "<div class=\"scroll\"><table>\n<thead><tr><th>Function</th><th>Calls</th>"
                    "<th>Failed</th><th>Timeouts</th><th>Cold</th><th>Rate</th><th>p50</th>"
                    "<th>p95</th><th>p99</th><th>Max</th><th>Init p50</th><th>p95</th><th>Max</th>"
                    "<th>Billed</th><th>Cost</th><th>Per million</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < html->function_count; i++) {
        append_function(html, html->functions[i]);
    }
    buf_append_text(html->out, "</tbody></table></div>\n</section>\n");
}

/* ---- Memory. ---- */

static void append_advice(const struct html *html, const struct advice *advice)
{
    struct buf *out = html->out;
    buf_append_text(out, "<td class=\"text\">");
    if (advice->kind == ADVICE_GROW) {
        buf_append_text(out, "<span class=\"bad\">used all of it: give it more</span>");
    } else if (advice->kind == ADVICE_SHRINK) {
        struct slice saving = text_page_money(&html->values, advice->saving);
        buf_printf(out, "%lld MB would do: saves " SLICE_FMT, (long long)advice->suggested_mb,
                   SLICE_ARG(saving));
        if (advice->saving_month.units > 0) {
            struct slice month = text_page_money(&html->values, advice->saving_month);
            buf_printf(out, ", in 30 days " SLICE_FMT, SLICE_ARG(month));
        }
    }
    buf_append_text(out, "</td>");
}

static void append_memory(const struct html *html, const struct function *function,
                          const struct function_size *size)
{
    struct buf *out = html->out;
    struct advice advice = function_advice(function);
    int64_t p99 = spread_at(&function->memory, 99, 100) / SPREAD_NS_PER_MB;
    const char *class = advice.kind == ADVICE_GROW ? "bad-bar" : "ok-bar";
    p99 = p99 > size->used_mb_max ? size->used_mb_max : p99;
    buf_append_text(out, "<tr><td class=\"name\">");
    html_text(out, label_text(&function->name));
    buf_printf(out,
               "</td><td class=\"bar\"><svg viewBox=\"0 0 %lld 10\" preserveAspectRatio=\"none\">"
               "<title>%lld of %lld MB at most, p99 %lld MB</title>"
               "<rect class=\"idle-bar\" width=\"%lld\" height=\"10\"/>"
               "<rect class=\"%s\" width=\"%lld\" height=\"10\" opacity=\"0.55\"/>"
               "<rect class=\"%s\" width=\"%lld\" height=\"10\"/></svg></td>",
               (long long)size->mb, (long long)size->used_mb_max, (long long)size->mb,
               (long long)p99, (long long)size->mb, class, (long long)size->used_mb_max, class,
               (long long)p99);
    html_cell(out, "", text_page_mb(&html->values, size->used_mb_max));
    html_cell(out, "", text_page_mb(&html->values, size->mb));
    append_advice(html, &advice);
    buf_append_text(out, "</tr>\n");
}

void html_memory(const struct html *html)
{
    html_section(html->out, "long", "Memory");
    buf_append_text(html->out,
                    "<p>Used at most (light) and by 99 of 100 (full) of what is configured. "
                    "Savings are gross and hold if everything takes as long as it did: less "
                    "memory is also less CPU, so measure after the change.</p>\n"
                    "<div class=\"scroll\"><table>\n<thead><tr><th>Function</th><th></th>"
                    "<th>Used</th><th>Size</th><th class=\"text\">Advice</th></tr></thead>\n"
                    "<tbody>\n");
    for (uint32_t i = 0; i < html->function_count; i++) {
        const struct function_size *size = function_size_now(html->functions[i]);
        if (size != NULL && size->used_mb_max > 0) {
            append_memory(html, html->functions[i], size);
        }
    }
    buf_append_text(html->out, "</tbody></table></div>\n</section>\n");
}
