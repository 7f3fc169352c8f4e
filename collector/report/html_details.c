/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include "streams/line.h"

/* ---- Errors. ---- */

static void append_group(const struct html *html, const struct group *group)
{
    struct buf *out = html->out;
    html_cell(out, group->failed ? "bad" : "", text_page_count(&html->values, group->count));
    buf_append_text(out, "<td class=\"text wide\">");
    html_text(out, label_text(&group->type));
    if (group->message.size > 0) {
        buf_append_text(out, group->type.size > 0 ? ": <code>" : "<code>");
        html_text(out, label_text(&group->message));
        buf_append_text(out, "</code>");
    }
    buf_append_text(out, group->failed ? "<small>" : "<small>only logged; ");
    html_text(out, label_text(&html->report->functions.rows[group->function].name));
    buf_append_text(out, ", ");
    struct slice first = text_page_instant(&html->values, group->first_ns);
    struct slice last = text_page_instant(&html->values, group->last_ns);
    html_text(out, first);
    if (!slice_equal(first, last)) {
        buf_append_text(out, " to ");
        html_text(out, last);
    }
    buf_append_text(out, ", such as <code>");
    html_text(out, label_text(&group->request));
    buf_append_text(out, "</code></small></td>");
    buf_append_text(out, "</tr>\n");
}

void html_groups(const struct html *html)
{
    const struct groups *groups = &html->report->groups;
    const struct group *order[REPORT_GROUP_COUNT_MAX];
    if (groups->count == 0) {
        return;
    }
    groups_sort(groups, order);
    html_section(html->out, "long", "Errors");
    buf_append_text(html->out, "<div class=\"scroll\"><table>\n<thead><tr><th>Count</th>"
                               "<th class=\"text\">What</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < groups->count; i++) {
        buf_append_text(html->out, "<tr>");
        append_group(html, order[i]);
    }
    buf_append_text(html->out, "</tbody></table></div>\n");
    if (groups->other > 0) {
        buf_printf(html->out, "<p>%llu more %s in no group: there are too many.</p>\n",
                   (unsigned long long)groups->other,
                   cli_text_form(groups->other, "error is", "errors are"));
    }
    buf_append_text(html->out, "</section>\n");
}

/* ---- The worst requests. ---- */

static void append_line(const struct html *html, const struct facts *facts,
                        const struct trail_line *line, bool continued)
{
    const char *class = line->severity >= SEVERITY_ERROR  ? "bad"
                        : line->severity >= SEVERITY_WARN ? "near"
                                                          : "";
    struct slice rest = line->text;
    struct slice one;
    bool first = !continued;
    while (rest.size > 0) {
        (void)slice_cut(rest, '\n', &one, &rest);
        if (slice_ends(one, SLICE("\r"))) {
            one = slice_take(one, one.size - 1);
        }
        buf_printf(html->out, "<span class=\"%s%s\">", class, first ? "" : " more");
        if (first) {
            buf_append_text(html->out, "<i>");
            bool timed = line->time_ns >= 0 && facts->at_ns >= 0;
            if (timed && line->time_ns >= facts->at_ns) {
                struct slice after = text_page_after(&html->values, line->time_ns - facts->at_ns);
                buf_append(html->out, after);
            } else if (timed) {
                buf_append_text(html->out, "before");
            }
            buf_append_text(html->out, "</i>");
        }
        html_text(html->out, one);
        buf_append_text(html->out, line->cut && rest.size == 0 ? " [...]</span>" : "</span>");
        first = false;
    }
}

static void append_lines(const struct html *html, const struct worst_one *one)
{
    struct slice piece = slice_of(one->memory, one->size);
    struct slice before = SLICE_EMPTY;
    struct trail_line line;
    bool gap = one->dropped > 0;
    if (one->size == 0) {
        buf_append_text(html->out, "<p class=\"facts\">No line of it is in these logs.</p>");
        return;
    }
    buf_append_text(html->out, "<pre>");
    while (piece.size > 0) {
        if (gap && one->size - piece.size >= one->head_size) {
            buf_printf(html->out, "<span><i>...</i>%llu %s left out</span>",
                       (unsigned long long)one->dropped,
                       cli_text_form(one->dropped, "line is", "lines are"));
            gap = false;
        }
        (void)trail_next(&piece, &line);
        append_line(html, &one->facts, &line, before.size > 0 && line_continues(before, line.text));
        before = line.text;
    }
    buf_append_text(html->out, "</pre>\n");
}

