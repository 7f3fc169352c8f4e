/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_TAIL_SHOW_H
#define THAW_COLLECTOR_CLI_CLI_TAIL_SHOW_H

#include "cli/cli_events.h"
#include "cli/cli_text.h"

/*
 * What is followed, as people read it: one line for each log line and each end of an invocation.
 *
 *     14:53:25.123 stock #2     ERROR  cannot reserve
 *     14:53:25.130 stock #2     error  212 ms, billed 213 ms, cold (init 310 ms): Error.Stock
 *
 * Pure.
 */

/* Append the line of an event; false: it is a notice about the stream itself, or of a kind that
 * this version does not know, for which nothing may have been appended. */
bool cli_tail_show(const struct cli_event *event, const struct cli_screen *screen, struct buf *out);

/* Append an event as one line of JSON: its data, an object, with its type as the first member. */
void cli_tail_show_json(const struct cli_event *event, struct buf *out);

#endif
