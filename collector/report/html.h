/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_HTML_H
#define THAW_COLLECTOR_REPORT_HTML_H

#include "report/text_page.h"

#include "base/buf.h"
#include "base/slice.h"

/*
 * The page that a report is in a browser: one file that asks for nothing else.  Telemetry is
 * hostile text: html_text() is the only way by which it gets in.  Values look as on a terminal.
 */
struct html {
    struct text_page values; /* Its out is the page. */
    const struct report *report;
    struct buf *out;
    const struct function *const *functions; /* In order. */
    uint32_t function_count;
};

/* Text of anybody as text: markup is escaped, and what would hide or reorder text is shown. */
void html_text(struct buf *out, struct slice text);

/* "<td>" with a number or a name of ours. */
void html_cell(struct buf *out, const char *class, struct slice text);

/* Begin a section with its heading; end it with "</section>". */
void html_section(struct buf *out, const char *class, const char *title);

/* Pictures and tables, in their order. */
void html_over_time(const struct html *html);
void html_spreads(const struct html *html);
void html_cost(const struct html *html);
void html_functions(const struct html *html);
void html_memory(const struct html *html);
void html_groups(const struct html *html);
void html_worst(const struct html *html);
void html_refused(const struct html *html);

#endif
