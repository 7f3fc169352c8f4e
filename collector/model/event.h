/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_MODEL_EVENT_H
#define THAW_COLLECTOR_MODEL_EVENT_H

#include "model/instances.h"
#include "model/invocations.h"
#include "model/record.h"
#include "model/text.h"

#include <stdint.h>

/*
 * Events (docs/reference/wire.md) of agents and of log streams out of log records and spans.  What
 * is missing stays unknown, what is absurd becomes unknown and is counted.  Pure.
 */
enum event_kind {
    EVENT_LINE, /* No event. */
    EVENT_INVOCATION,
    EVENT_INSTANCE_START,
    EVENT_INSTANCE_STOP,
};

struct event_reader {
    struct texts *texts;
    int64_t arrival_ns;
    uint64_t refused; /* Absurd values. */
};

/* Of which invocation something is. */
struct event_key {
    struct id16 request_id;
    uint32_t attempt; /* 0: not said. */
};

enum event_kind event_kind_of(const struct log_line *line);

/* A request id as it is written; false if it is none. */
bool event_request_of(struct slice text, struct id16 *request_id) THAW_CHECK;

/* The request id, and the attempt, that attributes name; false when they name none. */
bool event_key_of(struct attrs attrs, struct event_key *key);

/* Whether a time is one that may have happened. */
bool event_time_ok(const struct event_reader *reader, int64_t time_ns);

void event_read_invocation(struct event_reader *reader, const struct log_line *line,
                           struct told *told);

/* What an agent's event of an invocation tells of the agent. */
void event_read_agent(struct event_reader *reader, const struct log_line *line,
                      struct agent_told *told);

/* What the agent's SERVER span tells of its invocation. */
void event_read_span(struct event_reader *reader, const struct span *span, struct told *told);

/* False when the key is missing. */
bool event_read_init(struct event_reader *reader, const struct log_line *line, struct init *init);
bool event_read_stop(struct event_reader *reader, const struct log_line *line, struct stop *stop);

#endif
