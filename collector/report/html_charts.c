/* SPDX-License-Identifier: Apache-2.0 */
#include "report/html.h"

#include "base/ensure.h"

/*
 * Pictures: inline SVG that is stretched to the width there is.  Nothing in them is text (that
 * would be stretched, too): scales stand beside them.
 */

/* Heights of the pictures: invocations above the line, cold starts below, and of a histogram. */
#define UP_HEIGHT   150
#define DOWN_HEIGHT 40
#define BARS_HEIGHT 130

/* Few steps are not drawn as broad walls. */
#define STEP_COUNT_MIN 24

static double share_of(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part / (double)whole;
}

static void append_rect(struct buf *out, const char *class, const double box[4])
{
    if (box[2] > 0 && box[3] > 0) {
        buf_printf(out, "<rect class=\"%s\" x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\"/>",
                   class, box[0], box[1], box[2], box[3]);
    }
}

/* Whatever happened at all is seen. */
static double height_of(uint64_t count, uint64_t most, double height)
{
    double tall = share_of(count, most) * height;
    return count > 0 && tall < 1.5 ? 1.5 : tall;
}

static uint64_t total_of(const struct times_step *step)
{
    return step->ok + step->open + step->errors + step->timeouts;
}

static void append_step(const struct html *html, size_t i, uint64_t most, uint64_t cold_most)
{
    const struct times *times = &html->report->times;
    const struct times_step *step = &times->steps[i];
    struct slice at = text_page_instant(&html->values, times_begin_ns(times, i));
    double x = (double)i + 0.08;
    double y = UP_HEIGHT;
    if (total_of(step) == 0) {
        return;
    }
    buf_append_text(html->out, "<g><title>");
    html_text(html->out, slice_take(at, at.size > 4 ? at.size - 4 : at.size));
    buf_printf(html->out, " UTC: %llu %s, %llu %s, %llu %s, %llu %s</title>",
               (unsigned long long)total_of(step),
               cli_text_form(total_of(step), "invocation", "invocations"),
               (unsigned long long)step->errors, cli_text_form(step->errors, "error", "errors"),
               (unsigned long long)step->timeouts,
               cli_text_form(step->timeouts, "timeout", "timeouts"), (unsigned long long)step->cold,
               cli_text_form(step->cold, "cold start", "cold starts"));
    const struct {
        uint64_t count;
        const char *class;
    } parts[] = {{step->ok, "ok-bar"},
                 {step->open, "idle-bar"},
                 {step->errors, "bad-bar"},
                 {step->timeouts, "near-bar"}};
    for (size_t part = 0; part < sizeof(parts) / sizeof(parts[0]); part++) {
        double tall = height_of(parts[part].count, most, UP_HEIGHT - 6);
        y -= tall;
        append_rect(html->out, parts[part].class, (const double[]){x, y, 0.84, tall});
    }
    append_rect(html->out, "cold-bar",
                (const double[]){x, UP_HEIGHT + 2, 0.84,
                                 height_of(step->cold, cold_most, DOWN_HEIGHT - 2)});
    buf_append_text(html->out, "</g>\n");
}

static void append_axis_times(const struct html *html, size_t slots)
{
    const struct times *times = &html->report->times;
    buf_append_text(html->out, "<div class=\"axis\">");
    for (size_t i = 0; i <= 2; i++) {
        struct slice at = text_page_instant(&html->values, times_begin_ns(times, slots * i / 2));
        buf_append_text(html->out, "<span>");
        html_text(html->out, slice_take(at, at.size > 4 ? at.size - 4 : at.size));
        buf_append_text(html->out, "</span>");
    }
    buf_append_text(html->out, "</div></div>\n");
}

