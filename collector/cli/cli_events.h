/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_EVENTS_H
#define THAW_COLLECTOR_CLI_CLI_EVENTS_H

#include "cli/cli_limits.h"

#include "base/buf.h"
#include "base/slice.h"

#include <stdbool.h>

/*
 * Server-sent events out of bytes as they come, in pieces of any size: lines "field: value" that
 * end in a line feed, a carriage return or both; an empty line ends an event.  An event that is too
 * large is left out.  Pure but for memory.
 */
struct cli_event {
    struct slice id;   /* The latest that was told, also by an event before; empty: none. */
    struct slice type; /* "message" where it has none. */
    struct slice data; /* Lines of it are joined with line feeds. */
};

struct cli_events {
    struct buf line, id, type, data;
    bool after_return; /* A line feed belongs to the line before. */
    bool too_large;    /* This event is. */
};

/* Takes an event, which is good during the call; false: no more, please. */
typedef bool cli_events_visit(void *context, const struct cli_event *event);

void cli_events_init(struct cli_events *events);
void cli_events_fini(struct cli_events *events);

/* Begin with the first byte of another answer; the id that was told stays. */
void cli_events_restart(struct cli_events *events);

/* Take bytes.  False: visit wanted no more. */
bool cli_events_take(struct cli_events *events, struct slice bytes, cli_events_visit *visit,
                     void *context);

/* The latest id that was told. */
struct slice cli_events_id(const struct cli_events *events);

#endif
