/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_STREAMS_MERGE_INITS_H
#define THAW_STREAMS_MERGE_INITS_H

#include "streams/merge_private.h"

/*
 * The inits of a stream: begun by INIT_START or RESTORE_START, ended by INIT_REPORT, RESTORE_REPORT
 * or by what the REPORT of the invocation that waited says of it.
 */
void merge_inits_start(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                       int64_t time_ns);

/* INIT_REPORT and RESTORE_REPORT.  row is the invocation whose START stands beside it, or the
 * current one, or MERGE_NONE. */
void merge_inits_report(struct merge *merge, struct merge_stream *stream, struct merge_line *line,
                        uint32_t row, int64_t time_ns);

/* An invocation has its REPORT: what it says of an init is told. */
void merge_inits_close(struct merge *merge, struct merge_stream *stream, uint32_t row);

/* The stream has ended: tell those that nothing was said of any more. */
void merge_inits_finish(struct merge *merge, struct merge_stream *stream);

#endif