static void append_summary(const struct html *html, const struct worst_one *one)
{
    static const char *const words[] = {[END_OPEN] = "no end seen",
                                        [END_OK] = "ok",
                                        [END_ERROR] = "error",
                                        [END_TIMEOUT] = "timeout"};
    const struct facts *facts = &one->facts;
    const struct label *type = worst_type(facts, &one->complaint);
    /* How long the caller waited no log tells. */
    bool before = facts->cold && !facts->init_inside && facts->init_ns >= 0;
    struct slice whole = text_page_duration(&html->values, facts_wait_ns(facts));
    bool failed = facts_failed(facts);
    buf_printf(html->out, "<details><summary><b class=\"%s\">%s", failed ? "bad" : "",
               words[facts->end]);
    if (failed && type->size > 0) {
        buf_append_text(html->out, " ");
        html_text(html->out, label_text(type));
    }
    buf_append_text(html->out, "</b><b>");
    html_text(html->out, label_text(&html->report->functions.rows[facts->function].name));
    buf_printf(html->out, "</b>%s<span class=\"push\">" SLICE_FMT "%s</span></summary>\n",
               facts->cold ? "<span class=\"cold\">cold start</span>" : "", SLICE_ARG(whole),
               before ? " with its init" : "");
}

static void append_one(const struct html *html, const struct worst_one *one)
{
    const struct facts *facts = &one->facts;
    struct buf *out = html->out;
    append_summary(html, one);
    struct slice at = text_page_instant(&html->values, facts->at_ns);
    struct slice duration = text_page_duration(&html->values, facts_duration_ns(facts));
    struct slice init = text_page_duration(&html->values, facts->init_ns);
    struct slice used = text_page_mb(&html->values, facts->max_memory_mb);
    struct slice size = text_page_mb(&html->values, facts->memory_mb);
    buf_append_text(out, "<p class=\"facts\">request <code>");
    html_text(out, label_text(&facts->request));
    buf_printf(out,
               "</code> at " SLICE_FMT " UTC; duration " SLICE_FMT ", init " SLICE_FMT
               ", memory " SLICE_FMT " of " SLICE_FMT,
               SLICE_ARG(at), SLICE_ARG(duration), SLICE_ARG(init), SLICE_ARG(used),
               SLICE_ARG(size));
    if (facts->stream.size > 0) {
        buf_append_text(out, "; stream <code>");
        html_text(out, label_text(&facts->stream));
        buf_append_text(out, "</code>");
    }
    buf_append_text(out, "</p>\n");
    append_lines(html, one);
    buf_append_text(out, "</details>\n");
}

void html_worst(const struct html *html)
{
    const struct worst_one *order[REPORT_WORST_COUNT_MAX];
    size_t count = worst_sort(&html->report->worst, order);
    if (count == 0) {
        return;
    }
    html_section(html->out, "long", "The worst requests");
    buf_append_text(html->out, "<p>Some of every kind that failed, then the slowest, each with its "
                               "lines of the log. Look at them before you pass this page on: what "
                               "a function logs may be secret.</p>\n");
    for (size_t i = 0; i < count; i++) {
        append_one(html, order[i]);
    }
    buf_append_text(html->out, "</section>\n");
}

/* ---- What was not read. ---- */

void html_refused(const struct html *html)
{
    const struct report *report = html->report;
    if (report->refused == 0) {
        return;
    }
    html_section(html->out, "long", "Lines that were not understood");
    buf_append_text(html->out, "<div class=\"scroll\"><table>\n");
    for (size_t i = 0; i < report->reason_count; i++) {
        const struct report_reason *reason = &report->reasons[i];
        buf_append_text(html->out, "<tr>");
        html_cell(html->out, "", text_page_count(&html->values, reason->count));
        buf_append_text(html->out, "<td class=\"text\">");
        html_text(html->out, slice_from(reason->why));
        for (size_t j = 0; j < reason->sample_count; j++) {
            buf_append_text(html->out, "<small><code>");
            html_text(html->out, label_text(&reason->samples[j]));
            buf_append_text(html->out, "</code></small>");
        }
        buf_append_text(html->out, "</td></tr>\n");
    }
    buf_append_text(html->out, "</table></div>\n</section>\n");
}
