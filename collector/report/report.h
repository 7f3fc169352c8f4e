/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_REPORT_REPORT_H
#define THAW_REPORT_REPORT_H

#include "cli/cli_text.h"
#include "streams/stream_sink.h"

#include "base/buf.h"
#include "cost/prices.h"
#include "report/report_limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Adds up what log streams say into a report: per function and in all.  A sink; flat memory
 * (report_limits.h): distributions are histograms, the worst requests are a few with their lines, a
 * repetition is recognised among the latest millions of invocations.  Pure but for memory; one
 * thread.
 */
struct report;

/* NULL without memory.  The prices must outlive it. */
struct report *report_create(const struct prices *prices);
void report_free(struct report *report); /* NULL is fine. */
const struct stream_sink *report_sink(struct report *report);

/* What the pouring itself counted, for the summary. */
struct report_input {
    uint64_t files, bytes, events, streams, refused, without_stream;
    const char *format; /* Of all files, or "mixed"; static.  NULL: none. */
    /* How many files were of which format. */
    struct report_format {
        const char *name; /* Static. */
        uint64_t files;
    } formats[REPORT_FORMATS_MAX];
    size_t format_count;
};

/* All has been told: count what was left open.  Call it once, before anything is written. */
void report_finish(struct report *report, const struct report_input *input);

/* How many invocations were found. */
uint64_t report_invocations(const struct report *report);

/* {"summary": {...}, "functions": [...]}; docs/guide/report.md has every member. */
void report_json(const struct report *report, struct buf *out);
/* For a terminal. */
void report_text(const struct report *report, const struct cli_screen *screen, struct buf *out);
/* Only why lines and records were refused, with examples; nothing where none were. */
void report_text_refused(const struct report *report, const struct cli_screen *screen,
                         struct buf *out);
/* One self-contained page. */
void report_html(const struct report *report, struct buf *out);

#endif
