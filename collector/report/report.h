/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_REPORT_REPORT_H
#define THAW_REPORT_REPORT_H

#include "streams/stream_sink.h"

#include "base/buf.h"
#include "cost/prices.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Adds up what log streams say into a report: per function and in all.  A sink; flat memory
 * (report_limits.h): distributions are histograms, the worst requests are a few with their lines, a
 * repetition is recognised among the latest millions of invocations.  Pure but for memory.
 */
struct report;

/* NULL without memory.  The prices must outlive it. */
struct report *report_create(const struct prices *prices);
void report_free(struct report *report);
const struct stream_sink *report_sink(struct report *report);

/* What the pouring itself counted, for the summary. */
struct report_input {
    uint64_t files, bytes, events, streams, refused, without_stream;
};
void report_input(struct report *report, const struct report_input *input);

/* {"summary": {...}, "functions": [...]} as docs/design/contract says; see docs/guide/report.md. */
void report_json(const struct report *report, struct buf *out);
/* For a terminal of this width, with or without colours. */
void report_text(const struct report *report, unsigned width, bool colour, struct buf *out);
/* One self-contained page. */
void report_html(const struct report *report, struct buf *out);

#endif
