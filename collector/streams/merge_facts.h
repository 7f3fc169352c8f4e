/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_FACTS_H
#define THAW_STREAMS_MERGE_FACTS_H

#include "streams/merge_private.h"

/*
 * Lines of the platform that name an invocation become facts of it.  Each fills in line->row with
 * the invocation, or leaves MERGE_NONE where the line changes nothing, and marks what was told or
 * is there before as repeated.  time_ns is STREAMS_UNKNOWN for lines without a time.
 */
void merge_facts_start(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                       int64_t time_ns);
void merge_facts_end(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                     int64_t time_ns);
void merge_facts_report(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                        int64_t time_ns);

/* The open invocation of an id of which a line tells that it failed; one that began in another
 * piece of the stream is opened.  MERGE_NONE where it has been told already. */
uint32_t merge_facts_find(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                          struct id16 id, int64_t time_ns);

/* runtimeDone, "Task timed out", exits: of the invocation that they name, else of this one. */
void merge_facts_note(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                      uint32_t row_by_place, int64_t time_ns);

/* XRAY as an event of its own; a line of the application, which may be the runtime's own about a
 * failure. */
void merge_facts_trace(struct merge *merge, uint32_t row, const struct line *line);
void merge_facts_line(struct merge *merge, uint32_t row, const struct line *line);

/* Whether the line is the last one of an exit, which is the platform's and not told. */
bool merge_facts_ends_exit(struct merge *merge, uint32_t row, const struct line *line);

#endif