void html_over_time(const struct html *html)
{
    const struct times *times = &html->report->times;
    uint64_t most = 0;
    uint64_t cold_most = 0;
    if (times->count == 0) {
        return;
    }
    for (size_t i = 0; i < times->count; i++) {
        uint64_t total = total_of(&times->steps[i]);
        most = total > most ? total : most;
        cold_most = times->steps[i].cold > cold_most ? times->steps[i].cold : cold_most;
    }
    size_t slots = times->count < STEP_COUNT_MIN ? STEP_COUNT_MIN : times->count;
    int height = UP_HEIGHT + (cold_most > 0 ? DOWN_HEIGHT : 1);
    struct slice step = text_page_duration(&html->values, times->width_s * 1000000000);
    struct slice top = text_page_count(&html->values, most);
    html_section(html->out, "", "Invocations over time");
    buf_printf(html->out,
               "<p>One bar is " SLICE_FMT ".</p>\n<div class=\"chart\">"
               "<span class=\"scale\" style=\"top:0\">" SLICE_FMT "</span>"
               "<span class=\"scale\" style=\"top:%dpx\">0</span>",
               SLICE_ARG(step), SLICE_ARG(top), UP_HEIGHT - 6);
    if (cold_most > 0) {
        struct slice low = text_page_count(&html->values, cold_most);
        buf_printf(html->out, "<span class=\"scale cold\" style=\"top:%dpx\">" SLICE_FMT "</span>",
                   height - 10, SLICE_ARG(low));
    }
    buf_printf(html->out,
               "<svg role=\"img\" aria-label=\"Invocations over time\" viewBox=\"0 0 %zu %d\" "
               "height=\"%d\" preserveAspectRatio=\"none\">\n",
               slots, height, height);
    for (size_t i = 0; i < times->count; i++) {
        append_step(html, i, most, cold_most);
    }
    append_rect(html->out, "rule", (const double[]){0, UP_HEIGHT, (double)slots, 1});
    buf_append_text(html->out, "</svg>\n");
    append_axis_times(html, slots);
    buf_append_text(html->out,
                    "<ul class=\"legend\"><li><i class=\"key ok-bar\"></i>ok</li>"
                    "<li><i class=\"key bad-bar\"></i>error</li>"
                    "<li><i class=\"key near-bar\"></i>timeout</li>"
                    "<li><i class=\"key idle-bar\"></i>no end seen</li>"
                    "<li><i class=\"key cold-bar\"></i>cold starts among them</li></ul>\n"
                    "</section>\n");
}

static void append_bars(const struct html *html, const struct spread *spread, const char *class,
                        const char *label)
{
    struct spread_bars bars;
    uint64_t most = 0;
    spread_bars(spread, 30, &bars);
    for (size_t i = 0; i < bars.count; i++) {
        most = bars.counts[i] > most ? bars.counts[i] : most;
    }
    struct slice top = text_page_count(&html->values, most);
    buf_printf(html->out,
               "<div class=\"chart\"><span class=\"scale\" style=\"top:0\">" SLICE_FMT "</span>"
               "<span class=\"scale\" style=\"top:%dpx\">0</span>"
               "<svg role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %zu %d\" height=\"%d\" "
               "preserveAspectRatio=\"none\">\n",
               SLICE_ARG(top), BARS_HEIGHT - 8, label, bars.count, BARS_HEIGHT, BARS_HEIGHT);
    for (size_t i = 0; i < bars.count; i++) {
        struct slice low = text_page_duration(&html->values, bars.low_ns[i]);
        struct slice high = text_page_duration(&html->values, bars.low_ns[i + 1]);
        double tall = height_of(bars.counts[i], most, BARS_HEIGHT - 6);
        buf_printf(html->out, "<g><title>" SLICE_FMT " to " SLICE_FMT ": %llu</title>",
                   SLICE_ARG(low), SLICE_ARG(high), (unsigned long long)bars.counts[i]);
        append_rect(html->out, class,
                    (const double[]){(double)i + 0.06, BARS_HEIGHT - 1 - tall, 0.88, tall});
        buf_append_text(html->out, "</g>\n");
    }
    append_rect(html->out, "rule", (const double[]){0, BARS_HEIGHT - 1, (double)bars.count, 1});
    buf_append_text(html->out, "</svg>\n<div class=\"axis\">");
    ENSURE(bars.count > 0); /* There is a value. */
    size_t marks = bars.count < 4 ? bars.count : 4;
    for (size_t i = 0; i <= marks; i++) {
        struct slice edge = text_page_duration(&html->values, bars.low_ns[bars.count * i / marks]);
        buf_printf(html->out, "<span>" SLICE_FMT "</span>", SLICE_ARG(edge));
    }
    buf_append_text(html->out, "</div></div>\n");
}

static void append_spread(const struct html *html, const struct spread *spread, const char *title,
                          const char *class)
{
    html_section(html->out, "", title);
    if (spread->count == 0) {
        buf_append_text(html->out, "<p>These logs tell none.</p></section>\n");
        return;
    }
    struct slice p50 = text_page_duration(&html->values, spread_at(spread, 50, 100));
    struct slice p95 = text_page_duration(&html->values, spread_at(spread, 95, 100));
    struct slice p99 = text_page_duration(&html->values, spread_at(spread, 99, 100));
    struct slice max = text_page_duration(&html->values, spread->greatest);
    buf_printf(html->out,
               "<p>p50 " SLICE_FMT ", p95 " SLICE_FMT ", p99 " SLICE_FMT ", at most " SLICE_FMT
               ". The axis is logarithmic.</p>\n",
               SLICE_ARG(p50), SLICE_ARG(p95), SLICE_ARG(p99), SLICE_ARG(max));
    append_bars(html, spread, class, title);
    buf_append_text(html->out, "</section>\n");
}

void html_spreads(const struct html *html)
{
    buf_append_text(html->out, "<div class=\"pair\">\n");
    append_spread(html, &html->report->all.durations, "Durations", "ok-bar");
    append_spread(html, &html->report->all.inits, "Init durations", "cold-bar");
    buf_append_text(html->out, "</div>\n");
}
