/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_TELL_H
#define THAW_STREAMS_MERGE_TELL_H

#include "streams/merge_private.h"

/*
 * Tells the sink, and remembers what was told, so that the same is not told again when it comes
 * again: an invocation by its id and the time of its START, and by its id, the time of its REPORT
 * and its duration; an init by its stream and time.
 */

/* Settle what follows from the facts and tell an invocation.  A final one is forgotten but for its
 * keys; one that was told before is forgotten without being told. */
void merge_tell_invocation(struct merge *merge, struct merge_stream *stream, uint32_t row,
                           bool final);

/* Tell an init, unless it was told before.  What it does not say of its stream is filled in. */
void merge_tell_init(struct merge *merge, const struct merge_stream *stream,
                     struct stream_init *init);

/* Whose a line is. */
struct merge_owner {
    uint32_t row;       /* Of an open invocation, or MERGE_NONE: */
    struct slice phase; /* init, idle, or empty. */
};

/* Tell a line of the application, and the metrics in it. */
void merge_tell_line(struct merge *merge, struct merge_stream *stream,
                     const struct merge_line *line, struct merge_owner owner);

void merge_tell_refusal(struct merge *merge, const char *why, struct slice sample, uint64_t count);

bool merge_tell_knows_init(const struct merge *merge, const struct merge_stream *stream,
                           int64_t start_ns);

/* Whether such an invocation was told before: by its START, its REPORT; how many attempts of that
 * id in that stream were; whether one was told without its START. */
bool merge_tell_knows_start(const struct merge *merge, const struct merge_stream *stream,
                            struct id16 id, int64_t start_ns);
bool merge_tell_knows_report(const struct merge *merge, const struct merge_stream *stream,
                             const struct line *report, struct id16 id, int64_t report_ns);
uint8_t merge_tell_attempts(const struct merge *merge, const struct merge_stream *stream,
                            struct id16 id);
/* ...whether the latest of them was told without an end, for which a REPORT may still come. */
bool merge_tell_knows_open(const struct merge *merge, const struct merge_stream *stream,
                           struct id16 id);
bool merge_tell_knows_orphan(const struct merge *merge, const struct merge_stream *stream,
                             struct id16 id);

#endif
