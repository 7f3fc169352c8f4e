/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_TAIL_H
#define THAW_COLLECTOR_CLI_CLI_TAIL_H

#include "cli/cli_options.h"

#include "base/status.h"

/*
 * Run `thaw tail [FILTER...]`: print lines and ends of invocations as the collector acknowledges
 * them, until Ctrl-C.  A connection that is lost is made again, with the id of the last event, so
 * that nothing is missed that the collector still has.  The answer is the exit code: 0 ended by
 * Ctrl-C or because nobody reads, 2 used wrong, 3 cannot reach.
 */
int cli_tail(const struct cli_options *options, struct slice path) THAW_CHECK;

#endif
