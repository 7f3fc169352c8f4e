/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_RECORD_IDS_H
#define THAW_COLLECTOR_MODEL_RECORD_IDS_H

#include "model/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The ids by which a record is found.  They are a function of the record alone: whoever stores it,
 * in whatever form, and whoever looks for it says the same.
 *
 *     span    its trace id, its request id, and the trace ids that its links name
 *     line    the same; where it has neither: the id of its instance when it says in which phase
 *             outside of any invocation it was written, else that of its instance and minute
 *
 * An instance is known by two names where its agent made one up: who looks for its lines asks for
 * both.
 */
#define RECORD_ID_COUNT_MAX 2

struct record_ids {
    struct id16 ids[RECORD_ID_COUNT_MAX];
    size_t count;
};

/* All but those of links. */
struct record_ids record_ids_span(const struct span *span);
/* Of a link of a span; false when it is none by which the span is found. */
bool record_ids_link(const struct span *span, const struct span_link *link, struct id16 *id);
struct record_ids record_ids_line(const struct log_line *line);

/* The request id that the attributes of a record name: a UUID that is not all zero. */
bool record_ids_request(struct attrs attrs, struct id16 *request_id);

/* The id of lines outside of any invocation (init, idle) of an instance. */
struct id16 record_ids_instance(struct slice function, struct slice instance);

/* The same for lines that name neither a request nor a trace, by the beginning of the minute in
 * which they were written. */
struct id16 record_ids_minute(struct slice function, struct slice instance, uint64_t minute_ns);

/* The same of lines of a resource, when the id of its instance is known already. */
struct id16 record_ids_instance_minute(struct id16 instance_id, uint64_t minute_ns);

/* The beginning of the minute of a line. */
uint64_t record_ids_line_minute(uint64_t time_ns, uint64_t observed_ns);

#endif
