/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_REPORT_TEXT_PAGE_H
#define THAW_COLLECTOR_REPORT_TEXT_PAGE_H

#include "report/report_private.h"

#include "base/arena.h"
#include "base/buf.h"
#include "base/slice.h"
#include "cli/cli_table.h"
#include "cli/cli_text.h"

/*
 * The page that a report is on a terminal: headings, wrapped sentences, tables of safe text.  Lives
 * as long as one report_text().
 */
struct text_page {
    const struct report *report;
    const struct cli_screen *screen;
    struct arena *arena; /* Of what is written once. */
    struct buf *out;
    size_t width; /* At which sentences are wrapped. */
};

/* A heading with an empty line above. */
void text_page_title(const struct text_page *page, const char *title);

/* Sentences, wrapped, each line behind so many spaces.  printf. */
void text_page_note(const struct text_page *page, size_t indent, const char *format, ...)
    THAW_PRINTF(3, 4);

/* A line "  name   sentences" with the sentences wrapped in their column. */
void text_page_field(const struct text_page *page, const char *name, const char *format, ...)
    THAW_PRINTF(3, 4);

/* Horizontal bars of a distribution. */
void text_page_bars(const struct text_page *page, const struct spread *spread);

/* Safe texts of values; what nobody told is a dash. */
struct slice text_page_label(const struct text_page *page, const struct label *label);
struct slice text_page_duration(const struct text_page *page, int64_t value_ns);
/* A time in a log, which has milliseconds, after another: "+12 ms". */
struct slice text_page_after(const struct text_page *page, int64_t after_ns);
/* How long a period is: also in days. */
struct slice text_page_period(const struct text_page *page, int64_t period_ns);
struct slice text_page_count(const struct text_page *page, uint64_t count);
struct slice text_page_money(const struct text_page *page, struct money amount);
struct slice text_page_share(const struct text_page *page, uint64_t part, uint64_t whole);
struct slice text_page_instant(const struct text_page *page, int64_t at_ns);
struct slice text_page_mb(const struct text_page *page, int64_t mb);
/* Dollars for a million of what count cost amount. */
struct slice text_page_per_million(const struct text_page *page, struct money amount,
                                   uint64_t count);

/* Parts of the page, in their order. */
void text_functions(const struct text_page *page);
void text_memory(const struct text_page *page);
void text_cost(const struct text_page *page);
void text_groups(const struct text_page *page);
void text_worst(const struct text_page *page);
void text_refused(const struct text_page *page);

#endif
