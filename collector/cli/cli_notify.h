/* SPDX-License-Identifier: Apache-2.0 */
#ifndef THAW_COLLECTOR_CLI_CLI_NOTIFY_H
#define THAW_COLLECTOR_CLI_CLI_NOTIFY_H

#include "cli/cli_options.h"

#include "base/status.h"

/* Run `thaw notify check FILE...`.  The answer is the exit code: 0 all are right, 2 some are not, 3
 * some cannot be read. */
int cli_notify_check(const struct cli_options *options) THAW_CHECK;

/* Run `thaw notify test [RECEIVER]`: messages of a test through the collector, and what came of
 * each. 0 all were delivered, 1 some were not, 2 it is refused, 3 nobody answers. */
int cli_notify_test(const struct cli_options *options) THAW_CHECK;

#endif
