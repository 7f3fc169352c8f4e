/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_API_API_RECORD_H
#define THAW_COLLECTOR_API_API_RECORD_H

#include "api/api_call.h"
#include "query/records.h"

/* Spans and log lines in the shapes that api.md gives. */

/* Rows of a list, with the transactions that they are of. */
void api_record_write_all(struct json_write *writer, struct slice key,
                          const struct record_row *rows, uint32_t count);

/* Who wrote a line: function, extension or sdk. */
struct slice api_record_source(const struct log_line *line);
/* events and links of a span. */
void api_record_write_events(struct json_write *writer, const struct span *span, int64_t skew_ns);
/* seq, epoch, trace_id and span_id of a line. */
void api_record_write_line_ids(struct json_write *writer, const struct log_line *line);

#endif
